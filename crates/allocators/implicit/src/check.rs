//! The invariants that this design promises, and the walks that check them.

use crate::{Coalescing, Implicit, PROLOGUE_BYTES};
use heaplab_arena::Probe;
use heaplab_heap::{Adjacency, Layout, Prologue, Violation};

impl<P: Probe> Implicit<P> {
    /// Returns the layout of the blocks.
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            first: self.first_block(),
            align: self.align,
            minimum_block_bytes: self.minimum_block_bytes(),
            footers: self.policy.footers,
            adjacency: match self.policy.coalescing {
                Coalescing::Immediate => Adjacency::Coalesced,
                Coalescing::Deferred => Adjacency::Allowed,
            },
            prologue: Prologue::Bytes(PROLOGUE_BYTES),
        }
    }

    /// Checks I1 to I7 by walking the blocks, and I13: the rover is one of them.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        let layout = self.layout();
        layout.check(&self.arena)?;
        if self.rover == self.prologue() {
            return Ok(()); // no search has succeeded yet
        }
        layout.check_remembered(&self.arena, "rover", self.rover)
    }
}
