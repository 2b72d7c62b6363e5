//! Free blocks: a list for each class, and a bitmap of the classes that have blocks.

use crate::Tuned;
use crate::class::Class;
use crate::lists::UP;
use heaplab_arena::{Event, Probe, WORD_BYTES};
use heaplab_heap::Block;

/// No more blocks than this are looked at on one list.
pub const LONGEST_SEARCH: u32 = 16;

impl<P: Probe> Tuned<P> {
    // ANCHOR: find_fit
    /// Returns a free block of at least `bytes` bytes.
    #[inline(always)]
    pub(crate) fn find_fit(&self, bytes: u32) -> Option<Block> {
        let class = self.spacing.class_of(bytes, self.align);
        let found = self.first_class_with_blocks(class)?;
        if self.spacing.is_exact(found) {
            self.arena.note(Event::SearchStep);
            return Some(Block::at(self.arena.load_addr(self.head(found))));
        }
        // A class of several sizes: if it is the request's own, all its blocks may be
        // too small; then any block of the next class that has blocks is large enough.
        self.best_fit(found, bytes, LONGEST_SEARCH).or_else(|| {
            let above = self.first_class_with_blocks(Class(found.0 + 1))?;
            self.best_fit(above, bytes, LONGEST_SEARCH)
        })
    }
    // ANCHOR_END: find_fit

    /// Returns the smallest block that fits among the first `longest` of a list.
    pub(crate) fn best_fit(&self, class: Class, bytes: u32, longest: u32) -> Option<Block> {
        let mut best: Option<(Block, u32)> = None;
        let mut node = self.arena.load_addr(self.head(class));
        for _ in 0..longest {
            if node.is_null() {
                break;
            }
            self.arena.note(Event::SearchStep);
            let block = Block::at(node);
            let size = block.header(&self.arena).size();
            if size == bytes {
                return Some(block);
            }
            if size > bytes && best.is_none_or(|(_, smallest)| size < smallest) {
                best = Some((block, size));
            }
            node = self.arena.load_addr(node);
        }
        best.map(|(block, _)| block)
    }

    // ANCHOR: link
    /// Puts a free block of `bytes` bytes at the front of the list of its class.
    #[inline(always)]
    pub(crate) fn link(&mut self, block: Block, bytes: u32) {
        let class = self.spacing.class_of(bytes, self.align);
        let head = self.head(class);
        if self.push(head, block).is_null() {
            self.set_class_bit(class, true);
        }
    }
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off its list.
    #[inline(always)]
    pub(crate) fn unlink(&mut self, block: Block) {
        let next = self.arena.load_addr(block.payload());
        let link = self.arena.load_addr(block.payload() + UP);
        self.put(link, next);
        if next.is_null() {
            // If the word that led to the block is a head, its list is empty now.
            let class = (link - self.lists) / WORD_BYTES;
            if class < self.spacing.classes() {
                self.set_class_bit(Class(class), false);
            }
        }
    }
    // ANCHOR_END: unlink

    /// Returns the first class from `class` on whose list has blocks.
    #[inline(always)]
    pub(crate) fn first_class_with_blocks(&self, class: Class) -> Option<Class> {
        if class.0 >= self.spacing.classes() {
            return None;
        }
        let word = self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32);
        if word != 0 {
            return Some(Class(class.0 + word.trailing_zeros()));
        }
        let mut class = (class.0 / 32 + 1) * 32;
        while class < self.spacing.classes() {
            let word = self.arena.load(self.bitmap_word(class));
            if word != 0 {
                return Some(Class(class + word.trailing_zeros()));
            }
            class += 32;
        }
        None
    }

    #[inline(always)]
    fn set_class_bit(&mut self, class: Class, value: bool) {
        let at = self.bitmap_word(class.0);
        let bit = 1 << (class.0 % 32);
        let word = self.arena.load(at);
        self.arena.store(at, if value { word | bit } else { word & !bit });
    }

    pub(crate) fn class_bit(&self, class: Class) -> bool {
        self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32) & 1 == 1
    }
}
