//! What an explicit list leaves open, and the words that choose it.

use crate::Explicit;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Footers, Word};

/// The choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where on the list a freed block goes.
    pub order: Order,
    /// Which free block a request gets.
    pub fit: Fit,
    /// Which blocks have footers.
    pub footers: Footers,
    /// When adjacent free blocks are merged.
    pub coalescing: Coalescing,
}

/// Where on the list a freed block goes (CS:APP 9.9.13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// At the head: last in, first out.
    #[default]
    Lifo,
    /// At the tail: first in, first out.
    Fifo,
    /// By rising address: `free` has to search, and the heap stays tidier.
    Address,
}

/// Which free block a request gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// The first on the list that is large enough.
    #[default]
    First,
    /// The smallest that is large enough.
    Best,
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
    const NAME: &'static str = "explicit";
    const ABOUT: &'static str = "explicit list: free blocks are linked, a search walks only them";
    const WORDS: &'static [Word<Policy>] = &[
        Word {
            name: "lifo",
            about: "a freed block goes to the head of the list (default)",
            choose: |policy| policy.order = Order::Lifo,
        },
        Word {
            name: "fifo",
            about: "a freed block goes to the tail",
            choose: |policy| policy.order = Order::Fifo,
        },
        Word {
            name: "address",
            about: "the list is kept by rising address",
            choose: |policy| policy.order = Order::Address,
        },
        Word {
            name: "first-fit",
            about: "the first on the list that is large enough (default)",
            choose: |policy| policy.fit = Fit::First,
        },
        Word {
            name: "best-fit",
            about: "the smallest that is large enough",
            choose: |policy| policy.fit = Fit::Best,
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

    type Heap<P: Probe> = Explicit<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Explicit<P>, OutOfMemory> {
        Explicit::new(arena, align, *self)
    }
}
