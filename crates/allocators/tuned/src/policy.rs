//! What the tuned heap leaves open, and the words that choose it.

use crate::Tuned;
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
    const NAME: &'static str = "tuned";
    const ABOUT: &'static str =
        "segregated fits, and four ideas more: elided footers, top, realloc in place, quick lists";
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

    type Heap<P: Probe> = Tuned<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Tuned<P>, OutOfMemory> {
        Tuned::new(arena, align, *self)
    }
}
