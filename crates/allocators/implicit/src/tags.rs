//! The tags, with footers kept or elided: the one place that knows the
//! difference (CS:APP 9.9.11, and its last paragraph).
//!
//! Kept, a block is free or allocated by its own tags, and the block before is
//! asked by its footer. Elided, every header also says whether the block before
//! is allocated, and whoever changes a block tells the next.

use crate::Implicit;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

impl<P: Probe> Implicit<P> {
    // ANCHOR: tags
    /// Header, and footer where allocated blocks have one.
    pub(crate) fn overhead_bytes(&self) -> u32 {
        match self.policy.footers {
            Footers::Kept => 2 * WORD_BYTES,
            Footers::Elided => WORD_BYTES,
        }
    }

    /// The smallest block: room for a payload in the book's layout; header and
    /// footer of a free block where footers are elided.
    pub(crate) fn minimum_block_bytes(&self) -> u32 {
        match self.policy.footers {
            Footers::Kept => 4 * WORD_BYTES,
            Footers::Elided => self.align.bytes(),
        }
    }

    pub(crate) fn mark_allocated(&mut self, block: Block, size: u32) {
        match self.policy.footers {
            Footers::Kept => block.set_tags(&mut self.arena, Tag::allocated(size)),
            Footers::Elided => {
                let prev_allocated = self.is_prev_allocated(block);
                let tag = Tag::allocated(size).with_prev_allocated(prev_allocated);
                block.set_header(&mut self.arena, tag);
                block.next(size).set_prev_allocated(&mut self.arena, true);
            }
        }
    }

    /// `prev_allocated` is for headers that have no old fact to keep.
    pub(crate) fn mark_free(&mut self, block: Block, size: u32, prev_allocated: bool) {
        match self.policy.footers {
            Footers::Kept => block.set_tags(&mut self.arena, Tag::free(size)),
            Footers::Elided => {
                let tag = Tag::free(size).with_prev_allocated(prev_allocated);
                block.set_tags(&mut self.arena, tag);
                block.next(size).set_prev_allocated(&mut self.arena, false);
            }
        }
    }

    pub(crate) fn is_prev_allocated(&self, block: Block) -> bool {
        match self.policy.footers {
            Footers::Kept => block.prev_footer(&self.arena).is_allocated(),
            Footers::Elided => block.header(&self.arena).is_prev_allocated(),
        }
    }
    // ANCHOR_END: tags

    /// The allocated block at `payload` and its size, if its tags agree that
    /// there is one.
    pub(crate) fn allocated_block(&self, payload: Addr) -> Result<(Block, u32), HeapError> {
        let align_bytes = self.align.bytes();
        let (block, tag) =
            Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
        let second_witness = match self.policy.footers {
            Footers::Kept => block.next(tag.size()).prev_footer(&self.arena) == tag,
            Footers::Elided => block
                .next(tag.size())
                .header(&self.arena)
                .is_prev_allocated(),
        };
        if !second_witness {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag.size()))
    }
}
