//! The policies of an explicit list, and the words that choose them.

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
    /// When a search fails: one pass over the heap merges all adjacent free blocks.
    Deferred,
}

impl Design for Policy {
    const NAME: &'static str = "explicit";
    const ABOUT: &'static str = "explicit list: free blocks are linked, a search walks only them";
    const WORDS: &'static [Word<Policy>] = &[
        Word::new("lifo", "a freed block goes to the head of the list (default)", |policy| {
            policy.order = Order::Lifo
        }),
        Word::new("fifo", "a freed block goes to the tail", |policy| policy.order = Order::Fifo),
        Word::new("address", "the list is kept by rising address", |policy| {
            policy.order = Order::Address
        }),
        Word::new("first-fit", "the first on the list that is large enough (default)", |policy| {
            policy.fit = Fit::First
        }),
        Word::new("best-fit", "the smallest that is large enough", |policy| policy.fit = Fit::Best),
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

    type Heap<P: Probe> = Explicit<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Explicit<P>, OutOfMemory> {
        Explicit::new(arena, align, *self)
    }
}
