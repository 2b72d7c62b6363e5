//! Slabs: small blocks of one size side by side, without headers (Bonwick's slab allocator, 1994).
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
//! A bit is set if its slot is free. Malloc takes the lowest free slot of the first slab on the
//! list of its class; a slab without a free slot is on no list. That a payload is a slot is seen
//! from its address (`map.rs`).
//!
//! A new slab has an eighth of the bytes that the slabs of its class have together, so that at
//! most about a ninth of them can be unused after a phase of growth; and it is made smaller, down
//! to [`FEWEST_SLOTS`], if only that fits into what is free.

use crate::Tuned;
use crate::aligned::lead_bytes;
use crate::map::{CELL_BYTES, MOST_CELLS};
use crate::tables::slot_classes;
use heaplab_arena::{Addr, OutOfMemory, Probe, WORD_BYTES};
use heaplab_heap::{Align, Block, HeapError, PointerFault};

/// This many requests of a class are served from blocks with headers, before it has a slab.
pub(crate) const FIRST_REQUESTS: u32 = 8;

/// A slab has at least this many slots.
pub const FEWEST_SLOTS: u32 = 4;

const STATE: u32 = WORD_BYTES;
pub(crate) const NEXT: u32 = 2 * WORD_BYTES;
pub(crate) const UP: u32 = 3 * WORD_BYTES;
const SHAPE: u32 = 4 * WORD_BYTES;
const BITS: u32 = 5 * WORD_BYTES;

/// A slab, as its words describe it.
#[derive(Clone, Copy)]
pub(crate) struct Slab {
    pub(crate) at: Addr,
    reciprocal: u32,
    state: u32,
    shape: u32,
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

