//! The policies of the quick heap, and the words that choose them.

use crate::Quick;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Footers, Word};

/// The choices: each idea of this heap, on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// When small freed blocks are merged with their neighbours.
    pub coalescing: Coalescing,
    /// Which blocks have footers.
    pub footers: Footers,
    /// Whether the free block that ends the heap is kept apart.
    pub top: bool,
    /// Whether `realloc` looks for room where the block is.
    pub in_place: bool,
}

impl Default for Policy {
    /// Returns the policy with all ideas on.
    fn default() -> Policy {
        Policy {
            coalescing: Coalescing::Deferred,
            footers: Footers::Elided,
            top: true,
            in_place: true,
        }
    }
}

/// When small freed blocks are merged with their neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coalescing {
    /// Before the heap grows; until then they wait on quick lists.
    #[default]
    Deferred,
    /// At every free: slower, and a tidier heap.
    Immediate,
}

impl Design for Policy {
    const NAME: &'static str = "quick";
    const ABOUT: &'static str =
        "segregated fits, and four ideas more: elided footers, top, realloc in place, quick lists";
    const WORDS: &'static [Word<Policy>] = &[
        Word::new("deferred", "small freed blocks wait on quick lists (default)", |policy| {
            policy.coalescing = Coalescing::Deferred
        }),
        Word::new("immediate", "merge adjacent free blocks at every free", |policy| {
            policy.coalescing = Coalescing::Immediate
        }),
        Word::new(
            "elided",
            "footers on free blocks only; headers know the block before (default)",
            |policy| policy.footers = Footers::Elided,
        ),
        Word::new("footers", "a footer on every block", |policy| policy.footers = Footers::Kept),
        Word::new(
            "top",
            "the free block that ends the heap is kept for last (default)",
            |policy| policy.top = true,
        ),
        Word::new(
            "no-top",
            "it is listed like any other, and the heap grows by chunks",
            |policy| policy.top = false,
        ),
        Word::new("in-place", "realloc stays where it is if there is room (default)", |policy| {
            policy.in_place = true
        }),
        Word::new("moving", "realloc always moves: malloc, copy, free", |policy| {
            policy.in_place = false
        }),
    ];

    type Heap<P: Probe> = Quick<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Quick<P>, OutOfMemory> {
        Quick::new(arena, align, *self)
    }
}
