//! Lists of free blocks.
//!
//! ```text
//!  head of a class -> +--------+--------+--------+- - - -+--------+
//!                     | n |p|0 | next   | up     |       | n      |
//!                     +--------+--------+--------+- - - -+--------+
//! ```
//!
//! They end at null. `up` is the address of the word that leads to the block: the head, or the
//! `next` of the block before. So a block is taken off without a look at which of the two it is.

use crate::Tuned;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::Block;

/// Where `up` is in a free block's payload.
pub(crate) const UP: u32 = WORD_BYTES;

impl<P: Probe> Tuned<P> {
    /// Puts a block at the front of the list that `link` leads to. Returns what was there.
    #[inline(always)]
    pub(crate) fn push(&mut self, link: Addr, block: Block) -> Addr {
        let next = self.arena.load_addr(link);
        self.put(block.payload(), next);
        self.put(link, block.payload());
        next
    }

    /// Makes a word lead to a block, or to none.
    #[inline(always)]
    pub(crate) fn put(&mut self, link: Addr, node: Addr) {
        self.arena.store_addr(link, node);
        if !node.is_null() {
            self.arena.store_addr(node + UP, link);
        }
    }
}
