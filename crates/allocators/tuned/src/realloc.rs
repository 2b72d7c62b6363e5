//! Resizing in place, where the block or its neighbours allow it.
//!
//! ```text
//!  | allocated, small | free      |   =>  | allocated, larger       | rest |
//!  | allocated, small | top       |   =>  | allocated, larger       | top  |
//!  | free | allocated, small      |   =>  | allocated, larger       | rest |   the payload moves
//!  | allocated, large             |   =>  | allocated, smaller      | free |
//! ```
//!
//! Otherwise: `malloc`, copy, `free`.

use crate::map::CELL_BYTES;
use crate::{MINIMUM_BLOCK_BYTES, Tuned};
use heaplab_arena::{Addr, Event, Probe, WORD_BYTES};
use heaplab_heap::{Block, Heap, HeapError, Tag};

/// Before a large block that moves down, this much room is kept: for a slab, wherever it starts.
const KEPT_BYTES: u32 = 2 * CELL_BYTES;

impl<P: Probe> Tuned<P> {
    // ANCHOR: realloc
    pub(crate) fn resize(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if let Some(slab) = self.slab_at(payload) {
            return self.resize_slot(slab, payload, size);
        }
        let (block, tag) = self.allocated_block(payload)?;
        let bytes = self.block_bytes(size)?;
        let is_large = bytes <= tag.size() || self.grow_in_place(block, tag, bytes);
        let resized = if is_large { Some(block) } else { self.slide(block, tag, bytes) };
        if let Some(block) = resized {
            self.free_rest(block, bytes);
            self.uncount_block(tag.size());
            self.count_block(block);
            return Ok(block.payload());
        }
        let moved = self.move_to(payload, tag.size() - WORD_BYTES, size)?;
        self.stop_filling(block.next(tag.size()), tag.size());
        Ok(moved)
    }

    /// A slot stays if it is not too small, nor twice as large as it must be.
    fn resize_slot(&mut self, at: Addr, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        let slab = self.slab(at);
        self.allocated_slot_at(slab, payload)?;
        let slot_bytes = slab.units() * self.align.bytes();
        if size <= slot_bytes && 2 * size > slot_bytes {
            return Ok(payload);
        }
        self.move_to(payload, slot_bytes, size)
    }

    fn move_to(&mut self, payload: Addr, old_size: u32, size: u32) -> Result<Addr, HeapError> {
        let moved = self.malloc(size)?;
        self.arena.copy(payload, moved, old_size.min(size));
        self.free(payload)?;
        Ok(moved)
    }

    // ANCHOR: grow_in_place
    /// Merges the free block behind into this one if the two have at least `bytes` bytes;
    /// at the end of the heap, grows the heap if needed. Returns whether it did.
    fn grow_in_place(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
        let next = block.next(tag.size());
        if next == self.top {
            return self.grow_into_top(block, tag, bytes);
        }
        let next_tag = next.header(&self.arena);
        let size = tag.size() + next_tag.size();
        if next_tag.is_allocated() || size < bytes {
            return false;
        }
        self.arena.note(Event::Merge);
        self.unlink(next);
        block.set_header(&mut self.arena, tag.with_size(size));
        block.next(size).set_prev_allocated(&mut self.arena, true);
        true
    }

    /// As `grow_in_place`, for the last block before the top. If the heap would have to grow, but
    /// the block can slide into the free block before it, the heap does not grow.
    fn grow_into_top(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
        let missing = bytes - tag.size();
        if self.top_bytes() < missing {
            let before_bytes = self.bytes_to_slide(block, tag);
            let can_slide =
                before_bytes > 0 && before_bytes + tag.size() + self.top_bytes() >= bytes;
            if can_slide || self.grow(missing).is_err() {
                return false;
            }
        }
        self.arena.note(Event::Merge);
        let mut taken = missing;
        if self.top_bytes() - missing < MINIMUM_BLOCK_BYTES {
            taken = self.top_bytes();
        } else {
            self.arena.note(Event::Split);
        }
        block.set_header(&mut self.arena, tag.with_size(tag.size() + taken));
        self.set_top(self.top.next(taken));
        true
    }
    // ANCHOR_END: grow_in_place

