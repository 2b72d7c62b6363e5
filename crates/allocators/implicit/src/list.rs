//! The list: there is none but the heap itself, in which each block leads to the
//! next. What next fit remembers of it is one block, the rover.

use crate::Implicit;
use heaplab_arena::Probe;
use heaplab_heap::Block;

impl<P: Probe> Implicit<P> {
    // ANCHOR: keep_rover
    /// Next fit's rover must not be left inside a block that swallowed its own.
    pub(crate) fn keep_rover_on_a_block(&mut self, merged: Block, size: u32) {
        if merged < self.rover && self.rover < merged.next(size) {
            self.rover = merged;
        }
    }
    // ANCHOR_END: keep_rover
}
