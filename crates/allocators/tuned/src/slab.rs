//! A slab, as it lies in memory: small blocks of one size side by side, without headers
//! (Bonwick's slab allocator, 1994).
//!
//! ```text
//!  a slab is the payload of an allocated block, and starts at a multiple of 256:
//!
//!  +------------+-------+------+------+-------+--------------+------+------+------+-- -+
//!  | reciprocal | state | next | up   | shape | a bit a slot | slot | slot | slot |    |
//!  +------------+-------+------+------+-------+--------------+------+------+------+-- -+
//!
//!   31         21 20    16 15       10 9       0        31        16 15         6 5     0
//!  +-------------+--------+-----------+---------+      +------------+------------+-------+
//!  | first slot  | units  | word      | free    |      |            | slots      | cells |
//!  +-------------+--------+-----------+---------+      +------------+------------+-------+
//!   state                                               shape
//!
//!  reciprocal:  2^32 / bytes in a slot, rounded up
//!  first slot:  where it is, in units of 8 bytes
//!  units:       of the alignment, in a slot
//!  word:        the first word that may have a bit for a free slot
//!  free:        free slots, but for those that wait on a quick list
//!  cells:       of 256 bytes, in the slab
//! ```
//!
//! A bit is set if its slot is free. What is done with slots is in `slots.rs`; how slabs are made
//! and freed in `slabs.rs`. That a payload is a slot is seen from its address (`map.rs`).

use crate::MINIMUM_BLOCK_BYTES;
use crate::map::{CELL_BYTES, MOST_CELLS};
use crate::tables::slot_classes;
use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_heap::Align;

pub(crate) const STATE: u32 = WORD_BYTES;
pub(crate) const NEXT: u32 = 2 * WORD_BYTES;
pub(crate) const UP: u32 = 3 * WORD_BYTES;
pub(crate) const SHAPE: u32 = 4 * WORD_BYTES;
pub(crate) const BITS: u32 = 5 * WORD_BYTES;

/// A slab, as its words describe it.
#[derive(Clone, Copy)]
pub(crate) struct Slab {
    pub(crate) at: Addr,
    pub(crate) reciprocal: u32,
    pub(crate) state: u32,
    pub(crate) shape: u32,
}

impl Slab {
    #[inline(always)]
    pub(crate) fn slots(self) -> u32 {
        self.shape >> 6
    }

    #[inline(always)]
    pub(crate) fn cells(self) -> u32 {
        self.shape & 0x3f
    }

    #[inline(always)]
    pub(crate) fn units(self) -> u32 {
        self.state >> 16 & 0x1f
    }

    #[inline(always)]
    pub(crate) fn free_slots(self) -> u32 {
        self.state & 0x3ff
    }

    #[inline(always)]
    pub(crate) fn word(self) -> u32 {
        self.state >> 10 & 0x3f
    }

    #[inline(always)]
    pub(crate) fn set_word(&mut self, word: u32) {
        self.state = self.state & !(0x3f << 10) | word << 10;
    }

    /// Returns where a slot is.
    #[inline(always)]
    pub(crate) fn slot(self, slot: u32, align: Align) -> Addr {
        self.first_slot() + slot * self.units() * align.bytes()
    }

    #[inline(always)]
    pub(crate) fn first_slot(self) -> Addr {
        self.at + (self.state >> 21) * 8
    }

    /// Returns whether the words are those of a slab of its size and class: all
    /// that does not change with each request.
    pub(crate) fn is_well_shaped(self, align: Align) -> bool {
        let is_shape = (1..=MOST_CELLS).contains(&self.cells())
            && (1..=slot_classes(align)).contains(&self.units());
        is_shape && {
            let shape = Shape::of(self.cells(), self.units(), align);
            let sound = shape.slab(self.at, align);
            let fixed = |slab: Slab| (slab.reciprocal, slab.state >> 16, slab.shape);
            fixed(self) == fixed(sound)
        }
    }

