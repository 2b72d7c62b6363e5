//! A probe that remembers which words of the heap were ever written.

use fixedbitset::FixedBitSet;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::cell::{Cell, RefCell};
use std::ops::Range;

/// Remembers the words of the heap segment that were written since `sbrk` gave them. It sees the
/// allocator's stores, copies and zeros; bytes that the program got are passed to
/// [`Touched::handed_out`], and count as written.
///
/// It does not remember stores outside the heap segment: these are faults, which other checks find.
#[derive(Debug, Default)]
pub struct Touched {
    /// Where the heap segment starts; null until the first `sbrk`.
    start: Cell<Addr>,
    /// A bit for each word of the heap segment.
    words: RefCell<FixedBitSet>,
}

impl Touched {
    /// Marks bytes that the program got and may write.
    pub fn handed_out(&self, payload: Addr, size: u32) {
        self.written(payload, size);
    }

    /// Returns how many bytes of this part of the heap, in whole words, were never written.
    pub fn never_written_bytes(&self, addr: Addr, size: u32) -> u32 {
        let words = self.words.borrow();
        let Range { start, end } = self.offsets(addr, size);
        // Only words that are entirely inside.
        let first = start.div_ceil(WORD_BYTES as usize);
        let last = (end / WORD_BYTES as usize).min(words.len());
        if first >= last {
            return 0;
        }
        let never = (last - first) - words.count_ones(first..last);
        u32::try_from(never).unwrap_or(u32::MAX / WORD_BYTES) * WORD_BYTES
    }

    fn written(&self, addr: Addr, size: u32) {
        if size == 0 || addr < self.start.get() {
            return;
        }
        let mut words = self.words.borrow_mut();
        let Range { start, end } = self.offsets(addr, size);
        // Every word with a byte inside.
        let first = start / WORD_BYTES as usize;
        let last = end.div_ceil(WORD_BYTES as usize).min(words.len());
        if first < last {
            words.set_range(first..last, true);
        }
    }

    /// Returns offsets from the start of the heap segment.
    fn offsets(&self, addr: Addr, size: u32) -> Range<usize> {
        let offset = (addr - self.start.get()) as usize;
        offset..offset + size as usize
    }
}

impl Probe for Touched {
    #[inline]
    fn on_store(&self, addr: Addr) {
        self.written(addr, WORD_BYTES);
    }

    #[inline]
    fn on_copy(&self, _from: Addr, to: Addr, size: u32) {
        self.written(to, size);
    }

    #[inline]
    fn on_zero(&self, addr: Addr, size: u32) {
        self.written(addr, size);
    }

    /// Bytes given back and taken again are new.
    #[inline]
    fn on_sbrk(&self, _increment: i32, old: Addr, new: Addr) {
        if self.start.get().is_null() {
            self.start.set(old); // before the first call the break is the start
        }
        let mut words = self.words.borrow_mut();
        let end = ((new - self.start.get()) as usize).div_ceil(WORD_BYTES as usize);
        words.grow(end);
        let known = words.len();
        words.set_range(end..known, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_arena::host::Host;
    use heaplab_arena::{Arena, Settings};

    #[test]
    fn every_kind_of_write_is_recorded() {
        let mut arena = Arena::with(Settings::default(), Touched::default()).unwrap();
        let start = arena.sbrk(64).unwrap();
        let never = |arena: &Arena<Touched>| arena.probe().never_written_bytes(start, 64);
        assert_eq!(never(&arena), 64);
        arena.load(start);
        assert_eq!(never(&arena), 64, "reading is not writing");
        arena.store(start, 0);
        assert_eq!(never(&arena), 60, "writing a zero is writing");
        arena.store(start + 6, 1);
        assert_eq!(never(&arena), 52, "a store across two words touches both");
        arena.copy(start, start + 16, 8);
        arena.zero(start + 24, 4);
        assert_eq!(never(&arena), 40);
        arena.probe().handed_out(start + 32, 9);
        assert_eq!(never(&arena), 28);
        assert_eq!(arena.probe().never_written_bytes(start + 33, 14), 0);
        assert_eq!(arena.probe().never_written_bytes(start + 43, 14), 12);
    }

    #[test]
    fn memory_given_back_and_taken_again_counts_as_never_written() {
        let mut arena = Arena::with(Settings::default(), Touched::default()).unwrap();
        let start = arena.sbrk(32).unwrap();
        arena.zero(start, 32);
        arena.sbrk(-16).unwrap();
        arena.sbrk(16).unwrap();
        assert_eq!(arena.probe().never_written_bytes(start, 32), 16);
    }

    #[test]
    fn a_stray_store_is_not_remembered() {
        let mut arena = Arena::with(Settings::default(), Touched::default()).unwrap();
        let start = arena.sbrk(16).unwrap();
        arena.store(start - 8, 1);
        arena.store(start + 16, 1);
        arena.sbrk(16).unwrap();
        assert_eq!(arena.probe().never_written_bytes(start, 32), 32);
    }
}
