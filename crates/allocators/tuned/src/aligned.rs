//! Blocks at multiples of more than the heap's own alignment: for `memalign`, and for slabs.
//!
//! ```text
//!  | free, large enough at the right place                       |
//!  | lead: free   | allocated, payload at a multiple | rest: free |
//! ```

use crate::{MINIMUM_BLOCK_BYTES, Tuned};
use heaplab_arena::{Addr, Event, OutOfMemory, Probe};
use heaplab_heap::{Block, LARGEST_REQUEST_BYTES, Tag};

impl<P: Probe> Tuned<P> {
    /// Allocates a block that has room for a block of `bytes` bytes whose payload is at a multiple
    /// of `align_bytes`. The caller cuts off the rest.
    pub(crate) fn allocate_aligned(
        &mut self,
        bytes: u32,
        align_bytes: u32,
    ) -> Result<Block, OutOfMemory> {
        loop {
            if let Some(block) = self.find_aligned_fit(bytes, align_bytes) {
                self.take_whole(block);
                return Ok(block);
            }
            let room = lead_bytes(self.top, align_bytes)
                .checked_add(bytes)
                .filter(|&room| room <= LARGEST_REQUEST_BYTES)
                .ok_or(OutOfMemory)?;
            if self.top_bytes() >= room {
                return Ok(self.place_in_top(room));
            }
            if !self.release_slots() && self.grow(room).is_err() {
                // The heap is full: now look at every block.
                let block = self.any_aligned_fit(bytes, align_bytes).ok_or(OutOfMemory)?;
                self.take_whole(block);
                return Ok(block);
            }
        }
    }

    /// Returns a free block with room for `bytes` bytes at a multiple: the smallest one with
    /// this many bytes, or one that has room however it lies.
    fn find_aligned_fit(&self, bytes: u32, align_bytes: u32) -> Option<Block> {
        let block = self.find_fit(bytes)?;
        if self.has_room(block, bytes, align_bytes) {
            return Some(block);
        }
        let most = bytes.checked_add(align_bytes)?.checked_add(MINIMUM_BLOCK_BYTES)?;
        self.find_fit(most)
    }

    /// Looks at all blocks but the top, and those that the heap keeps for itself: they are shown as
    /// free, since the program does not hold them.
    fn any_aligned_fit(&self, bytes: u32, align_bytes: u32) -> Option<Block> {
        let mut blocks = self.layout().blocks(&self.arena);
        let has_room = |payload: Addr| {
            let block = Block::at(payload);
            let is_listed = block != self.top && block.header(&self.arena).is_free();
            is_listed && self.has_room(block, bytes, align_bytes)
        };
        blocks.find(|block| has_room(block.payload)).map(|block| Block::at(block.payload))
    }

    fn has_room(&self, block: Block, bytes: u32, align_bytes: u32) -> bool {
        let size = block.header(&self.arena).size();
        size >= bytes && size - bytes >= lead_bytes(block, align_bytes)
    }

    /// Cuts an allocated block in two so that the second part's payload is a
    /// multiple of `align_bytes`, frees the first, and returns the second.
    pub(crate) fn free_lead(&mut self, block: Block, align_bytes: u32) -> Block {
        let lead = lead_bytes(block, align_bytes);
        if lead == 0 {
            return block;
        }
        self.arena.note(Event::Split);
        let tag = block.header(&self.arena);
        let second = block.next(lead);
        let second_tag = Tag::allocated(tag.size() - lead).with_prev_allocated(true);
        second.set_header(&mut self.arena, second_tag);
        block.set_header(&mut self.arena, tag.with_size(lead));
        self.coalesce(block, tag.with_size(lead));
        second
    }
}

/// Returns how many bytes the payload of `block` moves up to a multiple of
/// `align_bytes`: 0, or enough for a block before it.
pub(crate) fn lead_bytes(block: Block, align_bytes: u32) -> u32 {
    let payload = block.payload();
    if payload.is_aligned_to(align_bytes) {
        return 0;
    }
    (payload + MINIMUM_BLOCK_BYTES).align_up(align_bytes) - payload
}

#[cfg(test)]
mod tests {
    use crate::Policy;
    use heaplab_arena::host::Host;
    use heaplab_arena::{Arena, Refuse, Settings, Silent};
    use heaplab_heap::{Align, Design, Heap, HeapError};

    #[test]
    fn a_full_heap_gives_away_no_block_that_it_keeps_for_itself() {
        // The heap can get its lists, and not grow when `memalign` needs it.
        let settings = Settings { refuse: Refuse::From(5), ..Settings::default() };
        let arena = Arena::with(settings, Silent).expect("an arena");
        let mut heap = Policy::default().build(arena, Align::Sixteen).expect("room for tables");
        heap.malloc(70_000).expect("room");
        heap.malloc(200).expect("room for the lists, too");
        assert!(heap.is_large());
        while heap.malloc(100).is_ok() {}
        assert_eq!(heap.memalign(64, 100), Err(HeapError::OutOfMemory));
        heap.check().expect("a sound heap");
    }
}