    /// Returns an empty slab of this shape.
    fn slab(self, at: Addr, align: Align) -> Slab {
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

impl<P: Probe> Tuned<P> {
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
        let word = |offset| self.arena.load(at + offset);
        Slab { at, reciprocal: word(0), state: word(STATE), shape: word(SHAPE) }
    }

    // ANCHOR: take_slot
    /// Allocates a slot of a slab that has a free one. The quick list of the class is empty.
    #[inline(never)]
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
            if word * 32 >= slab.slots() {
                // The slab's words were overwritten: it has no free slot although it says so.
                self.drop_slab(head);
                return None;
            }
            bits = self.arena.load(slab.bits_at(word));
            slab.set_word(word);
        }
        self.arena.store(slab.bits_at(word), bits & (bits - 1));
        if slab.free_slots() == slab.slots() {
            self.empty_slabs &= !(1 << class);
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
    /// Frees the slot at `payload`, which is in the slab at `at`.
    #[inline(always)]
    pub(crate) fn give_slot(&mut self, at: Addr, payload: Addr) -> Result<(), HeapError> {
        let slab = self.slab(at);
        let slot = self.slot_at(slab, payload)?;
        let word = slab.bits_at(slot / 32);
        let bits = self.arena.load(word);
        let bit = 1 << (slot % 32);
        if bits & bit != 0 {
            return Err(PointerFault::NotAllocated.at(payload));
        }
        self.arena.store(word, bits | bit);
        if self.quick_slots < self.most_quick_slots && !self.drains(at) {
            self.push_quick(slab, slot, payload);
        } else {
            self.free_without_waiting(at, slot);
        }
        Ok(())
    }
    // ANCHOR_END: give_slot

    /// Gives a slot back to its slab: it drains, or as many slots wait as may. If none of those has
    /// this size, they make room for such that have.
    #[inline(never)]
    fn free_without_waiting(&mut self, at: Addr, slot: u32) {
        let units = self.slab(at).units();
        if self.quick_slots > 0 && self.arena.load_addr(self.quick_head(units)).is_null() {
            self.flush_quick();
        }
        self.count_free_slot(at, slot);
    }

    /// Counts a slot as free whose bit is set already.
    #[inline(always)]
    pub(crate) fn count_free_slot(&mut self, at: Addr, slot: u32) {
        let mut slab = self.slab(at);
        slab.state += 1;
        if slot / 32 < slab.word() {
            slab.set_word(slot / 32);
        }
        self.arena.store(slab.at + STATE, slab.state);
        if slab.free_slots() == 1 {
            self.push_slab(slab);
        }
        if slab.free_slots() == slab.slots() {
            self.keep_or_release(slab);
        }
    }

    /// Clears the bit of a slot: it is allocated.
    #[inline(always)]
    pub(crate) fn clear_slot_bit(&mut self, slab: Addr, slot: u32) {
        let at = slab + BITS + slot / 32 * WORD_BYTES;
        let bits = self.arena.load(at);
        self.arena.store(at, bits & !(1 << (slot % 32)));
    }

    /// Returns the number of the slot at `payload`.
    #[inline(always)]
    pub(crate) fn slot_at(&self, slab: Slab, payload: Addr) -> Result<u32, HeapError> {
        // An address before the first slot wraps to a large offset, and so to a large number.
        let offset = payload - slab.first_slot();
        // Division by a product: the quotient is its high word, and the low word is less than the
        // reciprocal if nothing is left over (Lemire, Kaser and Kurz, 2019).
        let product = u64::from(offset) * u64::from(slab.reciprocal);
        let slot = (product >> 32) as u32;
        if slot >= slab.slots() || product as u32 >= slab.reciprocal {
            return Err(self.slot_fault(payload));
        }
        Ok(slot)
    }

    /// Returns the number of the slot at `payload`, which must be allocated.
    pub(crate) fn allocated_slot_at(&self, slab: Slab, payload: Addr) -> Result<u32, HeapError> {
        let slot = self.slot_at(slab, payload)?;
        match self.slot_is_free(slab, slot) {
            true => Err(PointerFault::NotAllocated.at(payload)),
            false => Ok(slot),
        }
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
        if !self.cover_new_slab() {
            return Ok(false);
        }
        let wanted = self.wanted_shape(class, slots);
        if self.slab_from_free_block(wanted)
            || self.release_slots() && self.slab_from_free_block(wanted)
        {
            return Ok(true);
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

    /// Makes a slab of a free block: of this shape, or as large as one has room for. Returns
    /// whether one has.
    fn slab_from_free_block(&mut self, wanted: Shape) -> bool {
        let mut cells = wanted.cells;
        if self.find_fit(CELL_BYTES).is_none() {
            return false;
        }
        while cells > 0 {
            let shape = Shape::of(cells, wanted.units, self.align);
            if shape.slots < FEWEST_SLOTS {
                break;
            }
            if let Some(block) = self.find_cells(shape) {
                self.take_whole(block);
                self.set_up_slab(block, shape);
                return true;
            }
            cells = cells * 3 / 4;
        }
        false
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
        let slab = shape.slab(at, self.align);
        self.arena.store(at, slab.reciprocal);
        self.arena.store(at + STATE, slab.state);
        self.arena.store(at + SHAPE, slab.shape);
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
        self.empty_slabs |= 1 << shape.units;
    }

    /// Keeps an empty slab if it is the only one of its class with free slots: the next request
    /// would make it anew.
    #[inline(never)]
    fn keep_or_release(&mut self, slab: Slab) {
        let is_alone = self.arena.load_addr(self.class_head(slab.units())) == slab.at
            && self.next_slab(slab.at).is_null();
        if is_alone {
            self.empty_slabs |= 1 << slab.units();
        } else {
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
        // One that is not on the list of its class is not the empty one that is kept there.
        if !self.drains(slab.at) {
            self.empty_slabs &= !(1 << slab.units());
        }
        let block = Block::at(slab.at);
        let tag = block.header(&self.arena);
        self.coalesce(block, tag);
    }

    /// Gives back what is kept for the next requests: before the heap grows. Returns whether that
    /// made a difference.
    #[inline(always)]
    pub(crate) fn release_slots(&mut self) -> bool {
        if self.quick_slots | self.empty_slabs == 0 {
            return false;
        }
        self.flush_quick();
        self.release_empty_slabs();
        true
    }

    /// Frees the empty slabs that are kept.
    #[inline(always)]
    pub(crate) fn release_empty_slabs(&mut self) {
        while self.empty_slabs != 0 {
            let first = self.arena.load_addr(self.class_head(self.empty_slabs.trailing_zeros()));
            self.release_slab(self.slab(first));
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

    /// Puts a slab at the front of the list of its class, or behind the first one if that lies
    /// below: so low slabs are filled, and high ones become empty. An empty one that was alone
    /// there is no longer needed.
    #[inline(never)]
    fn push_slab(&mut self, slab: Slab) {
        let mut link = self.class_head(slab.units());
        self.release_if_empty(self.arena.load_addr(link));
        let first = self.arena.load_addr(link);
        if !first.is_null() && first < slab.at {
            link = first + NEXT;
        }
        let next = self.arena.load_addr(link);
        self.join(slab.at + NEXT, next);
        self.join(link, slab.at);
    }

    // ANCHOR: stop_filling
    /// Takes the slab in `block`, if there is one and few of its slots are allocated, off the list
    /// of its class: the block before it, of `before_bytes` bytes, has moved away and leaves a
    /// larger gap. From now on small requests find room there. When the slab is empty it is freed,
    /// and what lies behind it can move down.
    pub(crate) fn stop_filling(&mut self, block: Block, before_bytes: u32) {
        let is_slab = |heap: &Self| heap.slab_at(block.payload()) == Some(block.payload());
        if !is_slab(self) {
            return;
        }
        self.flush_quick();
        // The last slots of the slab may have been among those that waited.
        if !is_slab(self) {
            return;
        }
        let slab = self.slab(block.payload());
        let is_sparse = slab.free_slots() > slab.slots() / 2 && slab.free_slots() < slab.slots();
        if is_sparse && before_bytes > slab.cells() * CELL_BYTES && !self.drains(slab.at) {
            self.drop_slab(slab.at);
            self.arena.store_addr(slab.at + UP, Addr::NULL);
        }
    }
    // ANCHOR_END: stop_filling

    /// Returns whether a slab is on no list although it has free slots.
    #[inline(always)]
    pub(crate) fn drains(&self, slab: Addr) -> bool {
        self.arena.load_addr(slab + UP).is_null()
    }

    /// Takes a slab off the list of its class.
    fn drop_slab(&mut self, slab: Addr) {
        if self.drains(slab) {
            return;
        }
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
