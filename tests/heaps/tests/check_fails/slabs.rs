//! The slab heap: a flipped bit is found in each word that it keeps.

use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_heap::{Align, BlockView, Heap};
use heaplab_heap_tests::designs::heap;
use heaplab_slab::{Policy, SlabHeap};

/// Returns a heap with blocks on lists and in trees of several branches, and with slabs that are
/// full, partly free, and empty.
fn sample(align: Align) -> SlabHeap {
    let mut heap = heap(&Policy::default(), align);
    let mut blocks = Vec::new();
    for index in 0..120 {
        blocks.push(heap.malloc(140 + 37 * (index * 53 % 120)).unwrap());
        heap.malloc(130).unwrap();
    }
    let slots: Vec<Addr> =
        (0..400).map(|index| heap.malloc(24 + index % 2 * 40).unwrap()).collect();
    for payload in slots.iter().step_by(7) {
        heap.free(*payload).unwrap();
    }
    for payload in blocks.iter().step_by(2) {
        heap.free(*payload).unwrap();
    }
    // One more class: all slots are free again.
    let freed: Vec<Addr> = (0..9).map(|_| heap.malloc(100).unwrap()).collect();
    for payload in freed {
        heap.free(payload).unwrap();
    }
    heap.check().unwrap();
    heap
}

fn flip(heap: &mut SlabHeap, at: Addr, bit: u32) {
    let word = heap.arena().load(at);
    heap.arena_mut().store(at, word ^ 1 << bit);
}

/// Flips some bits of words, one after the other; `check` must fail each time.
fn expect_each_found(heap: &mut SlabHeap, words: &[Addr], bits: &[u32], what: &str) {
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
        let mut heap = sample(align);
        // A class without slabs counts its first requests: up to 8.
        let first = heap.blocks().next().unwrap().start;
        // The last word has no use but to align the first payload.
        let start = words(heap.arena().start(), first - WORD_BYTES);
        expect_each_found(&mut heap, &start, &[4, 9, 16], "heads and counts");
    }
}

#[test]
fn a_bit_that_is_flipped_in_a_slab_or_in_the_map_is_found() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = sample(align);
        let (mut slabs, mut maps) = (0, 0);
        let blocks: Vec<BlockView> = heap.blocks().collect();
        for pair in blocks.windows(2) {
            // What is not shown between two blocks: the head of a slab, or the map.
            let (from, to) = (pair[0].start + pair[0].size, pair[1].start);
            let slab = from.align_up(256);
            let is_behind_slot = pair[0].start == pair[0].payload;
            if slab + 16 < to && (is_behind_slot || slab == from + WORD_BYTES) {
                let [shape, state, bits] = [0, 4, 16].map(|offset| slab + offset);
                expect_each_found(&mut heap, &[shape], &[0, 5, 6, 12, 16, 30], "a shape");
                expect_each_found(&mut heap, &[state], &[0, 3, 16, 20, 21, 23], "a state");
                expect_each_found(&mut heap, &[bits], &[0, 3], "a slab's bits");
                slabs += 1;
            } else if !is_behind_slot && to - from > 2 * WORD_BYTES {
                let map = words(from + WORD_BYTES, to - 4 * WORD_BYTES);
                expect_each_found(&mut heap, &map, &[0, 9, 31], "the map");
                maps += 1;
            }
        }
        assert!(slabs > 5 && maps == 1, "{slabs} slabs, {maps} maps");
    }
}

#[test]
fn a_bit_that_is_flipped_in_a_free_block_is_found() {
    for align in [Align::Eight, Align::Sixteen] {
        let mut heap = sample(align);
        let is_large = |size| size >= 32 * align.bytes();
        let free: Vec<_> = heap.blocks().filter(|block| !block.allocated).collect();
        let free = free.iter().filter(|block| block.start != block.payload);
        let mut large = 0;
        let free = free.filter(|block| Some(block.payload) != heap.top());
        for block in free.copied().collect::<Vec<_>>() {
            // Header, next, up; of a block in a tree also the left branch. A block that follows
            // another one has no right branch.
            let in_tree = is_large(block.size);
            large += u32::from(in_tree);
            let end = block.start + if in_tree { 4 } else { 3 } * WORD_BYTES;
            let what = format!("{block:?}, {align}");
            expect_each_found(&mut heap, &words(block.start, end), &[3, 4, 9], &what);
        }
        assert!(large > 20, "{large} blocks in trees");
    }
}
