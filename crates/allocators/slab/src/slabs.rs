//! Slabs: small blocks of one size side by side, without headers (Bonwick's slab allocator, 1994).
//!
//! ```text
//!  a slab is the payload of an allocated block, and starts at a multiple of 256:
//!
//!  +--------+--------+--------+--------+--------------+------+------+------+-- -+
//!  | shape  | state  | next   | up     | a bit a slot | slot | slot | slot |    |
//!  +--------+--------+--------+--------+--------------+------+------+------+-- -+
//!
//!   31       16 15         6 5     0        31         21 20    16 15       10 9       0
//!  +-----------+------------+-------+      +-------------+--------+-----------+---------+
//!  | 2^15 / u  | slots      | cells |      | first slot  | u      | word      | free    |
//!  +-----------+------------+-------+      +-------------+--------+-----------+---------+
//!   shape                                   state
//!
//!  u:           units of the alignment in a slot
//!  cells:       of 256 bytes, in the slab
//!  first slot:  where it is, in units of 8 bytes
//!  word:        the first word that may have a bit for a free slot
//! ```
//!
//! A bit is set if its slot is free. Malloc takes the lowest free slot of the first slab on the
//! list of its class; a slab without a free slot is on no list. That a payload is a slot is seen
//! from its address (`map.rs`).
//!
//! A new slab has an eighth of the bytes that the slabs of its class have together, so that at
//! most about a ninth of them can be unused after a phase of growth; and it is made smaller, down
//! to [`FEWEST_SLOTS`], if only that fits into what is free.

use crate::SlabHeap;
use crate::aligned::lead_bytes;
use crate::map::{CELL_BYTES, MOST_CELLS};
use crate::start::CLASSES;
use heaplab_arena::{Addr, OutOfMemory, Probe, WORD_BYTES};
use heaplab_heap::{Align, Block, HeapError, PointerFault};

/// This many requests of a class are served from blocks with headers, before it has a slab.
pub(crate) const FIRST_REQUESTS: u32 = 8;

/// A slab has at least this many slots.
pub const FEWEST_SLOTS: u32 = 4;

const STATE: u32 = WORD_BYTES;
pub(crate) const NEXT: u32 = 2 * WORD_BYTES;
pub(crate) const UP: u32 = 3 * WORD_BYTES;
const BITS: u32 = 4 * WORD_BYTES;

/// A slab, as its first two words describe it.
#[derive(Clone, Copy)]
pub(crate) struct Slab {
    pub(crate) at: Addr,
    shape: u32,
    state: u32,
}

impl Slab {
    #[inline(always)]
    pub(crate) fn slots(self) -> u32 {
        self.shape >> 6 & 0x3ff
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
    fn set_word(&mut self, word: u32) {
        self.state = self.state & !(0x3f << 10) | word << 10;
    }

    /// Returns where a slot is.
    #[inline(always)]
    pub(crate) fn slot(self, slot: u32, align: Align) -> Addr {
        self.first_slot() + slot * self.units() * align.bytes()
    }

    #[inline(always)]
    fn first_slot(self) -> Addr {
        self.at + (self.state >> 21) * 8
    }

    /// Returns whether the words are those of a slab of its size and class: all
    /// that does not change with each request.
    pub(crate) fn is_well_shaped(self, align: Align) -> bool {
        let is_shape =
            (1..=MOST_CELLS).contains(&self.cells()) && (1..CLASSES).contains(&self.units());
        is_shape && {
            let shape = Shape::of(self.cells(), self.units(), align);
            let [shape, state] = shape.words(align);
            (self.shape, self.state >> 16) == (shape, state >> 16)
        }
    }

    /// Returns where the word is that has the bits of 32 slots.
    #[inline(always)]
    fn bits_at(self, word: u32) -> Addr {
        self.at + BITS + word * WORD_BYTES
    }
}

/// How large a slab is, and what is in it.
#[derive(Clone, Copy, Debug)]
struct Shape {
    slots: u32,
    cells: u32,
    units: u32,
}

impl Shape {
    /// Returns the shape of a slab of `cells` cells for slots of `units` units.
    fn of(cells: u32, units: u32, align: Align) -> Shape {
        // The header of the next block is in the last cell.
        let bytes = cells * CELL_BYTES - WORD_BYTES;
        let slot_bytes = units * align.bytes();
        let mut slots = (bytes - BITS) / slot_bytes;
        while first_slot_offset(slots, align) + slots * slot_bytes > bytes {
            slots -= 1;
        }
        Shape { slots, cells, units }
    }

