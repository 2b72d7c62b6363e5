//! The lists: a head for each class, and a bitmap of the classes that have blocks.
//! All of it is in the heap, before the first block; so are the heads of the quick
//! lists.

use crate::Quick;
use crate::class::{CLASSES, Class, QUICK_LISTS};
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::Block;

/// One bit for each class.
const BITMAP_BYTES: u32 = CLASSES.div_ceil(32) * WORD_BYTES;

/// A head's two links.
const HEAD_BYTES: u32 = 2 * WORD_BYTES;

/// Where the heads of the quick lists are, from the start of the heap.
pub(crate) const QUICK_HEADS_OFFSET: u32 = BITMAP_BYTES + CLASSES * HEAD_BYTES;

/// Where the first block's payload is, from the start of the heap: behind all
/// heads and its own header, on every alignment.
pub(crate) const FIRST_BLOCK_OFFSET: u32 =
    (QUICK_HEADS_OFFSET + QUICK_LISTS * WORD_BYTES + WORD_BYTES).next_multiple_of(16);

impl<P: Probe> Quick<P> {
    /// Makes every list a ring of its head alone, clears every bit, and empties the
    /// quick lists. Does not rely on new memory being zero.
    pub(crate) fn empty_lists(&mut self) {
        let start = self.arena.start();
        self.arena.zero(start, BITMAP_BYTES);
        self.arena.zero(start + QUICK_HEADS_OFFSET, QUICK_LISTS * WORD_BYTES);
        for class in 0..CLASSES {
            let head = self.head(Class(class));
            self.join(head, head);
        }
    }

    // ANCHOR: link
    // ANCHOR: link_block
    /// Puts a free block of `bytes` bytes at the head of the list of its class.
    #[inline(always)]
    pub(crate) fn link(&mut self, block: Block, bytes: u32) {
        let class = Class::of(bytes, self.align);
        let head = self.head(class);
        let after = self.next_free(head);
        self.join(head, block);
        self.join(block, after);
        if after == head {
            self.set_bit(class, true);
        }
    }
    // ANCHOR_END: link_block

    /// Makes `b` follow `a` on a list.
    #[inline(always)]
    fn join(&mut self, a: Block, b: Block) {
        self.arena.store_addr(a.payload(), b.payload());
        self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
    }

    #[inline(always)]
    pub(crate) fn next_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload()))
    }

    #[inline(always)]
    pub(crate) fn prev_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload() + WORD_BYTES))
    }

    /// Returns the head of a class's list, as a block so that it can be linked like one.
    /// It has no header.
    #[inline(always)]
    pub(crate) fn head(&self, class: Class) -> Block {
        Block::at(self.heads() + class.0 * HEAD_BYTES)
    }

    #[inline(always)]
    fn heads(&self) -> Addr {
        self.arena.start() + BITMAP_BYTES
    }
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off its list.
    #[inline(always)]
    pub(crate) fn unlink(&mut self, block: Block) {
        let (before, after) = (self.prev_free(block), self.next_free(block));
        self.join(before, after);
        if before == after {
            // Only a head can be both: the list is empty now.
            let class = (after.payload() - self.heads()) / HEAD_BYTES;
            self.set_bit(Class(class), false);
        }
    }
    // ANCHOR_END: unlink

    // ANCHOR: bitmap
    /// Returns the first class from `class` on whose list has blocks.
    #[inline(always)]
    pub(crate) fn first_class_with_blocks(&self, class: Class) -> Option<Class> {
        // ANCHOR: bitmap_search
        let word = self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32);
        if word != 0 {
            return Some(Class(class.0 + word.trailing_zeros()));
        }
        let mut class = (class.0 / 32 + 1) * 32;
        while class < CLASSES {
            let word = self.arena.load(self.bitmap_word(class));
            if word != 0 {
                return Some(Class(class + word.trailing_zeros()));
            }
            class += 32;
        }
        None
        // ANCHOR_END: bitmap_search
    }

    // ANCHOR: set_bit
    #[inline(always)]
    fn set_bit(&mut self, class: Class, value: bool) {
        let at = self.bitmap_word(class.0);
        let bit = 1 << (class.0 % 32);
        let word = self.arena.load(at);
        self.arena.store(at, if value { word | bit } else { word & !bit });
    }
    // ANCHOR_END: set_bit

    pub(crate) fn bit(&self, class: Class) -> bool {
        self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32) & 1 == 1
    }

    #[inline(always)]
    fn bitmap_word(&self, class: u32) -> Addr {
        self.arena.start() + class / 32 * WORD_BYTES
    }
    // ANCHOR_END: bitmap
}
