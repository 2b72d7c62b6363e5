//! The top: the free block that ends the heap (also called the wilderness, as in
//! Doug Lea's malloc).
//!
//! ```text
//!  | ... | allocated | top: free, n |p|a=0 ...                   | epilogue |
//!  | ... | allocated | epilogue |          the same, when there is no top
//! ```
//!
//! It is not on a list. A request takes from it only if no other block fits, so
//! that the heap grows late; and the heap grows by making it larger.
//!
//! With the policy `no-top` there is never a top: the field `top` is the epilogue, and
//! the heap grows by chunks that are listed blocks, as in the designs before.

use crate::{MINIMUM_BLOCK_BYTES, Quick};
use heaplab_arena::{Event, OutOfMemory, Probe};
use heaplab_heap::{Block, Tag};

/// The heap grows by at least its size divided by this: often enough to waste less
/// than 2 % of it, and seldom enough that the number of `sbrk` calls grows with the
/// logarithm of the heap's size.
const GROWTH_PARTS: u32 = 64;

/// Without a top, the heap grows by at least this many bytes (the book's CHUNKSIZE).
const CHUNK_BYTES: u32 = 4096;

impl<P: Probe> Quick<P> {
    /// Returns the bytes in the top; 0 if there is none.
    pub(crate) fn top_bytes(&self) -> u32 {
        self.arena.brk() - self.top.payload()
    }

    /// Allocates `bytes` bytes at the start of the top.
    pub(crate) fn place_in_top(&mut self, bytes: u32) -> Block {
        let block = self.top;
        let mut size = bytes;
        if self.top_bytes() - bytes < MINIMUM_BLOCK_BYTES {
            size = self.top_bytes();
        } else {
            self.arena.note(Event::Split);
        }
        self.mark_allocated(block, Tag::allocated(size).with_prev_allocated(true));
        self.set_top(block.next(size));
        block
    }

    // ANCHOR: grow
    /// Moves the break up so that the top has at least `bytes` bytes: by a part of the
    /// heap if that is more, or, if `sbrk` refuses that, by the missing bytes.
    pub(crate) fn grow(&mut self, bytes: u32) -> Result<(), OutOfMemory> {
        if !self.policy.top {
            return self.grow_by_a_block(bytes);
        }
        let missing = bytes - self.top_bytes();
        let part = self.align.round_up(self.arena.heap_bytes() / GROWTH_PARTS);
        let increment = |bytes: u32| i32::try_from(bytes).map_err(|_| OutOfMemory);
        if part <= missing || self.arena.sbrk(increment(part)?).is_err() {
            self.arena.sbrk(increment(missing)?)?;
        }
        self.set_top(self.top);
        Ok(())
    }

    /// Makes the bytes from `top` to the break the top block; if there are none, writes
    /// only the epilogue. The block before is allocated, or it would be part of the top.
    #[inline(always)]
    pub(crate) fn set_top(&mut self, top: Block) {
        self.top = top;
        let bytes = self.top_bytes();
        let epilogue = Block::at(self.arena.brk());
        if bytes == 0 {
            let tag = Tag::EPILOGUE.with_prev_allocated(true);
            epilogue.set_header(&mut self.arena, tag);
        } else {
            let tag = Tag::free(bytes).with_prev_allocated(true);
            top.set_tags(&mut self.arena, tag);
            epilogue.set_header(&mut self.arena, Tag::EPILOGUE);
        }
    }
    // ANCHOR_END: grow

    /// Moves the break up by `bytes`, at least a chunk, and lists what is new, merged with
    /// a free block before it. The old epilogue becomes the header of that block.
    fn grow_by_a_block(&mut self, bytes: u32) -> Result<(), OutOfMemory> {
        let bytes = bytes.max(CHUNK_BYTES);
        let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
        let block = Block::at(self.arena.sbrk(increment)?);
        let tag = block.header(&self.arena).with_size(bytes);
        self.top = Block::at(self.arena.brk());
        let epilogue = Tag::EPILOGUE.with_prev_allocated(true);
        self.top.set_header(&mut self.arena, epilogue);
        self.mark_allocated(block, tag);
        self.coalesce(block, tag);
        Ok(())
    }
}
