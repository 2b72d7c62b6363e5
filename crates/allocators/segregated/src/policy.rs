//! What segregated fits leave open, and the words that choose it.

use crate::Segregated;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Word};

/// The choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// When small freed blocks are merged with their neighbours.
    pub coalescing: Coalescing,
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
    const NAME: &'static str = "segregated";
    const ABOUT: &'static str = "segregated fits: a list for each size class, found by a bitmap";
    const WORDS: &'static [Word<Policy>] = &[
        Word {
            name: "deferred",
            about: "small freed blocks wait on quick lists (default)",
            choose: |policy| policy.coalescing = Coalescing::Deferred,
        },
        Word {
            name: "immediate",
            about: "merge adjacent free blocks at every free",
            choose: |policy| policy.coalescing = Coalescing::Immediate,
        },
    ];

    type Heap<P: Probe> = Segregated<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Segregated<P>, OutOfMemory> {
        Segregated::new(arena, align, *self)
    }
}
