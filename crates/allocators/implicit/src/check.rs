//! What this design promises.

use crate::{Coalescing, Implicit, PROLOGUE_BYTES};
use heaplab_arena::Probe;
use heaplab_heap::{Adjacency, Layout, Prologue, Violation};

impl<P: Probe> Implicit<P> {
    /// How the blocks lie.
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

    /// I1 to I7 by walking the blocks, and I13: the rover is one of them.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        let layout = self.layout();
        layout.check(&self.arena)?;
        if self.rover == self.prologue() {
            return Ok(()); // no search has succeeded yet
        }
        layout.check_remembered(&self.arena, "rover", self.rover)
    }
}