    /// Bytes that are in no slot.
    fn unused_bytes(self, align: Align) -> u32 {
        self.cells * CELL_BYTES - self.slots * self.units * align.bytes()
    }

    /// Returns the words that describe an empty slab of this shape.
    fn words(self, align: Align) -> [u32; 2] {
        let first_slot = first_slot_offset(self.slots, align) / 8;
        let reciprocal = (1_u32 << RECIPROCAL_BITS).div_ceil(self.units);
        [
            reciprocal << 16 | self.slots << 6 | self.cells,
            first_slot << 21 | self.units << 16 | self.slots,
        ]
    }
}

fn first_slot_offset(slots: u32, align: Align) -> u32 {
    align.round_up(BITS + slots.div_ceil(32) * WORD_BYTES)
}

/// Numbers below 1024 are divided by a class by multiplying with its reciprocal in this many bits.
const RECIPROCAL_BITS: u32 = 15;

impl<P: Probe> SlabHeap<P> {
    /// Returns the class for a request of `size` bytes, if slabs serve it.
    #[inline(always)]
    pub(crate) fn class_of(&self, size: u32) -> Option<u32> {
        // 0 wraps to a large number.
        let is_small = size.wrapping_sub(1) < self.largest_slot_bytes;
        is_small.then(|| self.align.units(size + self.align.bytes() - 1))
    }

    /// Returns the slab that starts at `at`.
    #[inline(always)]
    pub(crate) fn slab(&self, at: Addr) -> Slab {
        Slab { at, shape: self.arena.load(at), state: self.arena.load(at + STATE) }
    }

    // ANCHOR: take_slot
    /// Allocates a slot of a slab that has a free one.
    #[inline(always)]
    pub(crate) fn take_slot(&mut self, class: u32) -> Option<Addr> {
        let head = self.arena.load_addr(self.class_head(class));
        if head.is_null() {
            return None;
        }
        let mut slab = self.slab(head);
        let mut word = slab.word();
        let mut bits = self.arena.load(slab.bits_at(word));
        while bits == 0 {
            word += 1;
            bits = self.arena.load(slab.bits_at(word));
            slab.set_word(word);
        }
        self.arena.store(slab.bits_at(word), bits & (bits - 1));
        if slab.free_slots() == slab.slots() {
            self.empty_slabs -= 1;
        }
        // One free slot less.
        slab.state -= 1;
        self.arena.store(head + STATE, slab.state);
        if slab.free_slots() == 0 {
            self.drop_slab(head);
        }
        Some(slab.slot(word * 32 + bits.trailing_zeros(), self.align))
    }
    // ANCHOR_END: take_slot

    // ANCHOR: give_slot
    /// Frees the slot at `payload`, which is in this slab.
    #[inline(always)]
    pub(crate) fn give_slot(&mut self, at: Addr, payload: Addr) -> Result<(), HeapError> {
        let mut slab = self.slab(at);
        let slot = self.slot_at(slab, payload)?;
        let word = slot / 32;
        let bits = self.arena.load(slab.bits_at(word));
        self.arena.store(slab.bits_at(word), bits | 1 << (slot % 32));
        // One free slot more.
        slab.state += 1;
        if word < slab.word() {
            slab.set_word(word);
        }
        self.arena.store(at + STATE, slab.state);
        if slab.free_slots() == 1 {
            self.push_slab(slab);
        }
        if slab.free_slots() == slab.slots() {
            self.empty_slabs += 1;
            self.keep_or_release(slab);
        }
        Ok(())
    }
    // ANCHOR_END: give_slot