    // ANCHOR: slide
    /// Moves a block down into the free block before it, if with what is free behind it there are
    /// at least `bytes` bytes.
    fn slide(&mut self, block: Block, tag: Tag, bytes: u32) -> Option<Block> {
        let before_bytes = self.bytes_to_slide(block, tag);
        if before_bytes == 0 {
            return None;
        }
        let next = block.next(tag.size());
        let behind_bytes = match next.header(&self.arena) {
            _ if next == self.top => self.top_bytes(),
            next_tag if next_tag.is_free() => next_tag.size(),
            _ => 0,
        };
        let size = before_bytes + tag.size() + behind_bytes;
        if size < bytes {
            return None;
        }
        self.arena.note(Event::Merge);
        let free = block.prev(&self.arena);
        self.unlink(free);
        if behind_bytes > 0 && next != self.top {
            self.unlink(next);
        }
        let kept_bytes = block.payload() - free.payload() - before_bytes;
        let start = free.next(kept_bytes);
        self.arena.copy(block.payload(), start.payload(), tag.size() - WORD_BYTES);
        if kept_bytes > 0 {
            free.set_tags(&mut self.arena, Tag::free(kept_bytes).with_prev_allocated(true));
            self.link(free, kept_bytes);
        }
        let start_tag = Tag::allocated(size).with_prev_allocated(kept_bytes == 0);
        start.set_header(&mut self.arena, start_tag);
        if next == self.top {
            // Bytes that are left over are freed by the caller, and are the top again.
            self.top = start.next(size);
        }
        start.next(size).set_prev_allocated(&mut self.arena, true);
        Some(start)
    }

    /// Returns how far a block may move down into the free block before it. Before a large block,
    /// room for small ones is kept: a small one that had to go behind it would be in its way when
    /// it grows again. And a large block is copied only for a quarter of its size.
    fn bytes_to_slide(&self, block: Block, tag: Tag) -> u32 {
        if !self.policy.sliding || tag.is_prev_allocated() {
            return 0;
        }
        let before_bytes = block.prev_footer(&self.arena).size();
        if tag.size() < 2 * KEPT_BYTES {
            return before_bytes;
        }
        let bytes = before_bytes.saturating_sub(KEPT_BYTES);
        if bytes < tag.size() / 4 { 0 } else { bytes }
    }
    // ANCHOR_END: slide
    // ANCHOR_END: realloc
}

#[cfg(test)]
mod tests {
    use crate::Policy;
    use crate::population::MOST_BLOCKS_BEFORE_SLABS;
    use heaplab_arena::host::machine;
    use heaplab_heap::{Align, Design, Heap};

    #[test]
    fn a_slab_that_drains_leaves_the_note_of_another_empty_one() {
        let policy = Policy { quick: false, ..Policy::default() };
        let mut heap = policy.build(machine().expect("a machine"), Align::Eight).expect("room");
        for _ in 0..MOST_BLOCKS_BEFORE_SLABS {
            heap.malloc(24).expect("room");
        }
        let large = heap.malloc(5000).expect("room");
        // The first slab of the class lies behind the large block.
        let high = heap.malloc(24).expect("a slot");
        // It grows up to the slab, and then moves away.
        let mut size = 5000;
        while heap.realloc(large, size).expect("room at the end") == large {
            size += 8;
        }
        let slab = heap.slab_at(high).expect("a slab");
        assert!(heap.drains(slab));
        let low = heap.malloc(24).expect("a slot in the gap");
        assert!(low < high);
        heap.free(low).expect("a live block");
        heap.free(high).expect("a live block");
        heap.check().expect("the empty slab that is kept is noted");
        assert_ne!(heap.slab_at(high), Some(slab), "the other one is free");
    }
}
