//! What an implicit list leaves open, and the words that choose it.

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
    /// The largest: a warning.
    Worst,
}

/// When adjacent free blocks are merged (CS:APP 9.9.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coalescing {
    /// At every free.
    #[default]
    Immediate,
    /// When a search fails: one pass over the heap merges all that can be.
    Deferred,
}

impl Design for Policy {
    const NAME: &'static str = "implicit";
    const ABOUT: &'static str = "implicit list: every search walks all blocks, free and allocated";
    const WORDS: &'static [Word<Policy>] = &[
        Word {
            name: "textbook",
            about: "the book's code to the byte: first-fit,footers,immediate",
            choose: |policy| *policy = Policy::default(),
        },
        Word {
            name: "first-fit",
            about: "the first free block that is large enough (default)",
            choose: |policy| policy.fit = Fit::First,
        },
        Word {
            name: "next-fit",
            about: "the first from where the last search ended",
            choose: |policy| policy.fit = Fit::Next,
        },
        Word {
            name: "best-fit",
            about: "the smallest that is large enough",
            choose: |policy| policy.fit = Fit::Best,
        },
        Word {
            name: "worst-fit",
            about: "the largest: a warning",
            choose: |policy| policy.fit = Fit::Worst,
        },
        Word {
            name: "footers",
            about: "a footer on every block (default)",
            choose: |policy| policy.footers = Footers::Kept,
        },
        Word {
            name: "elided",
            about: "footers on free blocks only; headers know the block before",
            choose: |policy| policy.footers = Footers::Elided,
        },
        Word {
            name: "immediate",
            about: "merge adjacent free blocks at every free (default)",
            choose: |policy| policy.coalescing = Coalescing::Immediate,
        },
        Word {
            name: "deferred",
            about: "merge them all when a search fails",
            choose: |policy| policy.coalescing = Coalescing::Deferred,
        },
    ];

    type Heap<P: Probe> = Implicit<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Implicit<P>, OutOfMemory> {
        Implicit::new(arena, align, *self)
    }
}
