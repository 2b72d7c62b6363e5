//! Quick lists: freed slots that wait to be allocated again (Weinstock and Wulf's QuickFit, 1988).
//!
//! ```text
//!  head of a class --> +------+--------+- - - -+      +------+--------+- - - -+
//!                      | next | number |       | ---> | null | number |       |
//!                      +------+--------+- - - -+      +------+--------+- - - -+
//!
//!  number   31                  10 9        0
//!           +---------------------+----------+     distance:  of the slot from its slab, in
//!           | distance            | slot     |                units of 8 bytes
//!           +---------------------+----------+     slot:      which slot of the slab it is
//! ```
//!
//! To free a slot is to find its slab, and to count the slot there; and the next `malloc` of the
//! class would look for it there. A processor has to wait for each of these steps. From the front
//! of a quick list the next slot is known at once; its bit is set and cleared meanwhile, so that a
//! second free is still detected.
//!
//! A slot that waits is not counted as free by its slab, though its bit is set: `malloc` looks for
//! free slots in a slab only if the quick list of the class is empty. A slot that waits keeps its
//! slab from being freed, so one may wait for each 4 KiB of the heap: at least
//! [`FEWEST_QUICK_SLOTS`], and no more than [`MOST_QUICK_SLOTS`]. Before the heap grows, all are
//! given back to their slabs.

use crate::Tuned;
use crate::slab::Slab;
use crate::tables::slot_classes;
use heaplab_arena::{Addr, Probe, WORD_BYTES};

/// This many slots may wait in a heap of any size.
pub const FEWEST_QUICK_SLOTS: u32 = 8;

/// No more slots than this wait.
pub const MOST_QUICK_SLOTS: u32 = 128;

/// One slot may wait for each part of the heap of this size.
const HEAP_BYTES_A_SLOT: u32 = 4096;

/// Where the number of a slot that waits is.
pub(crate) const NUMBER: u32 = WORD_BYTES;

/// The bits of a number that say which slot of its slab it is.
const SLOT_BITS: u32 = 10;

impl<P: Probe> Tuned<P> {
    // ANCHOR: push_quick
    /// Puts a slot of `slab` that was freed at the front of the quick list of its class.
    #[inline(always)]
    pub(crate) fn push_quick(&mut self, slab: Slab, slot: u32, payload: Addr) {
        let head = self.quick_head(slab.units());
        let next = self.arena.load_addr(head);
        let distance = (payload - slab.at) / 8;
        self.arena.store_addr(payload, next);
        self.arena.store(payload + NUMBER, distance << SLOT_BITS | slot);
        self.arena.store_addr(head, payload);
        self.quick_slots += 1;
    }
    // ANCHOR_END: push_quick

    // ANCHOR: pop_quick
    /// Allocates the slot of a class that was freed last, if one waits.
    #[inline(always)]
    pub(crate) fn pop_quick(&mut self, class: u32) -> Option<Addr> {
        let head = self.quick_head(class);
        let payload = self.arena.load_addr(head);
        if payload.is_null() {
            return None;
        }
        let next = self.arena.load_addr(payload);
        self.arena.store_addr(head, next);
        self.quick_slots -= 1;
        let (at, slot) = self.numbered_slot(payload);
        self.clear_slot_bit(at, slot);
        Some(payload)
    }
    // ANCHOR_END: pop_quick

    // ANCHOR: flush_quick
    /// Gives the slots that wait back to their slabs.
    #[inline(never)]
    pub(crate) fn flush_quick(&mut self) {
        for class in 1..=slot_classes(self.align) {
            let head = self.quick_head(class);
            let mut payload = self.arena.load_addr(head);
            self.arena.store_addr(head, Addr::NULL);
            while !payload.is_null() {
                // A slab that becomes empty is freed with its slots, so the link is read first.
                let next = self.arena.load_addr(payload);
                let (at, slot) = self.numbered_slot(payload);
                self.count_free_slot(at, slot);
                payload = next;
            }
        }
        self.quick_slots = 0;
    }
    // ANCHOR_END: flush_quick

    /// Says how many slots may wait, for the size that the heap has now.
    pub(crate) fn limit_quick_slots(&mut self) {
        if self.policy.quick {
            let most = self.arena.heap_bytes() / HEAP_BYTES_A_SLOT;
            self.most_quick_slots = most.clamp(FEWEST_QUICK_SLOTS, MOST_QUICK_SLOTS);
        }
    }

    /// Returns the slab and the number of a slot that waits.
    #[inline(always)]
    pub(crate) fn numbered_slot(&self, payload: Addr) -> (Addr, u32) {
        let number = self.arena.load(payload + NUMBER);
        let slab = payload - (number >> SLOT_BITS) * 8;
        (slab, number & ((1 << SLOT_BITS) - 1))
    }
}
