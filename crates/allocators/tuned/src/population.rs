//! Population: how many blocks of a size are live, which says whether a class gets slabs.
//!
//! A slab serves one class only, so it pays where many blocks of the class are live at once. Where
//! few are, most of its slots are free, and nothing else can lie there. Each class has a word:
//!
//! ```text
//!   31         24 23                       0
//!  +-------------+--------------------------+
//!  | live blocks | cells of its slabs       |
//!  +-------------+--------------------------+
//! ```
//!
//! Counted are the live blocks that have headers. Their requests were of one class or the next, so
//! the word of a block goes by the size of the block. A count that reaches [`MOST_COUNTED`] stays
//! there: the class had enough blocks for slabs, once and for all.

use crate::Tuned;
use crate::tables::LARGE_HEAP_BYTES;
use heaplab_arena::Probe;
use heaplab_heap::Block;

/// In a small heap a class gets its first slab when this many blocks of its size are live.
pub const MOST_BLOCKS_BEFORE_SLABS: u32 = 64;

/// In a heap of any size a class gets no slab for fewer live blocks.
const FEWEST_BLOCKS_BEFORE_SLABS: u32 = 16;

/// The largest count.
pub(crate) const MOST_COUNTED: u32 = 0xff;

const COUNT_SHIFT: u32 = 24;

/// One block in the word of a class. The heap has fewer cells than this: all 2^32 bytes would be
/// 2^24 cells.
const ONE_BLOCK: u32 = 1 << COUNT_SHIFT;

impl<P: Probe> Tuned<P> {
    /// Returns how many cells are in slabs of a class.
    #[inline(always)]
    pub(crate) fn class_cells(&self, class: u32) -> u32 {
        self.arena.load(self.class_population(class)) % ONE_BLOCK
    }

    /// Returns the count of live blocks that is kept with a class.
    pub(crate) fn live_blocks(&self, class: u32) -> u32 {
        self.arena.load(self.class_population(class)) >> COUNT_SHIFT
    }

    /// Notes that a class has this many cells.
    pub(crate) fn set_class_cells(&mut self, class: u32, cells: u32) {
        let at = self.class_population(class);
        let live = self.arena.load(at) & !(ONE_BLOCK - 1);
        self.arena.store(at, live | cells);
    }

    // ANCHOR: slabs_pay
    /// Returns whether a class that has no slab should get one, for requests that would have blocks
    /// of `block_bytes` bytes.
    pub(crate) fn slabs_pay(&self, block_bytes: u32) -> bool {
        let live_blocks = self.counting_class(block_bytes).map(|class| self.live_blocks(class));
        live_blocks.is_some_and(|live_blocks| live_blocks >= self.blocks_before_slabs())
    }

    /// The larger the heap, the smaller the part of it that a slab with few allocated slots takes:
    /// a slab saves time then, if it saves no room.
    fn blocks_before_slabs(&self) -> u32 {
        let blocks = MOST_BLOCKS_BEFORE_SLABS * LARGE_HEAP_BYTES / self.arena.heap_bytes();
        blocks.clamp(FEWEST_BLOCKS_BEFORE_SLABS, MOST_BLOCKS_BEFORE_SLABS)
    }
    // ANCHOR_END: slabs_pay

    // ANCHOR: count_block
    /// Counts a block that was allocated for the program.
    #[inline(never)]
    pub(crate) fn count_block(&mut self, block: Block) {
        let Some(class) = self.counting_class(block.header(&self.arena).size()) else {
            return;
        };
        let at = self.class_population(class);
        let word = self.arena.load(at);
        if word >> COUNT_SHIFT < MOST_COUNTED {
            self.arena.store(at, word + ONE_BLOCK);
        }
    }

    /// Counts a block of `bytes` bytes no more: the program has freed it, or its size changes.
    #[inline(always)]
    pub(crate) fn uncount_block(&mut self, bytes: u32) {
        let Some(class) = self.counting_class(bytes) else {
            return;
        };
        let at = self.class_population(class);
        let word = self.arena.load(at);
        // None are counted where the program has overwritten the header, or the word.
        if (1..MOST_COUNTED).contains(&(word >> COUNT_SHIFT)) {
            self.arena.store(at, word - ONE_BLOCK);
        }
    }
    // ANCHOR_END: count_block

