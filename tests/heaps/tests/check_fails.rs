//! Tests of `check`: each invariant is broken on purpose in
//! a sound heap, and `check` has to name it.

mod blocks;
mod lists;
mod slabs;

use heaplab_arena::{Addr, Arena, Silent, WORD_BYTES};
use heaplab_explicit as explicit;
use heaplab_heap::{
    Adjacency, Align, Block, BlockView, Design, Footers, Heap, HeapError, Layout, Listed, Prologue,
    Tag, Violation, check_free_blocks_are_listed, parse_policy,
};
use heaplab_heap_tests::designs::heap;
use heaplab_implicit as implicit;
use heaplab_quick as quick;
use heaplab_segregated as segregated;

const ALIGN: Align = Align::Eight;

/// Payload size above the quick lists of the quick heap.
const PAYLOAD_BYTES: u32 = 1200;

/// A heap with allocated blocks `a`, `b`, `c`, `d`, `e`, of which `b` and `d`
/// were then freed.
struct Sample<H> {
    heap: H,
    a: Block,
    b: Block,
    c: Block,
    d: Block,
}

fn sample<D: Design>(words: &str) -> Sample<D::Heap<Silent>> {
    let design: D = parse_policy(words).unwrap();
    let mut heap = heap(&design, ALIGN);
    let [a, b, c, d, _] = [(); 5].map(|()| heap.malloc(PAYLOAD_BYTES).unwrap());
    heap.free(b).unwrap();
    heap.free(d).unwrap();
    heap.check().unwrap();
    let [a, b, c, d] = [a, b, c, d].map(Block::at);
    Sample { heap, a, b, c, d }
}

impl<H: Heap> Sample<H> {
    fn arena(&mut self) -> &mut Arena<H::Probe> {
        self.heap.arena_mut()
    }

    fn tag(&self, block: Block) -> Tag {
        block.header(self.heap.arena())
    }

    /// Asserts that `check` now returns `expected`.
    fn shows(&self, expected: Violation) {
        assert_eq!(self.heap.check(), Err(expected));
    }

    /// Makes `b` follow `a` on a list whose links are the payload's first words.
    fn join(&mut self, a: Addr, b: Addr) {
        self.arena().store_addr(a, b);
        self.arena().store_addr(b + WORD_BYTES, a);
    }

    /// Returns the list that a free block is on.
    fn list(&self, block: Addr) -> u32 {
        let mut lists = self.heap.free_lists();
        lists.find(|entry| entry.payload == block).unwrap().list
    }

    fn next_free(&self, block: Addr) -> Addr {
        self.heap.arena().load_addr(block)
    }

    fn prev_free(&self, block: Addr) -> Addr {
        self.heap.arena().load_addr(block + WORD_BYTES)
    }
}
