//! What the allocator wrote last in each word of its own: if such a word has changed since, the
//! program wrote it.

use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// A probe that remembers what the allocator stores. The driver gives it the values after each
/// call.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The words as the last call left them, except those in live payloads.
    words: RefCell<BTreeMap<Addr, u32>>,
    /// The words and ranges that the running call has stored.
    stored: RefCell<BTreeSet<Addr>>,
    filled: RefCell<Vec<(Addr, u32)>>,
    /// Where the break was lowest in the running call.
    lowest_break: Cell<Option<Addr>>,
}

/// A word that is not what the allocator left there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwritten {
    /// Where.
    pub at: Addr,
    /// What the allocator had stored.
    pub was: u32,
    /// What is there.
    pub is: u32,
}

impl Written {
    /// Notes that a call has ended; `word` reads the word in memory.
    pub(crate) fn end_call(&self, word: impl Fn(Addr) -> u32) {
        let mut words = self.words.borrow_mut();
        if let Some(lowest) = self.lowest_break.take() {
            words.split_off(&lowest);
        }
        for (addr, size) in self.filled.take() {
            remove(&mut words, addr, size);
        }
        let stored = self.stored.take();
        words.extend(stored.into_iter().map(|addr| (addr, word(addr))));
    }

    /// Returns how many words are remembered.
    pub(crate) fn words(&self) -> u64 {
        self.words.borrow().len() as u64
    }

    /// Notes that the program may write here from now on. Returns a word there that has changed
    /// already.
    pub(crate) fn hold(
        &self,
        payload: Addr,
        usable_bytes: u32,
        word: impl Fn(Addr) -> u32,
    ) -> Option<Overwritten> {
        let mut words = self.words.borrow_mut();
        let inside = words.range(payload..payload + usable_bytes);
        let mut inside = inside.map(|(&at, &was)| (at, was, word(at)));
        let changed = inside.find(|&(_, was, is)| was != is);
        remove(&mut words, payload, usable_bytes);
        let (at, was, is) = changed?;
        Some(Overwritten { at, was, is })
    }

    /// Returns the first word that has changed although the allocator did not store there, not even
    /// in a call that was stopped.
    pub(crate) fn overwritten(&self, word: impl Fn(Addr) -> u32) -> Option<Overwritten> {
        let (words, stored) = (self.words.borrow(), self.stored.borrow());
        let filled = self.filled.borrow();
        let lowest = self.lowest_break.get();
        let is_ours = |at: Addr| {
            stored.contains(&at)
                || filled.iter().any(|&(addr, size)| overlaps(at, addr, size))
                || lowest.is_some_and(|lowest| at >= lowest)
        };
        let mut words = words.iter().map(|(&at, &was)| (at, was, word(at)));
        let (at, was, is) = words.find(|&(at, was, is)| was != is && !is_ours(at))?;
        Some(Overwritten { at, was, is })
    }
}

fn overlaps(at: Addr, addr: Addr, size: u32) -> bool {
    at - addr < size || addr - at < WORD_BYTES
}

fn remove(words: &mut BTreeMap<Addr, u32>, addr: Addr, size: u32) {
    let inside: Vec<Addr> = words.range(addr..addr + size).map(|(&at, _)| at).collect();
    for at in inside {
        words.remove(&at);
    }
}

impl Probe for Written {
    const BOUNDED: bool = true;

    #[inline]
    fn on_store(&self, addr: Addr) {
        self.stored.borrow_mut().insert(addr);
    }

    fn on_copy(&self, _from: Addr, to: Addr, size: u32) {
        self.filled.borrow_mut().push((to, size));
    }

    fn on_zero(&self, addr: Addr, size: u32) {
        self.filled.borrow_mut().push((addr, size));
    }

    fn on_sbrk(&self, _increment: i32, old: Addr, new: Addr) {
        if new < old {
            let lowest = self.lowest_break.get().unwrap_or(new);
            self.lowest_break.set(Some(lowest.min(new)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Addr = Addr::new(0x1_0000);

    /// Returns the probe after a call that stored 7 in the words 0 to 3.
    fn written() -> Written {
        let written = Written::default();
        for word in 0..4 {
            written.on_store(A + 4 * word);
        }
        written.end_call(|_| 7);
        written
    }

    #[test]
    fn a_word_that_changed_between_two_calls_is_found() {
        let written = written();
        assert_eq!(written.overwritten(|_| 7), None);
        let found = written.overwritten(|at| if at == A + 8 { 9 } else { 7 });
        let (at, was, is) = (A + 8, 7, 9);
        assert_eq!(found, Some(Overwritten { at, was, is }));
    }

    #[test]
    fn a_word_that_the_call_itself_stored_is_not_reported() {
        let written = written();
        written.on_store(A);
        written.on_copy(A, A + 4, 4);
        written.on_zero(A + 8, 2);
        written.on_sbrk(-4, A + 16, A + 12);
        assert_eq!(written.overwritten(|_| 9), None);
        written.end_call(|_| 9);
        assert_eq!(written.overwritten(|_| 9), None);
    }

    #[test]
    fn changes_in_a_live_payload_are_not_reported() {
        let written = written();
        assert_eq!(written.hold(A + 8, 8, |_| 7), None);
        let found = written.hold(A + 4, 12, |_| 9).unwrap();
        assert_eq!(found.at, A + 4);
        assert_eq!(written.overwritten(|at| if at == A { 7 } else { 9 }), None);
    }
}
