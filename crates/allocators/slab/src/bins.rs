//! Free blocks: where they are kept and found, those of small sizes on a list of their size
//! (`lists.rs`), the larger ones in trees (`tree.rs`).

use crate::SlabHeap;
use crate::start::EXACT_UNITS;
use heaplab_arena::{Event, Probe};
use heaplab_heap::Block;

impl<P: Probe> SlabHeap<P> {
    // ANCHOR: find_fit
    /// Returns a free block of at least `bytes` bytes, the smallest there is.
    #[inline(always)]
    pub(crate) fn find_fit(&self, bytes: u32) -> Option<Block> {
        let units = self.align.units(bytes);
        if units < EXACT_UNITS {
            let lists = self.list_bits() & (u32::MAX << units);
            if lists != 0 {
                self.arena.note(Event::SearchStep);
                let head = self.head(lists.trailing_zeros());
                return Some(Block::at(self.arena.load_addr(head)));
            }
        }
        self.best_fit(bytes)
    }
    // ANCHOR_END: find_fit

    // ANCHOR: link
    /// Keeps a free block of `bytes` bytes.
    #[inline(always)]
    pub(crate) fn link(&mut self, block: Block, bytes: u32) {
        let units = self.align.units(bytes);
        if units >= EXACT_UNITS {
            return self.insert(block, bytes);
        }
        let head = self.head(units);
        if self.push(head, block).is_null() {
            self.set_list_bits(self.list_bits() | 1 << units);
        }
    }
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes away a free block of `bytes` bytes.
    #[inline(always)]
    pub(crate) fn unlink(&mut self, block: Block, bytes: u32) {
        let units = self.align.units(bytes);
        if units >= EXACT_UNITS {
            return self.remove(block);
        }
        self.drop_from_list(block);
        if self.arena.load_addr(self.head(units)).is_null() {
            self.set_list_bits(self.list_bits() & !(1 << units));
        }
    }
    // ANCHOR_END: unlink
}