    /// Returns where the word is that has the bits of 32 slots.
    #[inline(always)]
    pub(crate) fn bits_at(self, word: u32) -> Addr {
        self.at + BITS + word * WORD_BYTES
    }
}

/// How large a slab is, and what is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) slots: u32,
    pub(crate) cells: u32,
    pub(crate) units: u32,
}

impl Shape {
    /// Returns the shape of a slab of `cells` cells for slots of `units` units.
    pub(crate) fn of(cells: u32, units: u32, align: Align) -> Shape {
        // The header of the next block is in the last cell.
        let bytes = cells * CELL_BYTES - WORD_BYTES;
        let slot_bytes = units * align.bytes();
        let mut slots = (bytes - BITS) / slot_bytes;
        while first_slot_offset(slots, align) + slots * slot_bytes > bytes {
            slots -= 1;
        }
        Shape { slots, cells, units }
    }

    /// A free block of this many bytes has room, wherever it starts.
    pub(crate) fn room_bytes(self) -> u32 {
        (self.cells + 1) * CELL_BYTES + MINIMUM_BLOCK_BYTES
    }

    /// Bytes that are in no slot.
    pub(crate) fn unused_bytes(self, align: Align) -> u32 {
        self.cells * CELL_BYTES - self.slots * self.units * align.bytes()
    }

    /// Returns an empty slab of this shape.
    pub(crate) fn slab(self, at: Addr, align: Align) -> Slab {
        let slot_bytes = self.units * align.bytes();
        Slab {
            at,
            reciprocal: u32::MAX / slot_bytes + 1,
            state: (first_slot_offset(self.slots, align) / 8) << 21 | self.units << 16 | self.slots,
            shape: self.slots << 6 | self.cells,
        }
    }
}

fn first_slot_offset(slots: u32, align: Align) -> u32 {
    align.round_up(BITS + slots.div_ceil(32) * WORD_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::LARGEST_SLOT_BYTES;

    #[test]
    fn a_product_replaces_each_division() {
        for slot_bytes in (8..=LARGEST_SLOT_BYTES).step_by(8) {
            let reciprocal = u32::MAX / slot_bytes + 1;
            let most = MOST_CELLS * CELL_BYTES;
            for offset in (0..most).chain((1..most).map(u32::wrapping_neg)) {
                let product = u64::from(offset) * u64::from(reciprocal);
                let is_multiple = (product as u32) < reciprocal;
                let quotient = (product >> 32) as u32;
                if offset < most {
                    assert_eq!(quotient, offset / slot_bytes, "{offset} / {slot_bytes}");
                    assert_eq!(is_multiple, offset % slot_bytes == 0, "{offset} % {slot_bytes}");
                } else {
                    assert!(quotient >= 1024, "{offset} / {slot_bytes}");
                }
            }
        }
    }

    #[test]
    fn the_slots_of_a_shape_have_room_and_one_more_has_not() {
        for align in [Align::Eight, Align::Sixteen] {
            for units in 1..=LARGEST_SLOT_BYTES / align.bytes() {
                for cells in 3..=MOST_CELLS {
                    let shape = Shape::of(cells, units, align);
                    let end =
                        |slots| first_slot_offset(slots, align) + slots * units * align.bytes();
                    let room = cells * CELL_BYTES - WORD_BYTES;
                    assert!(end(shape.slots) <= room && room < end(shape.slots + 1), "{shape:?}");
                    assert!(shape.slots < 1024);
                    let slab = shape.slab(Addr::new(4096), align);
                    let read = (slab.slots(), slab.cells(), slab.units(), slab.free_slots());
                    assert_eq!(read, (shape.slots, cells, units, shape.slots));
                    let last = slab.slot(shape.slots - 1, align) - slab.at;
                    assert_eq!(last + units * align.bytes(), end(shape.slots));
                }
            }
        }
    }
}
