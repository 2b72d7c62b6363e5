//! The start of the heap, where everything is found: the heads of lists and the roots of trees of
//! free blocks, and the heads of the lists of slabs.
//!
//! ```text
//!  start
//!  +-----------+-----------+------------+-----------+---------+-------------
//!  | list bits | tree bits | list heads | roots     | slabs   | first block
//!  +-----------+-----------+------------+-----------+---------+-------------
//!    4           4           32 * 4       24 * 4      16 * 8     bytes
//! ```

use crate::Tuned;
use heaplab_arena::{Addr, Probe, WORD_BYTES};

/// Free blocks of fewer units of the alignment than this are on a list of their size.
pub(crate) const EXACT_UNITS: u32 = 32;

/// How many trees there are for larger ones: room for blocks up to 2³¹ bytes at alignment 8.
pub(crate) const TREES: u32 = 24;

/// Larger requests are never served from slabs.
pub const LARGEST_SLOT_BYTES: u32 = 128;

/// A class of slots is the units of the alignment in a slot, from 1.
pub(crate) const CLASSES: u32 = LARGEST_SLOT_BYTES / 8 + 1;

const TREE_BITS: u32 = WORD_BYTES;
const HEADS: u32 = 2 * WORD_BYTES;
const ROOTS: u32 = HEADS + EXACT_UNITS * WORD_BYTES;
const SLABS: u32 = ROOTS + TREES * WORD_BYTES;

/// Where the first block's payload is: behind all of these and its own header.
pub(crate) const FIRST_BLOCK: u32 =
    (SLABS + (CLASSES - 1) * 2 * WORD_BYTES + WORD_BYTES).next_multiple_of(16);

impl<P: Probe> Tuned<P> {
    /// Returns where the first free block of this many units is found.
    #[inline(always)]
    pub(crate) fn head(&self, units: u32) -> Addr {
        self.arena.start() + HEADS + units * WORD_BYTES
    }

    /// Returns where the root of a tree is found.
    #[inline(always)]
    pub(crate) fn root(&self, tree: u32) -> Addr {
        self.arena.start() + ROOTS + tree * WORD_BYTES
    }

    /// Returns where the first slab of a class with a free slot is found.
    #[inline(always)]
    pub(crate) fn class_head(&self, class: u32) -> Addr {
        self.arena.start() + SLABS + (class - 1) * 2 * WORD_BYTES
    }

    /// Returns where the number of slots of a class is kept, to which its first requests are
    /// added.
    #[inline(always)]
    pub(crate) fn class_slots(&self, class: u32) -> Addr {
        self.class_head(class) + WORD_BYTES
    }

    /// Returns a bit for each list that has blocks.
    #[inline(always)]
    pub(crate) fn list_bits(&self) -> u32 {
        self.arena.load(self.arena.start())
    }

    #[inline(always)]
    pub(crate) fn set_list_bits(&mut self, bits: u32) {
        let at = self.arena.start();
        self.arena.store(at, bits);
    }

    /// Returns a bit for each tree that has blocks.
    #[inline(always)]
    pub(crate) fn tree_bits(&self) -> u32 {
        self.arena.load(self.arena.start() + TREE_BITS)
    }

    #[inline(always)]
    pub(crate) fn set_tree_bits(&mut self, bits: u32) {
        let at = self.arena.start() + TREE_BITS;
        self.arena.store(at, bits);
    }
}