    /// Returns the number of the allocated slot at `payload`.
    #[inline(always)]
    pub(crate) fn slot_at(&self, slab: Slab, payload: Addr) -> Result<u32, HeapError> {
        // An address before the first slot wraps to a large offset.
        let offset = payload - slab.first_slot();
        let units = self.align.units(offset);
        let reciprocal = slab.shape >> 16;
        let slot = (units.min(1023) * reciprocal) >> RECIPROCAL_BITS;
        if slot >= slab.slots() || slab.slot(slot, self.align) != payload {
            return Err(self.slot_fault(payload));
        }
        if self.slot_is_free(slab, slot) {
            return Err(PointerFault::NotAllocated.at(payload));
        }
        Ok(slot)
    }

    #[cold]
    fn slot_fault(&self, payload: Addr) -> HeapError {
        match payload.is_aligned_to(self.align.bytes()) {
            true => PointerFault::NotABlock.at(payload),
            false => PointerFault::Misaligned.at(payload),
        }
    }

    #[inline(always)]
    pub(crate) fn slot_is_free(&self, slab: Slab, slot: u32) -> bool {
        self.arena.load(slab.bits_at(slot / 32)) >> (slot % 32) & 1 == 1
    }

    // ANCHOR: new_slab
    /// Makes a slab for a class that has no free slot. Returns false if a block with a header is
    /// better: the class is new, or nothing but a single block fits into what is free.
    #[inline(never)]
    pub(crate) fn new_slab(&mut self, class: u32, size: u32) -> Result<bool, OutOfMemory> {
        let slots = self.arena.load(self.class_slots(class));
        if slots < FIRST_REQUESTS {
            let at = self.class_slots(class);
            self.arena.store(at, slots + 1);
            return Ok(false);
        }
        if self.empty_slabs > 0 {
            self.release_empty_slabs();
        }
        if !self.cover_new_slab() {
            return Ok(false);
        }
        let wanted = self.wanted_shape(class, slots);
        let mut cells = wanted.cells;
        while cells > 0 {
            let shape = Shape::of(cells, class, self.align);
            if shape.slots < FEWEST_SLOTS {
                break;
            }
            if let Some(block) = self.find_cells(shape) {
                self.take_whole(block);
                self.set_up_slab(block, shape);
                return Ok(true);
            }
            cells = cells * 3 / 4;
        }
        let fits = self.find_fit(self.block_bytes(size)?).is_some();
        Ok(!fits && self.slab_from_top(wanted))
    }
    // ANCHOR_END: new_slab

    /// Returns the shape with the fewest unused bytes among those of about an eighth of `slots`.
    fn wanted_shape(&self, class: u32, slots: u32) -> Shape {
        let part = slots * class * self.align.bytes() / 8 / CELL_BYTES;
        let mut most = part.clamp(1, MOST_CELLS);
        while Shape::of(most, class, self.align).slots < FEWEST_SLOTS {
            most += 1;
        }
        let shapes = (most - most / 4..=most).map(|cells| Shape::of(cells, class, self.align));
        let unused = |shape: &Shape| shape.unused_bytes(self.align) * 1024 / shape.cells;
        shapes.min_by_key(unused).unwrap_or(Shape::of(most, class, self.align))
    }

    /// Returns a free block that has room for a slab at a multiple of the cell.
    fn find_cells(&self, shape: Shape) -> Option<Block> {
        let bytes = shape.cells * CELL_BYTES;
        let block = self.find_fit(bytes)?;
        let size = block.header(&self.arena).size();
        if lead_bytes(block, CELL_BYTES) + bytes <= size {
            return Some(block);
        }
        // However it lies, a block with this many bytes has room.
        self.find_fit(bytes + CELL_BYTES + crate::MINIMUM_BLOCK_BYTES)
    }

    /// Makes a slab at the end of the heap. Returns whether there is room.
    fn slab_from_top(&mut self, shape: Shape) -> bool {
        let room = lead_bytes(self.top, CELL_BYTES) + shape.cells * CELL_BYTES;
        if self.top_bytes() < room && self.grow(room).is_err() {
            return false;
        }
        let block = self.place_in_top(room);
        self.set_up_slab(block, shape);
        true
    }

