//! The tuned heap: a flipped bit is found in each word that it keeps.

use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_heap::{Align, Block, Heap, Tag};
use heaplab_heap_tests::designs::heap;
use heaplab_tuned::{LARGE_HEAP_BYTES, Policy, Tuned};
use std::collections::HashSet;

/// Returns a heap with blocks on many lists, with slabs that are full, partly free, and empty, and
/// with slots that wait on quick lists.
fn sample(align: Align, blocks: u32) -> Tuned {
    let mut heap = heap(&Policy::default(), align);
    let of_many_sizes: Vec<Addr> = (0..blocks)
        .map(|index| {
            let payload = heap.malloc(140 + 37 * (index * 53 % blocks)).unwrap();
            heap.malloc(130).unwrap();
            payload
        })
        .collect();
    let slots: Vec<Addr> =
        (0..4 * blocks).map(|index| heap.malloc(24 + index % 2 * 40).unwrap()).collect();
    let freed: Vec<Addr> = (0..12).map(|_| heap.malloc(100).unwrap()).collect();
    for payload in slots.iter().step_by(7).chain(of_many_sizes.iter().step_by(2)).chain(&freed) {
        heap.free(*payload).unwrap();
    }
    heap.check().unwrap();
    heap
}

/// A small heap has all its tables at the start, a large one in blocks.
fn small(align: Align) -> Tuned {
    let heap = sample(align, 20);
    assert!(heap.arena().heap_bytes() < 32 << 10);
    heap
}

fn large(align: Align) -> Tuned {
    let heap = sample(align, 150);
    assert!(heap.arena().heap_bytes() > LARGE_HEAP_BYTES);
    heap
}

fn flip(heap: &mut Tuned, at: Addr, bit: u32) {
    let word = heap.arena().load(at);
    heap.arena_mut().store(at, word ^ 1 << bit);
}

/// Flips some bits of words, one after the other; `check` must fail each time.
fn expect_each_found(heap: &mut Tuned, words: &[Addr], bits: &[u32], what: &str) {
    assert!(!words.is_empty(), "{what}");
    for at in words {
        for bit in bits {
            flip(heap, *at, *bit);
            assert!(heap.check().is_err(), "bit {bit} of {at} in {what}");
            flip(heap, *at, *bit);
        }
    }
    heap.check().unwrap();
}

fn words(from: Addr, end: Addr) -> Vec<Addr> {
    (from.to_word()..end.to_word()).step_by(WORD_BYTES as usize).map(Addr::new).collect()
}

#[test]
fn a_bit_that_is_flipped_at_the_start_of_the_heap_is_found() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = small(align);
        let first = heap.blocks().next().unwrap().start;
        // The words at the end have no use but to align the first payload.
        let start = words(heap.arena().start(), first - 3 * WORD_BYTES);
        // A class without slabs counts its first requests: up to 64.
        expect_each_found(&mut heap, &start, &[7, 9, 16, 31], "the tables");
    }
}

/// Returns all blocks with headers, also those that the heap keeps for itself, and their tags.
fn blocks_with_headers(heap: &Tuned) -> Vec<(Block, Tag)> {
    let mut block = Block::at(heap.blocks().next().unwrap().payload);
    let mut blocks = Vec::new();
    while block.payload() < heap.arena().brk() {
        let tag = block.header(heap.arena());
        blocks.push((block, tag));
        block = block.next(tag.size());
    }
    blocks
}

#[test]
fn a_bit_that_is_flipped_in_the_lists_or_the_map_is_found() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = large(align);
        let blocks = blocks_with_headers(&heap);
        let hidden: Vec<_> = blocks.iter().filter(|(_, tag)| tag.is_quick()).collect();
        assert_eq!(hidden.len(), 2, "the lists, the map");
        for (block, tag) in hidden {
            // The words at the end have no use but to align the next payload.
            let end = block.next(tag.size()).payload() - 4 * WORD_BYTES;
            let table = words(block.payload(), end);
            expect_each_found(&mut heap, &table, &[0, 9, 31], "a table");
        }
    }
}

