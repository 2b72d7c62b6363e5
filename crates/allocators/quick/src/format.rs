//! The tags of an allocated block: with a footer, or without (CS:APP 9.9.11, its
//! last paragraph).
//!
//! ```text
//!  footers elided          +------------+------------------------------------+
//!  (the default)           | n |q|p|a=1 | payload and padding                |
//!                          +------------+------------------------------------+
//!
//!  footers kept            +------------+-------------------------+----------+
//!                          | n |q|p|a=1 | payload and padding     | n | a=1  |
//!                          +------------+-------------------------+----------+
//! ```
//!
//! A footer is read only to find the block before, if that block is free. `p` says
//! whether it is, so an allocated block needs no footer, and its payload gets the
//! word. The policy `footers` writes it all the same, to show what the word costs.

use crate::Quick;
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

impl<P: Probe> Quick<P> {
    /// Writes the header of an allocated block, and its footer if it has one.
    #[inline(always)]
    pub(crate) fn mark_allocated(&mut self, block: Block, tag: Tag) {
        block.set_header(&mut self.arena, tag);
        if self.policy.footers == Footers::Kept {
            self.set_footer(block, tag);
        }
    }

    #[cold]
    #[inline(never)]
    fn set_footer(&mut self, block: Block, tag: Tag) {
        block.set_footer(&mut self.arena, tag);
    }

    /// Returns the allocated block at `payload` and its header, if the tags agree that
    /// there is one.
    #[inline(always)]
    pub(crate) fn allocated_block(&self, payload: Addr) -> Result<(Block, Tag), HeapError> {
        let align_bytes = self.align.bytes();
        let (block, tag) =
            Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
        if !block.next(tag.size()).header(&self.arena).is_prev_allocated() {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag))
    }
}
