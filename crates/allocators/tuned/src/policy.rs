//! The policies of the tuned heap, and the words that choose them.

use crate::Tuned;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Word};

/// The choices: each idea of this heap, on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether small requests are served from slabs.
    pub slabs: bool,
    /// Whether freed slots wait on quick lists.
    pub quick: bool,
    /// By how much the heap grows.
    pub growth: Growth,
    /// Whether `realloc` moves a block down into the free block before it.
    pub sliding: bool,
}

impl Default for Policy {
    /// Returns the policy with all ideas on.
    fn default() -> Policy {
        Policy { slabs: true, quick: true, growth: Growth::Missing, sliding: true }
    }
}

/// By how much the heap grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// By the bytes that are missing.
    #[default]
    Missing,
    /// By at least a part of the heap: fewer calls of `sbrk`.
    Parts,
}

impl Design for Policy {
    const NAME: &'static str = "tuned";
    const ABOUT: &'static str =
        "small blocks without headers, in slabs of equal blocks; good fit for the others";
    const WORDS: &'static [Word<Policy>] = &[
        Word::new("slabs", "small requests come from slabs of equal blocks (default)", |policy| {
            policy.slabs = true
        }),
        Word::new("no-slabs", "each block has a header", |policy| policy.slabs = false),
        Word::new("quick", "freed slots wait on quick lists (default)", |policy| {
            policy.quick = true
        }),
        Word::new("no-quick", "a freed slot is given back to its slab", |policy| {
            policy.quick = false
        }),
        Word::new("missing", "the heap grows by what is missing (default)", |policy| {
            policy.growth = Growth::Missing
        }),
        Word::new("parts", "it grows by at least 1/64 of its size", |policy| {
            policy.growth = Growth::Parts
        }),
        Word::new(
            "sliding",
            "realloc may move a block down into the free block before it (default)",
            |policy| policy.sliding = true,
        ),
        Word::new("no-sliding", "it does not", |policy| policy.sliding = false),
    ];

    type Heap<P: Probe> = Tuned<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Tuned<P>, OutOfMemory> {
        Tuned::new(arena, align, *self)
    }
}
