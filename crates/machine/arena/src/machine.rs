//! The machine itself: its memory, its break, and the calls that use them.

use crate::reservation::Reservation;
use crate::{Addr, Event, PAGE_BYTES, Probe, Silent};
use std::fmt;

/// The start of the heap segment: past the first 64 KiB, so that null and small
/// offsets from null are never inside, and a multiple of every alignment in use.
pub const HEAP_START: Addr = Addr::new(0x1_0000);

/// The bytes of the largest heap: the rest of the machine, in whole pages.
const LARGEST_HEAP_BYTES: u32 = u32::MAX - HEAP_START.to_word() - (PAGE_BYTES - 1);

/// How large a machine lets the heap grow, and which `sbrk` calls it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `sbrk` fails if the heap would exceed this many bytes.
    pub limit_bytes: u32,
    /// Which `sbrk` calls fail although the limit allows them.
    pub refuse: Refuse,
}

/// Which `sbrk` calls with a positive increment are refused although there is
/// room, to test how an allocator handles the failure. Calls are counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refuse {
    /// None.
    #[default]
    Never,
    /// The one with this number.
    Once(u32),
    /// This one and all after it.
    From(u32),
}

impl Default for Settings {
    /// Returns a limit of 1 GiB, below which every call succeeds.
    fn default() -> Self {
        Settings { limit_bytes: 1 << 30, refuse: Refuse::Never }
    }
}

impl Settings {
    /// Returns the most heap bytes that both the limit and the machine's addresses allow.
    pub(crate) fn most_bytes(&self) -> u32 {
        self.limit_bytes.min(LARGEST_HEAP_BYTES)
    }
}

/// The error of a refused `sbrk` call, which leaves the machine unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory: sbrk was refused")
    }
}

impl std::error::Error for OutOfMemory {}

/// A simulated 32-bit machine with one heap segment. These are the methods for the
/// allocator; those for the allocator's host are in [`host`](crate::host).
///
/// ```
/// # use heaplab_arena::host;
/// let mut arena = host::machine()?;
/// let start = arena.sbrk(4096)?;          // the old break: where the new bytes begin
/// arena.store(start, 42);
/// assert_eq!(arena.load(start), 42);
/// assert_eq!(arena.heap_bytes(), 4096);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Arena<P: Probe = Silent> {
    pub(crate) memory: Reservation<P>,
    pub(crate) brk: Addr,
    pub(crate) high_water: Addr,
    pub(crate) settings: Settings,
    pub(crate) sbrk_calls: u32,
    pub(crate) probe: P,
}

/// The methods for allocators.
impl<P: Probe> Arena<P> {
    /// Reads the word at `addr`. Any address is safe to read: outside the heap segment,
    /// a word reads as the value last stored there, or zero.
    ///
    /// # Panics
    /// If the machine is [bounded](Probe::BOUNDED) and the address is past its end. A
    /// store there panics too.
    #[inline(always)]
    #[track_caller]
    pub fn load(&self, addr: Addr) -> u32 {
        self.probe.on_load(addr);
        let word = self.memory.load(addr.to_word());
        if P::SEES_WORDS {
            self.probe.on_load_word(addr, word);
        }
        word
    }

    /// Writes the word at `addr`.
    #[inline(always)]
    #[track_caller]
    pub fn store(&mut self, addr: Addr, word: u32) {
        self.probe.on_store(addr);
        if P::SEES_WORDS {
            self.probe.on_store_word(addr, self.memory.load(addr.to_word()), word);
        }
        self.memory.store(addr.to_word(), word);
    }

    /// Reads an address stored at `addr`: a link of a list.
    #[inline(always)]
    #[track_caller]
    pub fn load_addr(&self, addr: Addr) -> Addr {
        Addr::new(self.load(addr))
    }

    /// Writes an address to `addr`.
    #[inline(always)]
    #[track_caller]
    pub fn store_addr(&mut self, addr: Addr, value: Addr) {
        self.store(addr, value.to_word());
    }

