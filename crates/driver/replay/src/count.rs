//! A probe that counts what the allocator does to memory.

use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::cell::Cell;

/// Counts loads and stores of words. A copy of n bytes counts as the words it
/// would take.
///
/// Seconds differ from machine to machine and from run to run; these counts
/// never do.
///
/// It also notices a store outside the heap segment. The machine has memory there, so the store
/// works; but memory that the allocator uses there is not counted as heap, and its utilization
/// would come out too high.
#[derive(Debug, Default)]
pub struct Counting {
    loads: Cell<u64>,
    stores: Cell<u64>,
    /// The heap segment: its start, and its end, which is the break. Both null
    /// until the first `sbrk`.
    segment: Cell<(Addr, Addr)>,
    stray_store: Cell<Option<Addr>>,
}

impl Counting {
    /// Begins anew, for a fresh machine.
    pub(crate) fn reset(&self) {
        self.loads.set(0);
        self.stores.set(0);
        self.segment.set((Addr::NULL, Addr::NULL));
        self.stray_store.set(None);
    }

    /// Returns the words read.
    pub fn loads(&self) -> u64 {
        self.loads.get()
    }

    /// Returns the words written.
    pub fn stores(&self) -> u64 {
        self.stores.get()
    }

    /// Returns the words read and written.
    pub(crate) fn touches(&self) -> u64 {
        self.loads() + self.stores()
    }

    /// Returns where the first store that was not entirely inside the heap segment was, if there
    /// was one.
    pub fn stray_store(&self) -> Option<Addr> {
        self.stray_store.get()
    }

    #[inline]
    fn written(&self, addr: Addr, size: u32) {
        self.stores.set(self.stores.get() + words(size));
        if size > 0 && !self.is_in_segment(addr, size) && self.stray_store.get().is_none() {
            self.stray_store.set(Some(addr));
        }
    }

    fn is_in_segment(&self, addr: Addr, size: u32) -> bool {
        let (start, end) = self.segment.get();
        addr >= start && addr <= end && size <= end - addr
    }
}

fn words(size: u32) -> u64 {
    u64::from(size.div_ceil(WORD_BYTES))
}

impl Probe for Counting {
    #[inline]
    fn on_load(&self, _addr: Addr) {
        self.loads.set(self.loads.get() + 1);
    }

    #[inline]
    fn on_store(&self, addr: Addr) {
        self.written(addr, WORD_BYTES);
    }

    #[inline]
    fn on_load_bytes(&self, _addr: Addr, size: u32) {
        self.loads.set(self.loads.get() + words(size));
    }

    #[inline]
    fn on_store_bytes(&self, addr: Addr, size: u32) {
        self.written(addr, size);
    }

    #[inline]
    fn on_copy(&self, _from: Addr, to: Addr, size: u32) {
        self.loads.set(self.loads.get() + words(size));
        self.written(to, size);
    }

    #[inline]
    fn on_zero(&self, addr: Addr, size: u32) {
        self.written(addr, size);
    }

    #[inline]
    fn on_sbrk(&self, _increment: i32, old: Addr, new: Addr) {
        let (start, end) = self.segment.get();
        // Before the first call the break is the start.
        let start = if end.is_null() { old } else { start };
        self.segment.set((start, new));
    }
}

/// Counts how often the allocator accesses memory, whatever the outcome of a run, as a measure of
/// its work.
#[derive(Debug, Default)]
pub struct Steps(Cell<u64>);

impl Steps {
    /// Returns loads and stores so far, plus one for every 8 bytes copied or zeroed, which is about
    /// the work that a copy takes.
    pub fn count(&self) -> u64 {
        self.0.get()
    }

    #[inline]
    fn add(&self, steps: u32) {
        self.0.set(self.0.get() + u64::from(steps));
    }
}

impl Probe for Steps {
    #[inline]
    fn on_load(&self, _addr: Addr) {
        self.add(1);
    }

    #[inline]
    fn on_store(&self, _addr: Addr) {
        self.add(1);
    }

    #[inline]
    fn on_copy(&self, _from: Addr, _to: Addr, size: u32) {
        self.add(size.div_ceil(8));
    }

    #[inline]
    fn on_zero(&self, _addr: Addr, size: u32) {
        self.add(size.div_ceil(8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_and_the_first_stray_store_is_kept() {
        let counting = Counting::default();
        let (start, end) = (Addr::new(0x1_0000), Addr::new(0x1_0100));
        counting.on_sbrk(0x100, start, end);
        counting.on_load(end);
        counting.on_store(start);
        counting.on_zero(end - 6, 6);
        counting.on_zero(end, 0);
        assert_eq!((counting.loads(), counting.stores()), (1, 3));
        assert_eq!(counting.stray_store(), None);

        counting.on_zero(end - 4, 8);
        counting.on_store(start - 4);
        assert_eq!(counting.stray_store(), Some(end - 4));
    }

    #[test]
    fn the_segment_follows_the_break() {
        let counting = Counting::default();
        let (start, end) = (Addr::new(0x1_0000), Addr::new(0x1_0100));
        counting.on_sbrk(0x100, start, end);
        counting.on_sbrk(-0x100, end, start);
        counting.on_sbrk(0x10, start, start + 0x10);
        counting.on_store(start + 12);
        assert_eq!(counting.stray_store(), None);
        counting.on_store(start + 16);
        assert_eq!(counting.stray_store(), Some(start + 16));
    }
}
