//! A probe that counts what the allocator does to memory.

use heaplab_arena::{Addr, Probe};
use std::cell::Cell;

/// Counts loads and stores of words. A copy of n bytes counts as the words it
/// would take.
///
/// Seconds differ from machine to machine and from run to run; these counts
/// never do.
///
/// It also notices a store outside the heap segment. The machine has memory
/// there, so the store works; but what an allocator keeps there is paid for by
/// nobody, and its utilization would be a lie.
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
    /// Words read.
    pub fn loads(&self) -> u64 {
        self.loads.get()
    }

    /// Words written.
    pub fn stores(&self) -> u64 {
        self.stores.get()
    }

    /// Where the first store was that is not all inside the heap segment, if
    /// there was one.
    pub fn stray_store(&self) -> Option<Addr> {
        self.stray_store.get()
    }

    fn is_in_segment(&self, addr: Addr, size: u32) -> bool {
        let (start, end) = self.segment.get();
        addr >= start && addr <= end && size <= end - addr
    }
}

fn words(size: u32) -> u64 {
    u64::from(size.div_ceil(heaplab_arena::WORD_BYTES))
}

impl Probe for Counting {
    #[inline]
    fn on_load(&self, _addr: Addr, size: u32) {
        self.loads.set(self.loads.get() + words(size));
    }

    #[inline]
    fn on_store(&self, addr: Addr, size: u32) {
        self.stores.set(self.stores.get() + words(size));
        if size > 0 && !self.is_in_segment(addr, size) && self.stray_store.get().is_none() {
            self.stray_store.set(Some(addr));
        }
    }

    #[inline]
    fn on_sbrk(&self, _increment: i32, old: Addr, new: Addr) {
        let (start, end) = self.segment.get();
        // Before the first call the break is the start.
        let start = if end.is_null() { old } else { start };
        self.segment.set((start, new));
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
        counting.on_load(end, 4);
        counting.on_store(start, 4);
        counting.on_store(end - 6, 6);
        counting.on_store(end, 0);
        assert_eq!((counting.loads(), counting.stores()), (1, 3));
        assert_eq!(counting.stray_store(), None);

        counting.on_store(end - 4, 8);
        counting.on_store(start - 4, 4);
        assert_eq!(counting.stray_store(), Some(end - 4));
    }

    #[test]
    fn the_segment_follows_the_break() {
        let counting = Counting::default();
        let (start, end) = (Addr::new(0x1_0000), Addr::new(0x1_0100));
        counting.on_sbrk(0x100, start, end);
        counting.on_sbrk(-0x100, end, start);
        counting.on_sbrk(0x10, start, start + 0x10);
        counting.on_store(start + 12, 4);
        assert_eq!(counting.stray_store(), None);
        counting.on_store(start + 16, 4);
        assert_eq!(counting.stray_store(), Some(start + 16));
    }
}
