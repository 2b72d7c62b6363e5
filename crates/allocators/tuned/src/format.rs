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
//! A footer is read to find the block before, when that is free. Whether it is, `p`
//! says, so an allocated block needs none, and its payload may have the word. Kept,
//! the footer is written all the same: the policy shows what the word costs.

use crate::Tuned;
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

impl<P: Probe> Tuned<P> {
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

    /// The allocated block at `payload` and its header, if the tags agree that
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
