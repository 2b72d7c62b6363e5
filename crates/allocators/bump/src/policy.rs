//! The policy of a bump allocator: there is nothing to choose.

use crate::Bump;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Word};

/// No choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy;

impl Design for Policy {
    const NAME: &'static str = "bump";
    const ABOUT: &'static str = "the break alone: every block is new, and freed blocks wait for it";
    const WORDS: &'static [Word<Policy>] = &[];

    type Heap<P: Probe> = Bump<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Bump<P>, OutOfMemory> {
        Bump::new(arena, align)
    }
}
