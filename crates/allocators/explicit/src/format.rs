//! The block: where the first one is, what its tags say, and which blocks have a
//! footer (CS:APP 9.9.11, and its last paragraph).
//!
//! ```text
//!  footers kept            +--------+----------------------+--------+
//!  (every block)           | n | a  | payload and padding  | n | a  |
//!                          +--------+----------------------+--------+
//!
//!  footers elided          +--------+-------------------------------+
//!  (allocated block)       | n |p|a | payload and padding           |
//!                          +--------+-------------------------------+
//! ```
//!
//! With footers kept, a block's tags say whether it is free, and the block behind it
//! reads its footer. With footers elided, every header also says whether the block
//! before is allocated (`p`), so a block that changes updates the next header.

use crate::{EMPTY_HEAP_BYTES, Explicit, PROLOGUE_BYTES};
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

impl<P: Probe> Explicit<P> {
    /// Returns the block at the start of the heap, behind the prologue.
    pub(crate) fn first_block(&self) -> Block {
        Block::at(self.arena.start() + EMPTY_HEAP_BYTES)
    }

    /// Returns the prologue, the allocated block before the first.
    pub(crate) fn prologue(&self) -> Block {
        Block::at(self.first_block().payload() - PROLOGUE_BYTES)
    }

    /// Returns the epilogue, where a walk over all blocks ends. It is not a block.
    pub(crate) fn end(&self) -> Block {
        Block::at(self.arena.brk())
    }

    // ANCHOR: tags
    /// Returns the bytes of an allocated block's header, and of its footer if it has one.
    pub(crate) fn overhead_bytes(&self) -> u32 {
        match self.policy.footers {
            Footers::Kept => 2 * WORD_BYTES,
            Footers::Elided => WORD_BYTES,
        }
    }

    /// Returns the bytes of the smallest block: a free block's header, two links and
    /// footer, whether allocated blocks have a footer or not.
    pub(crate) fn minimum_block_bytes(&self) -> u32 {
        4 * WORD_BYTES
    }

    /// Writes the tags of an allocated block. The header's bit for the block before
    /// does not change.
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

    /// Writes the tags of a free block. The header's bit for the block before does
    /// not change.
    pub(crate) fn mark_free(&mut self, block: Block, size: u32) {
        match self.policy.footers {
            Footers::Kept => block.set_tags(&mut self.arena, Tag::free(size)),
            Footers::Elided => {
                let prev_allocated = self.is_prev_allocated(block);
                self.mark_rest(block, size, prev_allocated);
            }
        }
    }

    /// Writes the tags of a free block where there was no header: the rest of a block
    /// that is split.
    pub(crate) fn mark_rest(&mut self, block: Block, size: u32, prev_allocated: bool) {
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

    /// Returns the allocated block at `payload` and its header, if its tags agree that
    /// there is one.
    pub(crate) fn allocated_block(&self, payload: Addr) -> Result<(Block, Tag), HeapError> {
        let align_bytes = self.align.bytes();
        let (block, tag) =
            Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
        let second_witness = match self.policy.footers {
            Footers::Kept => block.next(tag.size()).prev_footer(&self.arena) == tag,
            Footers::Elided => block.next(tag.size()).header(&self.arena).is_prev_allocated(),
        };
        if !second_witness {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag))
    }
}
