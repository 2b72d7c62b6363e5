//! Probes, which watch the machine.

use crate::{Addr, WORD_BYTES};
use std::fmt;

/// Sees everything that an allocator does to the simulated memory, before it
/// happens.
///
/// A probe is a type parameter of [`Arena`](crate::Arena), so one allocator
/// source serves the timed run ([`Silent`]), a counted run and a checked run.
/// Methods take `&self` because a load does not change the machine; a probe
/// that counts keeps its counters in [`Cell`](std::cell::Cell)s. A probe panics
/// to prevent an access.
///
/// The methods are `#[track_caller]`: inside one,
/// [`Location::caller`](std::panic::Location::caller) is the line of the
/// allocator that made the access.
///
/// A probe does not see the program's own reads and writes of its payloads
/// ([`Host::payload`](crate::host::Host::payload)), because the allocator does not
/// make them.
pub trait Probe {
    /// Whether the machine reserves only the address space that its limit needs. Every
    /// load and store is then compared with the machine's end, and panics past it. A
    /// machine that is not bounded reserves 4 GiB and compares nothing.
    const BOUNDED: bool = false;

    /// Whether the probe sees nothing: native code under test then runs as it is compiled for
    /// programs, without reports of its accesses.
    const IS_SILENT: bool = false;

    /// Whether [`on_load_word`](Probe::on_load_word), [`on_store_word`](Probe::on_store_word) and
    /// [`on_replace`](Probe::on_replace) are called. Without them a store need not read the word
    /// that it replaces.
    const SEES_WORDS: bool = false;

    /// Called before the allocator reads the word at `addr`.
    #[inline]
    #[track_caller]
    fn on_load(&self, addr: Addr) {
        let _ = addr;
    }

    /// Called before the allocator writes the word at `addr`.
    #[inline]
    #[track_caller]
    fn on_store(&self, addr: Addr) {
        let _ = addr;
    }

    /// Called before native code reads `size` bytes, which need not be a word. The default passes
    /// on each word that has some of them.
    #[inline]
    #[track_caller]
    fn on_load_bytes(&self, addr: Addr, size: u32) {
        for word in words_of(addr, size) {
            self.on_load(word);
        }
    }

    /// Called before native code writes `size` bytes; as [`on_load_bytes`](Probe::on_load_bytes).
    #[inline]
    #[track_caller]
    fn on_store_bytes(&self, addr: Addr, size: u32) {
        for word in words_of(addr, size) {
            self.on_store(word);
        }
    }

    /// Called before native code makes an access that is not of the machine and not of a variable
    /// of its own, at `address` of the host.
    fn on_outside(&self, address: u64, size: u32, is_store: bool) {
        let _ = (address, size, is_store);
    }

    /// Called after [`on_load`](Probe::on_load) with the word that the allocator reads, if the
    /// probe [sees words](Probe::SEES_WORDS).
    #[inline]
    #[track_caller]
    fn on_load_word(&self, addr: Addr, word: u32) {
        let _ = (addr, word);
    }

    /// Called after [`on_store`](Probe::on_store) with the word that is in memory and the one that
    /// replaces it, if the probe [sees words](Probe::SEES_WORDS).
    #[inline]
    #[track_caller]
    fn on_store_word(&self, addr: Addr, old: u32, new: u32) {
        let _ = (addr, old, new);
    }

    /// Called after [`on_copy`](Probe::on_copy), [`on_zero`](Probe::on_zero), and
    /// [`on_sbrk`](Probe::on_sbrk) if the break moves down, if the probe
    /// [sees words](Probe::SEES_WORDS): with the bytes that are in memory from `addr`, and those
    /// that replace them; zeros, if there are none.
    #[inline]
    fn on_replace(&self, addr: Addr, old: &[u8], new: Option<&[u8]>) {
        let _ = (addr, old, new);
    }

    /// Called before the allocator copies `size` bytes.
    #[inline]
    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        let _ = (from, to, size);
    }

    /// Called before the allocator sets `size` bytes to zero.
    #[inline]
    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        let _ = (addr, size);
    }

    /// Called before `sbrk(increment)` moves the break from `old` to `new`; the two
    /// are equal if the call is refused or the increment is 0.
    #[inline]
    #[track_caller]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        let _ = (increment, old, new);
    }

    /// Called when the allocator reports what it is doing.
    #[inline]
    #[track_caller]
    fn on_event(&self, event: Event) {
        let _ = event;
    }

    /// Returns whether what the allocator says is shown.
    #[inline]
    fn listens(&self) -> bool {
        false
    }

    /// Called with what the allocator says ([`say!`](crate::say)), if the probe listens.
    fn on_say(&self, words: fmt::Arguments<'_>) {
        let _ = words;
    }
}

/// Returns the words that have some of these bytes.
#[inline]
fn words_of(addr: Addr, size: u32) -> impl Iterator<Item = Addr> {
    let first = Addr::new(addr.to_word() / WORD_BYTES * WORD_BYTES);
    let bytes = size.saturating_add(addr - first);
    (0..bytes.div_ceil(WORD_BYTES)).map(move |word| first + word * WORD_BYTES)
}

/// What an allocator does, in the field's words. An event is only counted; it has no
/// other effect ([`Arena::note`](crate::Arena::note)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A search looks at one more block.
    SearchStep,
    /// One block becomes two.
    Split,
    /// Two blocks become one.
    Merge,
}

