//! Blocks for `memalign`: room for a payload at a multiple of more than the
//! heap's own alignment.
//!
//! ```text
//!  | free, large enough at the right place                       |
//!  | lead: free   | allocated, payload at a multiple | rest: free |
//! ```
//!
//! It would be simpler, and always right, to ask for `bytes` plus the alignment and
//! to cut off the excess. But that larger request would pass over a block that was
//! aligned once and freed, although it fits exactly. So the search checks how much
//! room each free block has from an aligned payload on.

use crate::class::Class;
use crate::{LONGEST_SEARCH, MINIMUM_BLOCK_BYTES, Quick};
use heaplab_arena::{Event, OutOfMemory, Probe};
use heaplab_heap::{Block, LARGEST_REQUEST_BYTES, Tag};

impl<P: Probe> Quick<P> {
    /// Allocates a block that has room for a block of `bytes` bytes whose
    /// payload is at a multiple of `align_bytes`. The caller cuts off the rest.
    pub(crate) fn allocate_aligned(
        &mut self,
        bytes: u32,
        align_bytes: u32,
    ) -> Result<Block, OutOfMemory> {
        let mut longest = LONGEST_SEARCH;
        loop {
            if let Some(block) = self.find_aligned_fit(bytes, align_bytes, longest) {
                let whole = block.header(&self.arena).size();
                self.place(block, whole);
                return Ok(block);
            }
            let room = lead_bytes(self.top, align_bytes)
                .checked_add(bytes)
                .filter(|&room| room <= LARGEST_REQUEST_BYTES)
                .ok_or(OutOfMemory)?;
            if self.top_bytes() >= room {
                return Ok(self.place_in_top(room));
            }
            if self.quick_blocks > 0 {
                self.flush_quick();
            } else if self.grow(room).is_err() {
                // The heap is full: now look at every block, and then give up.
                if longest == u32::MAX {
                    return Err(OutOfMemory);
                }
                longest = u32::MAX;
            }
        }
    }

    /// Returns a listed block that has room for `bytes` bytes at a multiple of
    /// `align_bytes`, among the first `longest` of each class.
    fn find_aligned_fit(&self, bytes: u32, align_bytes: u32, longest: u32) -> Option<Block> {
        let mut class = Class::of(bytes, self.align);
        loop {
            class = self.first_class_with_blocks(class)?;
            let head = self.head(class);
            let mut block = self.next_free(head);
            for _ in 0..longest {
                if block == head {
                    break;
                }
                self.arena.note(Event::SearchStep);
                let size = block.header(&self.arena).size();
                let lead = lead_bytes(block, align_bytes);
                if size >= bytes && size - bytes >= lead {
                    return Some(block);
                }
                block = self.next_free(block);
            }
            class = Class(class.0 + 1);
        }
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
        self.mark_allocated(second, second_tag);
        self.mark_allocated(block, tag.with_size(lead));
        self.coalesce(block, tag.with_size(lead));
        second
    }
}

/// Returns how many bytes the payload of `block` moves up to a multiple of
/// `align_bytes`: 0, or enough for a block before it.
fn lead_bytes(block: Block, align_bytes: u32) -> u32 {
    let payload = block.payload();
    if payload.is_aligned_to(align_bytes) {
        return 0;
    }
    (payload + MINIMUM_BLOCK_BYTES).align_up(align_bytes) - payload
}
