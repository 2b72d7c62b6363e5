//! The tables: where free blocks, slabs and slots that wait are found.
//!
//! ```text
//!  start
//!  +-----+------------+--------------+-----------+-------------
//!  | bit | list heads | slab classes | first map | first block
//!  +-----+------------+--------------+-----------+-------------
//!    4     16 * 4       16 * 12        40           bytes at alignment 8
//!
//!  the payload of an allocated block, in a large heap
//!  +------------+------------+
//!  | bit a list | list heads |
//!  +------------+------------+
//!    12           96 * 4       bytes
//! ```
//!
//! In a heap of a few KiB, tables are a notable part of it, and few free blocks are to be kept
//! apart. So at first there is one list for each doubling of sizes. A heap that has grown to
//! [`LARGE_HEAP_BYTES`] gets four lists for each doubling, in a block that the program never sees.

use crate::Tuned;
use crate::class::{Class, Spacing};
use crate::map::{FIRST_MAP_BYTES, map_bytes};
use heaplab_arena::{Addr, OutOfMemory, Probe, WORD_BYTES};
use heaplab_heap::{Align, Block};

/// Requests of more bytes are never served from slabs.
pub const LARGEST_SLOT_BYTES: u32 = 128;

/// A heap that grows has four lists for each doubling of sizes from this size on.
pub const LARGE_HEAP_BYTES: u32 = 64 << 10;

/// A class of slots is the units of the alignment in a slot, from 1 to this.
#[inline(always)]
pub(crate) const fn slot_classes(align: Align) -> u32 {
    LARGEST_SLOT_BYTES / align.bytes()
}

/// For each class: the first slab with a free slot, its population, the first slot that waits.
const CLASS_BYTES: u32 = 3 * WORD_BYTES;

/// Where the population of a class is.
const POPULATION: u32 = WORD_BYTES;

const FIRST_LISTS: u32 = Spacing::COARSE.bitmap_bytes();
const SLABS: u32 = FIRST_LISTS + Spacing::COARSE.classes() * WORD_BYTES;

/// Returns where the first map is, from the start of the heap.
const fn first_map(align: Align) -> u32 {
    SLABS + slot_classes(align) * CLASS_BYTES
}

/// Returns where the first block's payload is, from the start of the heap.
pub(crate) const fn first_block(align: Align) -> u32 {
    (first_map(align) + FIRST_MAP_BYTES + WORD_BYTES).next_multiple_of(16)
}

impl<P: Probe> Tuned<P> {
    /// Returns where the lists are in a new heap.
    pub(crate) fn first_lists(&self) -> Addr {
        self.arena.start() + FIRST_LISTS
    }

    /// Returns where the map is in a new heap.
    pub(crate) fn first_map(&self) -> Addr {
        self.arena.start() + first_map(self.align)
    }

    /// Returns whether the heap has the lists of a large one.
    pub(crate) fn is_large(&self) -> bool {
        self.spacing == Spacing::FINE
    }

    // ANCHOR: make_lists
    /// Makes the lists of a large heap at its end, and puts the free blocks on them.
    ///
    /// # Errors
    /// If there is no room. Then nothing has changed.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_lists(&mut self) -> Result<(), OutOfMemory> {
        let bytes = self.block_bytes(Spacing::FINE.table_bytes())?;
        self.grow(bytes)?;
        let block = self.place_in_top(bytes);
        self.hide(block);
        self.arena.zero(block.payload(), Spacing::FINE.table_bytes());
        self.lists = block.payload() + Spacing::FINE.bitmap_bytes();
        self.spacing = Spacing::FINE;
        for class in 0..Spacing::COARSE.classes() {
            let mut payload = self.arena.load_addr(self.first_lists() + class * WORD_BYTES);
            while !payload.is_null() {
                let block = Block::at(payload);
                payload = self.arena.load_addr(payload);
                self.link(block, block.header(&self.arena).size());
            }
        }
        Ok(())
    }
    // ANCHOR_END: make_lists

    /// Returns where the bits are for the lists of 32 classes, of which this is one.
    #[inline(always)]
    pub(crate) fn bitmap_word(&self, class: u32) -> Addr {
        self.lists - WORD_BYTES - class / 32 * WORD_BYTES
    }

    /// Returns where the first free block of a class is found.
    #[inline(always)]
    pub(crate) fn head(&self, class: Class) -> Addr {
        self.lists + class.0 * WORD_BYTES
    }

    /// Returns where the first slab of a class with a free slot is found.
    #[inline(always)]
    pub(crate) fn class_head(&self, class: u32) -> Addr {
        self.arena.start() + (SLABS - CLASS_BYTES) + class * CLASS_BYTES
    }

    /// Returns where the population of a class is kept.
    #[inline(always)]
    pub(crate) fn class_population(&self, class: u32) -> Addr {
        self.class_head(class) + POPULATION
    }

    /// Returns where the first slot on the quick list of a class is found.
    #[inline(always)]
    pub(crate) fn quick_head(&self, class: u32) -> Addr {
        self.class_head(class) + 2 * WORD_BYTES
    }

    /// Marks an allocated block that the heap keeps for itself: like a block on a quick list, the
    /// program does not hold it, and it is not free for others.
    pub(crate) fn hide(&mut self, block: Block) {
        let tag = block.header(&self.arena);
        block.set_header(&mut self.arena, tag.with_quick(true));
    }

    /// Returns whether the block at `payload` is one that the heap keeps for itself.
    pub(crate) fn is_hidden(&self, payload: Addr) -> bool {
        payload == self.map || payload == self.lists - Spacing::FINE.bitmap_bytes()
    }

    /// Returns whether an address is in the tables. Their bits may look like a header.
    #[inline(always)]
    pub(crate) fn is_in_tables(&self, payload: Addr) -> bool {
        let lists = self.lists - self.spacing.bitmap_bytes();
        payload - lists < self.spacing.table_bytes()
            || payload - self.map < map_bytes(self.map_cells)
    }
}