    /// Returns the class with which blocks of `bytes` bytes are counted, if they are.
    #[inline(always)]
    pub(crate) fn counting_class(&self, bytes: u32) -> Option<u32> {
        // The largest payload is nearly a unit smaller than the block.
        let is_counted = bytes <= self.largest_counted_bytes;
        is_counted.then(|| self.align.units(bytes).saturating_sub(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use heaplab_arena::Addr;
    use heaplab_arena::host::machine;
    use heaplab_heap::{Align, Design, Heap};

    #[test]
    fn a_class_gets_a_slab_for_live_blocks_not_for_requests() {
        for align in [Align::Eight, Align::Sixteen] {
            let mut heap =
                Policy::default().build(machine().expect("a machine"), align).expect("room");
            for _ in 0..1000 {
                let block = heap.malloc(24).expect("room");
                assert_eq!(heap.slab_at(block), None);
                heap.free(block).expect("a live block");
            }
            for _ in 0..MOST_BLOCKS_BEFORE_SLABS {
                let block = heap.malloc(32).expect("room");
                assert_eq!(heap.slab_at(block), None);
            }
            let slot = heap.malloc(32).expect("room");
            assert!(heap.slab_at(slot).is_some());
        }
    }

    #[test]
    fn a_class_of_a_large_heap_gets_a_slab_for_fewer_live_blocks() {
        let align = Align::Sixteen;
        let mut heap = Policy::default().build(machine().expect("a machine"), align).expect("room");
        heap.malloc(4 * LARGE_HEAP_BYTES).expect("room");
        for _ in 0..FEWEST_BLOCKS_BEFORE_SLABS {
            let block = heap.malloc(32).expect("room");
            assert_eq!(heap.slab_at(block), None);
        }
        let slot = heap.malloc(32).expect("room");
        assert!(heap.slab_at(slot).is_some());
    }

    #[test]
    fn blocks_are_counted_by_their_size_however_they_got_it() {
        for align in [Align::Eight, Align::Sixteen] {
            let mut heap =
                Policy::default().build(machine().expect("a machine"), align).expect("room");
            let counts = |heap: &Tuned| {
                [24, 60].map(|size| {
                    let bytes = heap.block_bytes(size).expect("small");
                    heap.live_blocks(heap.counting_class(bytes).expect("counted"))
                })
            };
            let block = heap.malloc(24).expect("room");
            assert_eq!(counts(&heap), [1, 0]);
            assert_eq!(heap.realloc(block, 60), Ok(block));
            assert_eq!(counts(&heap), [0, 1]);
            assert_eq!(heap.realloc(block, 1000), Ok(block));
            assert_eq!(counts(&heap), [0, 0]);
            assert_eq!(heap.realloc(block, 24), Ok(block));
            let other = heap.memalign(64, 60).expect("room");
            assert_eq!(counts(&heap), [1, 1]);
            heap.free(block).expect("a live block");
            heap.free(other).expect("a live block");
            assert_eq!(counts(&heap), [0, 0]);
            heap.check().expect("a sound heap");
        }
    }

    #[test]
    fn a_count_that_has_reached_its_limit_stays() {
        let align = Align::Eight;
        let mut heap = Policy::default().build(machine().expect("a machine"), align).expect("room");
        // Too small a request for a slot in a small heap: the block has no byte more.
        let blocks: [Addr; 300] = [(); 300].map(|()| heap.malloc(20).expect("room"));
        let class = heap.counting_class(24).expect("counted");
        assert_eq!(heap.live_blocks(class), MOST_COUNTED);
        for block in blocks {
            heap.free(block).expect("a live block");
        }
        assert_eq!(heap.live_blocks(class), MOST_COUNTED);
        heap.check().expect("a sound heap");
    }
}