#[test]
fn a_bit_that_is_flipped_in_a_slab_is_found() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = large(align);
        let shown: HashSet<Addr> = heap.blocks().map(|block| block.payload).collect();
        let blocks = blocks_with_headers(&heap);
        let is_slab = |(block, tag): &&(Block, Tag)| {
            tag.is_held() && tag.size() > 0 && !shown.contains(&block.payload())
        };
        let slabs: Vec<Addr> = blocks.iter().filter(is_slab).map(|(at, _)| at.payload()).collect();
        assert!(slabs.len() > 5, "{} slabs", slabs.len());
        for slab in slabs {
            let [reciprocal, state, shape, bits] = [0, 4, 16, 20].map(|offset| slab + offset);
            expect_each_found(&mut heap, &[reciprocal], &[0, 7, 20, 31], "a reciprocal");
            expect_each_found(&mut heap, &[state], &[0, 3, 16, 20, 21, 23], "a state");
            expect_each_found(&mut heap, &[shape], &[0, 5, 6, 12], "a shape");
            expect_each_found(&mut heap, &[bits], &[0, 3], "a slab's bits");
        }
    }
}

#[test]
fn a_bit_that_is_flipped_in_a_free_block_is_found() {
    for (align, make) in [Align::Eight, Align::Sixteen]
        .into_iter()
        .flat_map(|align| [small as fn(Align) -> Tuned, large].map(|make| (align, make)))
    {
        let mut heap = make(align);
        let free: Vec<_> = heap.blocks().filter(|block| !block.allocated).collect();
        let free = free.into_iter().filter(|block| block.start != block.payload);
        let top = heap.top();
        let free: Vec<_> = free.filter(|block| Some(block.payload) != top).collect();
        assert!(free.len() >= 5, "{} free blocks", free.len());
        for block in free {
            // Header, next, up.
            let words = words(block.start, block.start + 3 * WORD_BYTES);
            let what = format!("{block:?}, {align}");
            expect_each_found(&mut heap, &words, &[3, 4, 9], &what);
        }
    }
}

#[test]
fn a_bit_that_is_flipped_in_a_slot_that_waits_is_found() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = large(align);
        // Quick lists come last; they are numbered from behind the classes of slots.
        let first_quick_list = 96 + 1 + 16 + 1;
        let waiting: Vec<Addr> = heap
            .free_lists()
            .filter(|listed| listed.list >= first_quick_list)
            .map(|listed| listed.payload)
            .collect();
        assert!(waiting.len() > 10, "{} slots wait", waiting.len());
        for slot in waiting {
            let words = words(slot, slot + 2 * WORD_BYTES);
            expect_each_found(&mut heap, &words, &[0, 5, 9, 12], "a slot that waits");
        }
    }
}

/// The words in the head of a slab, and those behind its last slot, are not payloads.
#[test]
fn an_address_in_a_slab_that_is_not_a_slot_is_refused() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = large(align);
        let shown: HashSet<Addr> = heap.blocks().map(|block| block.payload).collect();
        let slabs: Vec<(Block, Tag)> = blocks_with_headers(&heap)
            .into_iter()
            .filter(|(block, tag)| {
                tag.is_held() && tag.size() > 0 && !shown.contains(&block.payload())
            })
            .collect();
        let mut refused = 0;
        for (slab, tag) in slabs {
            for at in words(slab.payload(), slab.next(tag.size()).payload() - WORD_BYTES) {
                if !shown.contains(&at) {
                    assert!(heap.free(at).is_err(), "{at} in the slab {:?}", slab.payload());
                    refused += 1;
                }
            }
        }
        assert!(refused > 1000, "{refused}");
        heap.check().unwrap();
    }
}