    /// Copies `size` bytes; the ranges may overlap (`memmove`).
    ///
    /// # Panics
    /// If a range runs past the last address of the machine: on real hardware
    /// the copy would fault there.
    #[inline]
    #[track_caller]
    pub fn copy(&mut self, from: Addr, to: Addr, size: u32) {
        self.probe.on_copy(from, to, size);
        if P::SEES_WORDS
            && let Some(new) = self.memory.bytes(from.to_word(), size)
        {
            self.show_replaced(to, size, Some(new));
        }
        if self.memory.copy(from.to_word(), to.to_word(), size).is_none() {
            leaves_the_machine("copy", from.max(to), size);
        }
    }

    /// Sets `size` bytes from `addr` to zero.
    ///
    /// # Panics
    /// As [`copy`](Arena::copy).
    #[inline]
    #[track_caller]
    pub fn zero(&mut self, addr: Addr, size: u32) {
        self.probe.on_zero(addr, size);
        if P::SEES_WORDS {
            self.show_replaced(addr, size, None);
        }
        match self.memory.bytes_mut(addr.to_word(), size) {
            Some(bytes) => bytes.fill(0),
            None => leaves_the_machine("zero", addr, size),
        }
    }

    /// Moves the break by `increment` bytes and returns the **old** break
    /// (sbrk(2)): for a positive increment that is where the new bytes start;
    /// for 0 it is the current break; a negative increment gives bytes back.
    /// New bytes read as zero, even if they were given back before.
    ///
    /// # Errors
    /// [`OutOfMemory`], with nothing changed, if the new break would be past the limit or
    /// below the start of the heap, or if [`Settings`] refuse this call.
    #[track_caller]
    pub fn sbrk(&mut self, increment: i32) -> Result<Addr, OutOfMemory> {
        let old = self.brk;
        let answer = self.new_break(increment);
        self.probe.on_sbrk(increment, old, answer.unwrap_or(old));
        self.sbrk_calls += 1;
        if let Ok(new) = answer {
            if new < old {
                if P::SEES_WORDS {
                    self.show_replaced(new, old - new, None);
                }
                self.memory.zero_and_release(new.to_word(), old.to_word());
            }
            self.brk = new;
            self.high_water = self.high_water.max(new);
        }
        answer.map(|_| old)
    }

    /// Shows the probe the bytes that are about to be replaced.
    fn show_replaced(&self, addr: Addr, size: u32, new: Option<&[u8]>) {
        if let Some(old) = self.memory.bytes(addr.to_word(), size) {
            self.probe.on_replace(addr, old, new);
        }
    }

    /// Returns where `sbrk(increment)` would put the break.
    fn new_break(&self, increment: i32) -> Result<Addr, OutOfMemory> {
        let heap_bytes = self.heap_bytes().checked_add_signed(increment).ok_or(OutOfMemory)?;
        let refused = match self.settings.refuse {
            Refuse::Never => false,
            Refuse::Once(call) => increment > 0 && self.sbrk_calls == call,
            Refuse::From(call) => increment > 0 && self.sbrk_calls >= call,
        };
        if refused || heap_bytes > self.settings.most_bytes() {
            return Err(OutOfMemory);
        }
        Ok(HEAP_START + heap_bytes)
    }

    /// Reports to the probe what the allocator is doing, to be counted. With
    /// [`Silent`], this does nothing.
    #[inline(always)]
    #[track_caller]
    pub fn note(&self, event: Event) {
        self.probe.on_event(event);
    }

    /// Says something while an allocator is debugged, as the macro [`say!`](crate::say) does, which
    /// computes the words only if they are shown.
    #[inline(always)]
    pub fn say(&self, words: impl FnOnce(&dyn Fn(fmt::Arguments<'_>))) {
        if self.probe.listens() {
            words(&|words| self.probe.on_say(words));
        }
    }

    /// Returns the address of the heap segment's first byte, a multiple of every alignment.
    pub fn start(&self) -> Addr {
        HEAP_START
    }

    /// Returns the break: the address of the first byte past the heap segment.
    #[inline]
    pub fn brk(&self) -> Addr {
        self.brk
    }

    /// Returns the bytes in the heap segment now.
    #[inline]
    pub fn heap_bytes(&self) -> u32 {
        self.brk - HEAP_START
    }
}

impl<P: Probe> fmt::Debug for Arena<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({}..{})", HEAP_START, self.brk)
    }
}

#[cold]
fn leaves_the_machine(what: &str, addr: Addr, size: u32) -> ! {
    panic!("{what} of {size} bytes at {addr} runs past the last address of the machine");
}

#[cfg(test)]
mod tests;
