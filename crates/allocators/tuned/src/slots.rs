//! Slots: small blocks are allocated and freed in the slabs of their class.
//!
//! Malloc takes the lowest free slot of the first slab on the list of its class. Free sets the bit
//! of the slot, which it finds by a product instead of a division; the slot then waits on a quick
//! list (`quick.rs`), or its slab counts it as free at once.

use crate::Tuned;
use crate::slab::{BITS, SHAPE, STATE, Slab};
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use heaplab_heap::{HeapError, PointerFault};

impl<P: Probe> Tuned<P> {
    // ANCHOR: class_of
    /// Returns the class for a request of `size` bytes, if slabs serve it: in a small heap, only if
    /// a header would make its block larger than a slot.
    #[inline(always)]
    pub(crate) fn class_of(&self, size: u32) -> Option<u32> {
        // 0 wraps to a large number.
        let is_small = size.wrapping_sub(1) < self.largest_slot_bytes;
        let is_served =
            is_small && (self.is_large() || self.align.round_up(size) - size < WORD_BYTES);
        is_served.then(|| self.align.units(size + self.align.bytes() - 1))
    }
    // ANCHOR_END: class_of

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
}
