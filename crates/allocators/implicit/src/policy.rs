//! The policies of an implicit list, and the words that choose them.

use crate::Implicit;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Footers, Word};

/// The choices. The default is the book's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Which free block a request gets.
    pub fit: Fit,
    /// Which blocks have footers.
    pub footers: Footers,
    /// When adjacent free blocks are merged.
    pub coalescing: Coalescing,
}

/// Which free block a request gets (CS:APP 9.9.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// The first that is large enough, from the start of the heap.
    #[default]
    First,
    /// The first that is large enough, from where the last search ended.
    Next,
    /// The smallest that is large enough.
    Best,
    /// The largest: here as a bad example.
    Worst,
}

/// When adjacent free blocks are merged (CS:APP 9.9.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coalescing {
    /// At every free.
    #[default]
    Immediate,
    /// When a search fails: one pass over the heap merges all adjacent free blocks.
    Deferred,
}

impl Design for Policy {
    const NAME: &'static str = "implicit";
    const ABOUT: &'static str = "implicit list: every search walks all blocks, free and allocated";
    const WORDS: &'static [Word<Policy>] = &[
        Word::new(
            "textbook",
            "the book's code to the byte: first-fit,footers,immediate",
            |policy| *policy = Policy::default(),
        ),
        Word::new("first-fit", "the first free block that is large enough (default)", |policy| {
            policy.fit = Fit::First
        }),
        Word::new("next-fit", "the first from where the last search ended", |policy| {
            policy.fit = Fit::Next
        }),
        Word::new("best-fit", "the smallest that is large enough", |policy| policy.fit = Fit::Best),
        Word::new("worst-fit", "the largest: a warning", |policy| policy.fit = Fit::Worst),
        Word::new("footers", "a footer on every block (default)", |policy| {
            policy.footers = Footers::Kept
        }),
        Word::new(
            "elided",
            "footers on free blocks only; headers know the block before",
            |policy| policy.footers = Footers::Elided,
        ),
        Word::new("immediate", "merge adjacent free blocks at every free (default)", |policy| {
            policy.coalescing = Coalescing::Immediate
        }),
        Word::new("deferred", "merge them all when a search fails", |policy| {
            policy.coalescing = Coalescing::Deferred
        }),
    ];

    type Heap<P: Probe> = Implicit<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Implicit<P>, OutOfMemory> {
        Implicit::new(arena, align, *self)
    }
}