    /// Makes a slab of an allocated block that has room for it.
    fn set_up_slab(&mut self, block: Block, shape: Shape) {
        let block = self.free_lead(block, CELL_BYTES);
        self.free_rest(block, shape.cells * CELL_BYTES);
        let at = block.payload();
        let [shape_word, state] = shape.words(self.align);
        self.arena.store(at, shape_word);
        self.arena.store(at + STATE, state);
        let slab = Slab { at, shape: shape_word, state };
        for word in 0..shape.slots.div_ceil(32) {
            let left = shape.slots - word * 32;
            let bits = if left < 32 { (1 << left) - 1 } else { u32::MAX };
            self.arena.store(slab.bits_at(word), bits);
        }
        self.mark_cells(at, shape.cells, true);
        let slots_at = self.class_slots(shape.units);
        let slots = self.arena.load(slots_at);
        self.arena.store(slots_at, slots + shape.slots);
        self.push_slab(slab);
        self.empty_slabs += 1;
    }

    /// Keeps an empty slab if it is the only one of its class with free slots: the next request
    /// would make it anew.
    #[inline(never)]
    fn keep_or_release(&mut self, slab: Slab) {
        let is_alone = self.arena.load_addr(self.class_head(slab.units())) == slab.at
            && self.next_slab(slab.at).is_null();
        if !is_alone {
            self.release_slab(slab);
        }
    }

    /// Frees an empty slab.
    fn release_slab(&mut self, slab: Slab) {
        self.drop_slab(slab.at);
        self.mark_cells(slab.at, slab.cells(), false);
        let slots_at = self.class_slots(slab.units());
        let slots = self.arena.load(slots_at);
        self.arena.store(slots_at, slots - slab.slots());
        self.empty_slabs -= 1;
        let block = Block::at(slab.at);
        let tag = block.header(&self.arena);
        self.coalesce(block, tag);
    }

    /// Frees the empty slabs that are kept: before the heap grows.
    #[cold]
    #[inline(never)]
    pub(crate) fn release_empty_slabs(&mut self) {
        for class in 1..CLASSES {
            let first = self.arena.load_addr(self.class_head(class));
            self.release_if_empty(first);
        }
    }

    fn release_if_empty(&mut self, at: Addr) {
        if !at.is_null() {
            let slab = self.slab(at);
            if slab.free_slots() == slab.slots() {
                self.release_slab(slab);
            }
        }
    }

    /// Puts a slab at the front of the list of its class. An empty one that was alone there is no
    /// longer needed.
    #[inline(never)]
    fn push_slab(&mut self, slab: Slab) {
        let head = self.class_head(slab.units());
        let next = self.arena.load_addr(head);
        self.release_if_empty(next);
        let next = self.arena.load_addr(head);
        self.join(slab.at + NEXT, next);
        self.join(head, slab.at);
    }

    fn drop_slab(&mut self, slab: Addr) {
        let next = self.arena.load_addr(slab + NEXT);
        let link = self.arena.load_addr(slab + UP);
        self.join(link, next);
    }

    /// Makes a word lead to a slab, or to none.
    fn join(&mut self, link: Addr, slab: Addr) {
        self.arena.store_addr(link, slab);
        if !slab.is_null() {
            self.arena.store_addr(slab + UP, link);
        }
    }

    /// Returns the slab that follows on its list.
    pub(crate) fn next_slab(&self, slab: Addr) -> Addr {
        self.arena.load_addr(slab + NEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::LARGEST_SLOT_BYTES;

    #[test]
    fn a_product_replaces_each_division() {
        for units in 1..CLASSES {
            for number in 0..1024 {
                let reciprocal = (1_u32 << RECIPROCAL_BITS).div_ceil(units);
                let quotient = (number * reciprocal) >> RECIPROCAL_BITS;
                assert_eq!(quotient, number / units, "{number} / {units}");
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
                    let [shape_word, state] = shape.words(align);
                    let slab = Slab { at: Addr::new(4096), shape: shape_word, state };
                    let read = (slab.slots(), slab.cells(), slab.units(), slab.free_slots());
                    assert_eq!(read, (shape.slots, cells, units, shape.slots));
                    let last = slab.slot(shape.slots - 1, align) - slab.at;
                    assert_eq!(last + units * align.bytes(), end(shape.slots));
                }
            }
        }
    }
}
