//! The recipe. This design has no policies to choose: each of its decisions
//! is there for speed or for memory, and stands at its place in the code.

use crate::Segregated;
use heaplab_arena::{Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, Design, Word};

/// No choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy;

impl Design for Policy {
    const NAME: &'static str = "segregated";
    const ABOUT: &'static str = "segregated fits: a list for each size class, found by a bitmap";
    const WORDS: &'static [Word<Policy>] = &[];

    type Heap<P: Probe> = Segregated<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Segregated<P>, OutOfMemory> {
        Segregated::new(arena, align)
    }
}
