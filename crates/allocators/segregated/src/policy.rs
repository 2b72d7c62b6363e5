//! What segregated fits leave open, and the words that choose it.

use crate::{Classes, Segregated};
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Footers, Word};

/// The choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where on its list a freed block goes.
    pub order: Order,
    /// Which free block a request gets.
    pub fit: Fit,
    /// Which blocks have footers.
    pub footers: Footers,
    /// When adjacent free blocks are merged.
    pub coalescing: Coalescing,
    /// How many lists there are.
    pub classes: Classes,
}

/// Where on its list a freed block goes (CS:APP 9.9.13).
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
    /// The first of its list that is large enough.
    #[default]
    First,
    /// The smallest of its list that is large enough.
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
    const NAME: &'static str = "segregated";
    const ABOUT: &'static str = "segregated fits: a list for each size class, found by a bitmap";
    const WORDS: &'static [Word<Policy>] = &[
        Word {
            name: "lifo",
            about: "a freed block goes to the head of its list (default)",
            choose: |policy| policy.order = Order::Lifo,
        },
        Word {
            name: "fifo",
            about: "a freed block goes to the tail",
            choose: |policy| policy.order = Order::Fifo,
        },
        Word {
            name: "address",
            about: "each list is kept by rising address",
            choose: |policy| policy.order = Order::Address,
        },
        Word {
            name: "first-fit",
            about: "the first of a list that is large enough (default)",
            choose: |policy| policy.fit = Fit::First,
        },
        Word {
            name: "best-fit",
            about: "the smallest of a list that is large enough",
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
        Word {
            name: "classes-1",
            about: "one class to a doubling of sizes: powers of two",
            choose: |policy| policy.classes = Classes::One,
        },
        Word {
            name: "classes-2",
            about: "two classes to a doubling",
            choose: |policy| policy.classes = Classes::Two,
        },
        Word {
            name: "classes-4",
            about: "four classes to a doubling (default)",
            choose: |policy| policy.classes = Classes::Four,
        },
        Word {
            name: "classes-8",
            about: "eight classes to a doubling: a closer fit, more heads",
            choose: |policy| policy.classes = Classes::Eight,
        },
    ];

    type Heap<P: Probe> = Segregated<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Segregated<P>, OutOfMemory> {
        Segregated::new(arena, align, *self)
    }
}
