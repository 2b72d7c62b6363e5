//! The list of the free blocks: a ring through the prologue, which is its head.
//!
//! ```text
//!        +--------------------------------------------------------------+
//!        |                                                              |
//!        +-> head: | next | prev | <--> | next | prev | <--> | next | prev | <-+
//!            (prologue)             a free block          a free block
//! ```

use crate::Explicit;
use heaplab_arena::{Event, Probe, WORD_BYTES};
use heaplab_heap::Block;

impl<P: Probe> Explicit<P> {
    /// Returns the head of the list: a block like any other, but never free.
    pub(crate) fn head(&self) -> Block {
        self.prologue()
    }

    // ANCHOR: fifo
    /// Returns the block at the tail of the list, or the head if the list is empty.
    pub(crate) fn last_free(&self, head: Block) -> Block {
        self.prev_free(head)
    }
    // ANCHOR_END: fifo

    // ANCHOR: address
    /// Returns the last block below `block` on a list in address order, or the head if
    /// there is none.
    pub(crate) fn last_free_below(&self, head: Block, block: Block) -> Block {
        let mut before = head;
        loop {
            let next = self.next_free(before);
            if next == head || next > block {
                return before;
            }
            self.arena.note(Event::SearchStep);
            before = next;
        }
    }
    // ANCHOR_END: address

    // ANCHOR: links
    /// Makes `b` follow `a` on the list.
    pub(crate) fn join(&mut self, a: Block, b: Block) {
        self.arena.store_addr(a.payload(), b.payload());
        self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
    }

    /// Returns the block that follows `block` on the list.
    pub(crate) fn next_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload()))
    }

    /// Returns the block that `block` follows on the list.
    pub(crate) fn prev_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload() + WORD_BYTES))
    }
    // ANCHOR_END: links
}
