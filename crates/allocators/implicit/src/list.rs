//! The list: here it is the heap itself, in which each block leads to the next. Next
//! fit remembers one block of it, the rover.

use crate::Implicit;
use heaplab_arena::Probe;
use heaplab_heap::Block;

impl<P: Probe> Implicit<P> {
    // ANCHOR: keep_rover
    /// Moves next fit's rover to the start of `merged` if it points inside that block.
    pub(crate) fn keep_rover_on_a_block(&mut self, merged: Block, size: u32) {
        if merged < self.rover && self.rover < merged.next(size) {
            self.rover = merged;
        }
    }
    // ANCHOR_END: keep_rover
}
