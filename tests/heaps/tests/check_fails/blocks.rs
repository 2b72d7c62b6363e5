//! Invariants I1 to I7, which `check` tests by walking the blocks.

use super::*;
use heaplab_arena::host;

#[test]
fn i1_a_block_that_reaches_past_the_heap() {
    fn test<D: Design>(words: &str) {
        let mut sample = sample::<D>(words);
        let (block, tag) = (sample.c, sample.tag(sample.c).with_size(1 << 20));
        block.set_header(sample.arena(), tag);
        sample.shows(Violation::Gap { block: block.payload(), size: 1 << 20 });
    }
    test::<implicit::Policy>("textbook");
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("");
    test::<explicit::Policy>("elided");
    test::<segregated::Policy>("");
    test::<segregated::Policy>("elided");
    test::<quick::Policy>("");
}

#[test]
fn i2_a_size_that_is_too_small_or_no_multiple() {
    fn test<D: Design>(words: &str, size: u32, minimum: u32) {
        let mut sample = sample::<D>(words);
        let (block, tag) = (sample.c, sample.tag(sample.c).with_size(size));
        block.set_header(sample.arena(), tag);
        sample.shows(Violation::Size { block: block.payload(), size, minimum });
    }
    for size in [0, 8] {
        test::<implicit::Policy>("textbook", size, 16);
        test::<explicit::Policy>("", size, 16);
        test::<segregated::Policy>("", size, 16);
        test::<quick::Policy>("", size, 16);
    }
    test::<implicit::Policy>("elided", 0, 8);
    // 24 is a multiple of 8 and not of 16.
    let mut heap = heap(&quick::Policy::default(), Align::Sixteen);
    let block = Block::at(heap.malloc(64).unwrap());
    let tag = block.header(heap.arena()).with_size(24);
    block.set_header(heap.arena_mut(), tag);
    let violation = Violation::Size { block: block.payload(), size: 24, minimum: 16 };
    assert_eq!(heap.check(), Err(violation));
}

#[test]
fn i3_a_footer_that_differs_from_the_header() {
    fn test<D: Design>(words: &str, pick: fn(&Sample<D::Heap<Silent>>) -> Block) {
        let mut sample = sample::<D>(words);
        let block = pick(&sample);
        let header = sample.tag(block);
        let footer = header.with_size(header.size() + 8);
        sample.arena().store(block.footer_addr(header.size()), footer.to_word());
        sample.shows(Violation::Footer { block: block.payload(), header, footer });
    }
    test::<implicit::Policy>("textbook", |sample| sample.a);
    test::<explicit::Policy>("", |sample| sample.c);
    test::<implicit::Policy>("elided", |sample| sample.b);
    test::<explicit::Policy>("elided", |sample| sample.b);
    test::<segregated::Policy>("", |sample| sample.c);
    test::<segregated::Policy>("elided", |sample| sample.b);
    test::<quick::Policy>("", |sample| sample.b);
}

#[test]
fn i4_a_header_that_is_wrong_about_the_block_before() {
    fn test<D: Design>(words: &str) {
        for says in [true, false] {
            let mut sample = sample::<D>(words);
            // `b` is after `a`, which is allocated; `c` is after `b`, which is free.
            let block = if says { sample.c } else { sample.b };
            block.set_prev_allocated(sample.arena(), says);
            sample.shows(Violation::PrevAllocated { block: block.payload(), says });
        }
    }
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("elided");
    test::<segregated::Policy>("elided");
    test::<quick::Policy>("");
}

#[test]
fn i5_adjacent_free_blocks() {
    fn test<D: Design>(words: &str) {
        let mut sample = sample::<D>(words);
        let (a, tag) = (sample.a, sample.tag(sample.a));
        let freed = Tag::free(tag.size()).with_prev_allocated(tag.is_prev_allocated());
        a.set_tags(sample.arena(), freed);
        let b = sample.b;
        if tag.is_prev_allocated() {
            b.set_prev_allocated(sample.arena(), false);
        }
        sample.shows(Violation::Uncoalesced { block: a.payload() });
    }
    test::<implicit::Policy>("textbook");
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("");
    test::<explicit::Policy>("elided");
    test::<segregated::Policy>("");
    test::<segregated::Policy>("elided");
    test::<quick::Policy>("");
}

/// By I2 one block's alignment follows from the block before it, so only the first
/// can be misaligned: in a design that starts its blocks at the wrong place.
#[test]
fn i6_a_heap_that_starts_its_blocks_at_the_wrong_place() {
    let mut arena = host::machine().unwrap();
    let start = arena.sbrk(4096).unwrap();
    let layout = Layout {
        first: Block::at(start + 12),
        align: ALIGN,
        minimum_block_bytes: 16,
        footers: Footers::Kept,
        adjacency: Adjacency::Coalesced,
        prologue: Prologue::None,
    };
    layout.first.set_tags(&mut arena, Tag::free(4080));
    let violation = Violation::Misaligned { block: start + 12, align_bytes: 8 };
    assert_eq!(layout.check(&arena), Err(violation));
}

#[test]
fn i7_an_overwritten_prologue() {
    fn test<D: Design>(prologue: u32, size: u32) {
        for at in [prologue, prologue + size - 4] {
            let mut sample = sample::<D>("");
            let start = sample.heap.arena().start();
            sample.arena().store(start + at, 0);
            sample.shows(Violation::Prologue { at: start + prologue });
        }
    }
    test::<implicit::Policy>(4, 8);
    test::<explicit::Policy>(12, 16);
}

#[test]
fn i7_an_overwritten_epilogue() {
    fn test<D: Design>(words: &str) {
        let mut sample = sample::<D>(words);
        let at = sample.heap.arena().brk() - WORD_BYTES;
        let found = Tag::allocated(8);
        sample.arena().store(at, found.to_word());
        sample.shows(Violation::Epilogue { at, found });
    }
    test::<implicit::Policy>("textbook");
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("");
    test::<explicit::Policy>("elided");
    test::<segregated::Policy>("");
    test::<segregated::Policy>("elided");
    test::<quick::Policy>("");
}
