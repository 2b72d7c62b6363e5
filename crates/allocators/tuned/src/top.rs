//! The top: the free block that ends the heap (the wilderness of Doug Lea's malloc).
//!
//! ```text
//!  | ... | allocated | top: free, n |p|a=0 ...                   | epilogue |
//!  | ... | allocated | epilogue |          the same, when there is no top
//! ```
//!
//! It is not on a list. A request takes from it only if no other block fits, so that the heap
//! grows late; and the heap grows by making it larger.

use crate::policy::Growth;
use crate::{MINIMUM_BLOCK_BYTES, Tuned};
use heaplab_arena::{Event, OutOfMemory, Probe};
use heaplab_heap::{Block, Tag};

/// With the policy `parts`, the heap grows by at least its size divided by this.
const GROWTH_PARTS: u32 = 64;

impl<P: Probe> Tuned<P> {
    /// Returns the bytes in the top; 0 if there is none.
    #[inline(always)]
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
        block.set_header(&mut self.arena, Tag::allocated(size).with_prev_allocated(true));
        self.set_top(block.next(size));
        block
    }

    // ANCHOR: grow
    /// Moves the break up so that the top has at least `bytes` bytes. The caller, who allocates
    /// some of them, writes its tags.
    pub(crate) fn grow(&mut self, bytes: u32) -> Result<(), OutOfMemory> {
        let missing = bytes.saturating_sub(self.top_bytes());
        let part = match self.policy.growth {
            Growth::Missing => 0,
            Growth::Parts => self.align.round_up(self.arena.heap_bytes() / GROWTH_PARTS),
        };
        let increment = |bytes: u32| i32::try_from(bytes).map_err(|_| OutOfMemory);
        if part <= missing || self.arena.sbrk(increment(part)?).is_err() {
            self.arena.sbrk(increment(missing)?)?;
        }
        self.limit_quick_slots();
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
}
