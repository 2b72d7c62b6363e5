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
//! Programs often free a small block and soon ask for the same size again. Merging
//! the block with its neighbours and splitting it off again is wasted work. So a
//! freed small block keeps its allocated bit, which hides it from coalescing, and
//! goes on a stack of blocks of exactly its size.
//!
//! A block that waits separates its neighbours: the room is there, but not in
//! one piece. Two rules bound the damage, however large the heap is and however
//! long the program runs. When [`MOST_QUICK_BLOCKS`] blocks wait,
//! [`Quick::flush_quick`] coalesces them all. And they are all coalesced
//! before `malloc` grows the heap. `docs/long-runs.md` shows what
//! happens to a heap without these rules.

use crate::Quick;
use crate::class::QUICK_LISTS;
use crate::lists::QUICK_HEADS_OFFSET;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::{Block, Tag};

/// When this many blocks wait on the quick lists, all of them are coalesced. So
/// this also bounds how long one `malloc` or `free` can take, as long as `sbrk`
/// does not refuse.
pub const MOST_QUICK_BLOCKS: u32 = 384;

impl<P: Probe> Quick<P> {
    /// Returns whether blocks of `bytes` bytes have a quick list.
    #[inline(always)]
    pub(crate) fn is_quick_size(&self, bytes: u32) -> bool {
        bytes < self.quick_below_bytes
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
        self.quick_blocks += 1;
    }
    // ANCHOR_END: push_quick

    // ANCHOR: pop_quick
    /// Allocates the block of exactly `bytes` bytes that was freed last, if one waits.
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
        self.quick_blocks -= 1;
        Some(block)
        // ANCHOR_END: pop
    }
    // ANCHOR_END: pop_quick

    // ANCHOR: flush_quick
    /// Empties the quick lists: each block is coalesced and listed by its class.
    #[cold]
    #[inline(never)]
    pub(crate) fn flush_quick(&mut self) {
        for units in 0..QUICK_LISTS {
            let head = self.quick_head(units * self.align.bytes());
            let mut payload = self.arena.load_addr(head);
            self.arena.store_addr(head, Addr::NULL);
            while !payload.is_null() {
                let block = Block::at(payload);
                // Coalescing overwrites the link, so it is read first.
                payload = self.arena.load_addr(payload);
                let tag = block.header(&self.arena).with_quick(false);
                self.coalesce(block, tag);
            }
        }
        self.quick_blocks = 0;
    }
    // ANCHOR_END: flush_quick

    /// Returns where the address of the first quick block of `bytes` bytes is stored.
    #[inline(always)]
    pub(crate) fn quick_head(&self, bytes: u32) -> Addr {
        self.arena.start() + QUICK_HEADS_OFFSET + self.align.units(bytes) * WORD_BYTES
    }
}