/// The probe that sees nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Probe for Silent {
    const IS_SILENT: bool = true;
}

/// A borrowed probe, so that its owner can read it while the machine runs.
impl<P: Probe> Probe for &P {
    const BOUNDED: bool = P::BOUNDED;
    const IS_SILENT: bool = P::IS_SILENT;
    const SEES_WORDS: bool = P::SEES_WORDS;

    #[inline]
    #[track_caller]
    fn on_load(&self, addr: Addr) {
        P::on_load(self, addr);
    }

    #[inline]
    #[track_caller]
    fn on_store(&self, addr: Addr) {
        P::on_store(self, addr);
    }

    #[inline]
    #[track_caller]
    fn on_load_bytes(&self, addr: Addr, size: u32) {
        P::on_load_bytes(self, addr, size);
    }

    #[inline]
    #[track_caller]
    fn on_store_bytes(&self, addr: Addr, size: u32) {
        P::on_store_bytes(self, addr, size);
    }

    fn on_outside(&self, address: u64, size: u32, is_store: bool) {
        P::on_outside(self, address, size, is_store);
    }

    #[inline]
    #[track_caller]
    fn on_load_word(&self, addr: Addr, word: u32) {
        P::on_load_word(self, addr, word);
    }

    #[inline]
    #[track_caller]
    fn on_store_word(&self, addr: Addr, old: u32, new: u32) {
        P::on_store_word(self, addr, old, new);
    }

    #[inline]
    fn on_replace(&self, addr: Addr, old: &[u8], new: Option<&[u8]>) {
        P::on_replace(self, addr, old, new);
    }

    #[inline]
    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        P::on_copy(self, from, to, size);
    }

    #[inline]
    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        P::on_zero(self, addr, size);
    }

    #[inline]
    #[track_caller]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        P::on_sbrk(self, increment, old, new);
    }

    #[inline]
    #[track_caller]
    fn on_event(&self, event: Event) {
        P::on_event(self, event);
    }

    #[inline]
    fn listens(&self) -> bool {
        P::listens(self)
    }

    fn on_say(&self, words: fmt::Arguments<'_>) {
        P::on_say(self, words);
    }
}

/// Two probes: each call goes to the first, then to the second.
impl<A: Probe, B: Probe> Probe for (A, B) {
    const BOUNDED: bool = A::BOUNDED || B::BOUNDED;
    const IS_SILENT: bool = A::IS_SILENT && B::IS_SILENT;
    const SEES_WORDS: bool = A::SEES_WORDS || B::SEES_WORDS;

    #[inline]
    #[track_caller]
    fn on_load(&self, addr: Addr) {
        self.0.on_load(addr);
        self.1.on_load(addr);
    }

    #[inline]
    #[track_caller]
    fn on_store(&self, addr: Addr) {
        self.0.on_store(addr);
        self.1.on_store(addr);
    }

    #[inline]
    #[track_caller]
    fn on_load_bytes(&self, addr: Addr, size: u32) {
        self.0.on_load_bytes(addr, size);
        self.1.on_load_bytes(addr, size);
    }

    #[inline]
    #[track_caller]
    fn on_store_bytes(&self, addr: Addr, size: u32) {
        self.0.on_store_bytes(addr, size);
        self.1.on_store_bytes(addr, size);
    }

    fn on_outside(&self, address: u64, size: u32, is_store: bool) {
        self.0.on_outside(address, size, is_store);
        self.1.on_outside(address, size, is_store);
    }

    #[inline]
    #[track_caller]
    fn on_load_word(&self, addr: Addr, word: u32) {
        self.0.on_load_word(addr, word);
        self.1.on_load_word(addr, word);
    }

    #[inline]
    #[track_caller]
    fn on_store_word(&self, addr: Addr, old: u32, new: u32) {
        self.0.on_store_word(addr, old, new);
        self.1.on_store_word(addr, old, new);
    }

    #[inline]
    fn on_replace(&self, addr: Addr, old: &[u8], new: Option<&[u8]>) {
        self.0.on_replace(addr, old, new);
        self.1.on_replace(addr, old, new);
    }

    #[inline]
    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        self.0.on_copy(from, to, size);
        self.1.on_copy(from, to, size);
    }

    #[inline]
    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        self.0.on_zero(addr, size);
        self.1.on_zero(addr, size);
    }

    #[inline]
    #[track_caller]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        self.0.on_sbrk(increment, old, new);
        self.1.on_sbrk(increment, old, new);
    }

    #[inline]
    #[track_caller]
    fn on_event(&self, event: Event) {
        self.0.on_event(event);
        self.1.on_event(event);
    }

    #[inline]
    fn listens(&self) -> bool {
        self.0.listens() || self.1.listens()
    }

    fn on_say(&self, words: fmt::Arguments<'_>) {
        self.0.on_say(words);
        self.1.on_say(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_of_the_words_that_have_some_of_them() {
        let words = |addr, size| -> Vec<u32> {
            words_of(Addr::new(addr), size).map(Addr::to_word).collect()
        };
        assert_eq!(words(0x100, 4), [0x100]);
        assert_eq!(words(0x103, 1), [0x100]);
        assert_eq!(words(0x102, 4), [0x100, 0x104]);
        assert_eq!(words(0x104, 8), [0x104, 0x108]);
        assert_eq!(words(0x100, 0), [0u32; 0]);
    }
}
