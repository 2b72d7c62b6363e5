//! The lists of the free blocks: for each class a ring through its head, and a bitmap
//! of the classes that have blocks. All of it is in the prologue's payload.
//!
//! ```text
//!  prologue    +-----+--------+-----------+-----------+-----+-----------+-----+
//!              | hdr | bitmap | next prev | next prev | ... | next prev | ftr |
//!              |     |        | class 0   | class 1   |     |           |     |
//!              +-----+--------+-----------+-----------+-----+-----------+-----+
//!               4     1 bit    8           8                 8           4     bytes
//!                     a class
//! ```

use crate::Segregated;
use crate::class::Class;
use heaplab_arena::{Addr, Event, Probe, WORD_BYTES};
use heaplab_heap::Block;

/// A head's two links.
const HEAD_BYTES: u32 = 2 * WORD_BYTES;

impl<P: Probe> Segregated<P> {
    /// Returns the prologue's size in bytes: header, bitmap, heads and footer.
    pub(crate) fn prologue_bytes(&self) -> u32 {
        let heads_bytes = self.policy.classes.count() * HEAD_BYTES;
        (2 * WORD_BYTES + self.bitmap_bytes() + heads_bytes).next_multiple_of(16)
    }

    fn bitmap_bytes(&self) -> u32 {
        self.policy.classes.count().div_ceil(32) * WORD_BYTES
    }

    /// Makes every list a ring of its head alone, and clears every bit. Does not rely on
    /// new memory being zero.
    pub(crate) fn empty_lists(&mut self) {
        let (bitmap, bytes) = (self.prologue().payload(), self.bitmap_bytes());
        self.arena.zero(bitmap, bytes);
        for class in 0..self.policy.classes.count() {
            let head = self.head(Class(class));
            self.join(head, head);
        }
    }

    /// Returns the head of a class's list, as a block so that it can be linked like one.
    /// It has no header.
    pub(crate) fn head(&self, class: Class) -> Block {
        Block::at(self.heads() + class.0 * HEAD_BYTES)
    }

    /// Returns the class whose list has this head.
    pub(crate) fn class_with_head(&self, head: Block) -> Class {
        Class((head.payload() - self.heads()) / HEAD_BYTES)
    }

    fn heads(&self) -> Addr {
        self.prologue().payload() + self.bitmap_bytes()
    }

    // ANCHOR: bitmap
    /// Returns the first class from `class` on whose list has blocks.
    pub(crate) fn first_class_with_blocks(&self, class: Class) -> Option<Class> {
        // ANCHOR: bitmap_search
        let mut first = class.0;
        while first < self.policy.classes.count() {
            // The bits of `first` and of the classes above it in the same word.
            let word = self.arena.load(self.bitmap_word(Class(first))) >> (first % 32);
            if word != 0 {
                return Some(Class(first + word.trailing_zeros()));
            }
            first = (first / 32 + 1) * 32;
        }
        None
        // ANCHOR_END: bitmap_search
    }

    // ANCHOR: set_bit
    /// Notes in the bitmap whether the list of a class has blocks.
    pub(crate) fn set_bit(&mut self, class: Class, has_blocks: bool) {
        let (at, bit) = (self.bitmap_word(class), 1 << (class.0 % 32));
        let word = self.arena.load(at);
        let word = if has_blocks { word | bit } else { word & !bit };
        self.arena.store(at, word);
    }
    // ANCHOR_END: set_bit

    /// Returns whether the list of a class has blocks, according to the bitmap.
    pub(crate) fn bit(&self, class: Class) -> bool {
        self.arena.load(self.bitmap_word(class)) >> (class.0 % 32) & 1 == 1
    }

    /// Returns where the word with the bit of a class is.
    fn bitmap_word(&self, class: Class) -> Addr {
        self.prologue().payload() + class.0 / 32 * WORD_BYTES
    }
    // ANCHOR_END: bitmap

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
    /// Makes `b` follow `a` on a list.
    pub(crate) fn join(&mut self, a: Block, b: Block) {
        self.arena.store_addr(a.payload(), b.payload());
        self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
    }

    /// Returns the block that follows `block` on its list.
    pub(crate) fn next_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload()))
    }

    /// Returns the block that `block` follows on its list.
    pub(crate) fn prev_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload() + WORD_BYTES))
    }
    // ANCHOR_END: links
}
