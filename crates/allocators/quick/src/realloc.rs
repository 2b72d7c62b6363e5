//! Resizing in place, where the block or its neighbours allow it.
//!
//! ```text
//!  | allocated, small | free      |   =>  | allocated, larger       | rest |
//!  | allocated, small | top       |   =>  | allocated, larger       | top  |
//!  | allocated, large             |   =>  | allocated, smaller      | free |
//! ```
//!
//! Otherwise, and always with the policy `moving`: `malloc`, copy, `free`.

use crate::{MINIMUM_BLOCK_BYTES, Quick};
use heaplab_arena::{Addr, Event, Probe};
use heaplab_heap::{Block, Heap, HeapError, Tag};

impl<P: Probe> Quick<P> {
    // ANCHOR: realloc
    pub(crate) fn realloc_in_place_or_move(
        &mut self,
        payload: Addr,
        size: u32,
    ) -> Result<Addr, HeapError> {
        if payload.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(payload)?;
            return Ok(Addr::NULL);
        }
        let (block, tag) = self.allocated_block(payload)?;
        let bytes = self.block_bytes(size)?;
        let can_stay =
            self.policy.in_place && (bytes <= tag.size() || self.grow_in_place(block, tag, bytes));
        if !can_stay {
            return self.move_to(block, tag, size);
        }
        self.free_rest(block, bytes);
        Ok(payload)
    }

    // ANCHOR: grow_in_place
    /// Merges the free block behind into this one if the two have at least `bytes` bytes;
    /// at the end of the heap, grows the heap if needed. Returns whether it did.
    ///
    /// ```text
    /// | allocated, small | free         |   =>   | allocated, size of both       |
    /// ```
    fn grow_in_place(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
        let next = block.next(tag.size());
        if next == self.top && self.policy.top {
            return self.grow_into_top(block, tag, bytes);
        }
        let next_tag = next.header(&self.arena);
        let size = tag.size() + next_tag.size();
        if next_tag.is_allocated() || size < bytes {
            return false;
        }
        self.arena.note(Event::Merge);
        self.unlink(next);
        self.mark_allocated(block, tag.with_size(size));
        block.next(size).set_prev_allocated(&mut self.arena, true);
        true
    }

    /// As `grow_in_place`, for the last block before the top.
    fn grow_into_top(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
        let missing = bytes - tag.size();
        if self.top_bytes() < missing && self.grow(missing).is_err() {
            return false;
        }
        self.arena.note(Event::Merge);
        let mut taken = missing;
        if self.top_bytes() - missing < MINIMUM_BLOCK_BYTES {
            taken = self.top_bytes();
        } else {
            self.arena.note(Event::Split);
        }
        self.mark_allocated(block, tag.with_size(tag.size() + taken));
        self.set_top(self.top.next(taken));
        true
    }
    // ANCHOR_END: grow_in_place

    fn move_to(&mut self, block: Block, tag: Tag, size: u32) -> Result<Addr, HeapError> {
        let moved = self.malloc(size)?;
        let old_size = tag.size() - self.overhead_bytes;
        self.arena.copy(block.payload(), moved, old_size.min(size));
        self.free(block.payload())?;
        Ok(moved)
    }
    // ANCHOR_END: realloc
}
