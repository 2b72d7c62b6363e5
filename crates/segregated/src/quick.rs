//! Quick lists: small blocks that were freed and wait to be allocated again
//! just as they are (Weinstock and Wulf's QuickFit, 1988; the fastbins of Doug
//! Lea's malloc).
//!
//! ```text
//!  head of a size ---> +------------+------+        +------------+------+
//!                      | n |q|p|a=1 | next | -----> | n |q|p|a=1 | NULL |
//!                      +------------+------+        +------------+------+
//! ```
//!
//! Programs free small blocks and ask for the same size again at once. To merge
//! such a block with its neighbours only to split it off again is work for
//! nothing. So it keeps its allocated bit, which hides it from coalescing, and
//! goes on a stack of blocks of its very size. What this defers is made up for
//! before the heap grows: [`Segregated::flush_quick`] coalesces them all.

use crate::Segregated;
use crate::class::QUICK_LISTS;
use crate::lists::QUICK_HEADS_OFFSET;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::{Block, Tag};

impl<P: Probe> Segregated<P> {
    /// Whether blocks of `bytes` bytes have a quick list.
    #[inline(always)]
    pub(crate) fn is_quick_size(&self, bytes: u32) -> bool {
        self.align.units(bytes) < self.quick_units
    }

    // ANCHOR: push_quick
    /// Frees `block`, whose header is `tag`, onto the quick list of its size.
    #[inline(always)]
    pub(crate) fn push_quick(&mut self, block: Block, tag: Tag) {
        let head = self.quick_head(tag.size());
        let next = self.arena.load_addr(head);
        block.set_header(&mut self.arena, tag.with_quick(true));
        self.arena.store_addr(block.payload(), next);
        self.arena.store_addr(head, block.payload());
        self.quick_bytes += tag.size();
    }
    // ANCHOR_END: push_quick

    // ANCHOR: pop_quick
    /// The block of exactly `bytes` bytes that was freed last, allocated again.
    #[inline(always)]
    pub(crate) fn pop_quick(&mut self, bytes: u32) -> Option<Block> {
        if !self.is_quick_size(bytes) {
            return None;
        }
        // ANCHOR: pop
        let head = self.quick_head(bytes);
        let payload = self.arena.load_addr(head);
        if payload.is_null() {
            return None;
        }
        let block = Block::at(payload);
        let next = self.arena.load_addr(payload);
        self.arena.store_addr(head, next);
        let prev_allocated = block.header(&self.arena).is_prev_allocated();
        let tag = Tag::allocated(bytes).with_prev_allocated(prev_allocated);
        block.set_header(&mut self.arena, tag);
        self.quick_bytes -= bytes;
        Some(block)
        // ANCHOR_END: pop
    }
    // ANCHOR_END: pop_quick

    // ANCHOR: flush_quick
    /// Empties the quick lists: each block is coalesced and listed by its class.
    #[cold]
    pub(crate) fn flush_quick(&mut self) {
        for units in 0..QUICK_LISTS {
            while let Some(block) = self.pop_quick(units * self.align.bytes()) {
                let tag = block.header(&self.arena);
                self.coalesce(block, tag);
            }
        }
    }
    // ANCHOR_END: flush_quick

    /// Where the address of the first block of `bytes` bytes is kept.
    #[inline(always)]
    pub(crate) fn quick_head(&self, bytes: u32) -> Addr {
        self.arena.start() + QUICK_HEADS_OFFSET + self.align.units(bytes) * WORD_BYTES
    }
}
