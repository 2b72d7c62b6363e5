//! What the host of an allocator does with the machine and an allocator must not do:
//! make it, reset it, access the program's payloads, read how much was used.
//!
//! These are not inherent methods of [`Arena`], and the root of the crate does not
//! re-export any name of this module. An allocator that could call them could read
//! payloads without a probe seeing it, keep its data in a second machine that is not
//! measured, or reset the first. To call them, its source must contain the word
//! `host`, so a grader searches for that one word.
//!
//! ```compile_fail,E0599
//! # use heaplab_arena::{Addr, Arena};
//! fn peek(arena: &Arena, payload: Addr) -> Option<&[u8]> {
//!     arena.payload(payload, 16) // fails without `use heaplab_arena::host::Host`
//! }
//! ```

use crate::machine::HEAP_START;
use crate::reservation::Reservation;
use crate::{Addr, Arena, Probe, ReserveError, Settings, Silent};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// Makes a machine with the default [`Settings`] and the probe [`Silent`].
///
/// # Errors
/// If the host refuses the address space.
pub fn machine() -> Result<Arena, ReserveError> {
    Arena::with(Settings::default(), Silent)
}

/// A machine as a driver uses it, from outside the allocator.
pub trait Host: Sized {
    /// The probe that watches the machine.
    type Probe: Probe;

    /// Makes a machine with these settings, watched by `probe`.
    ///
    /// # Errors
    /// If the host refuses the address space.
    fn with(settings: Settings, probe: Self::Probe) -> Result<Self, ReserveError>;

    /// Empties the heap segment and sets its bytes to zero. Its pages stay resident, so
    /// that a trace can be replayed again without the cost of first touches.
    fn reset(&mut self);

    /// Has the host use large pages for a machine that becomes large. Its memory is then mapped
    /// sooner, and more of it is: not where resident pages are counted.
    fn prefer_large_pages(&self);

    /// Returns the program's own view of its payload, which a probe does not see.
    /// `None` if the range leaves the machine.
    fn payload(&self, addr: Addr, size: u32) -> Option<&[u8]>;

    /// Returns the same bytes as [`payload`](Host::payload), to write to.
    fn payload_mut(&mut self, addr: Addr, size: u32) -> Option<&mut [u8]>;

    /// Returns whether the `size` bytes from `addr` are all inside the heap segment.
    fn contains(&self, addr: Addr, size: u32) -> bool;

    /// Returns the bytes in the heap segment at its largest.
    fn high_water_bytes(&self) -> u32;

    /// Moves the high-water mark up to an address below the break, or down to the heap's start. For
    /// a heap that is given one segment and never calls `sbrk`: its size is what its payloads need.
    fn note_high_water(&mut self, end: Addr);

    /// Returns the number of `sbrk` calls, refused ones included.
    fn sbrk_calls(&self) -> u32;

    /// Returns the limit: `sbrk` fails if the heap would exceed this many bytes.
    fn limit_bytes(&self) -> u32;

    /// Returns how many of the host's pages below the heap's high-water mark were
    /// touched (by any code) and hold memory now, and the bytes in one page
    /// (4096 on most hosts, 16384 on Apple's).
    ///
    /// # Errors
    /// The error of mincore(2).
    fn pages_touched(&self) -> io::Result<(usize, usize)>;

    /// Returns where the machine's address 0 is in this process: native code under test has the
    /// pointer `base + addr` for the address `addr`. The pointer is valid for as long as the
    /// machine is, and until it is [moved](Host::move_low).
    fn base(&mut self) -> *mut u8;

    /// Moves a machine whose heap never grew to low addresses of the process, the same ones each
    /// time, so that pointers into the first GiB of the heap fit in 31 bits: some C code keeps them
    /// in an `int`. Does nothing if these addresses are taken, or the heap has grown.
    fn move_low(&mut self);

    /// Gives a machine whose heap never grew the memory of a new file, and returns the file and
    /// the bytes of it that are the machine; `more_bytes` follow them. Another process that maps
    /// the file reads and writes this machine, without a probe that sees it.
    ///
    /// # Errors
    /// If the host can't make such a file.
    fn share(&mut self, more_bytes: usize) -> io::Result<(OwnedFd, usize)>;

    /// Returns the file that the memory of a [shared](Host::share) machine is of, the same one each
    /// time, and the bytes of it that are the machine. None for a machine that is not shared.
    fn shared(&self) -> Option<(Arc<OwnedFd>, usize)>;

    /// Returns the probe.
    fn probe(&self) -> &Self::Probe;

    /// Returns where the break is and was, for [`restore`](Host::restore).
    fn break_state(&self) -> BreakState;

    /// Sets the break as it was at an earlier moment, or as it is in another machine. It does not
    /// change a byte of the memory: the caller restores the bytes, too.
    fn restore(&mut self, state: BreakState);
}

/// Where the break of a machine is, the highest it was, and how many calls of `sbrk` were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakState {
    brk: Addr,
    high_water: Addr,
    sbrk_calls: u32,
}

impl BreakState {
    /// Returns the state in which code in another process has left the break.
    pub fn new(brk: Addr, high_water: Addr, sbrk_calls: u32) -> BreakState {
        BreakState { brk, high_water, sbrk_calls }
    }

    /// Returns the number of `sbrk` calls.
    pub fn sbrk_calls(self) -> u32 {
        self.sbrk_calls
    }
}

impl<P: Probe> Host for Arena<P> {
    type Probe = P;

    fn with(settings: Settings, probe: P) -> Result<Self, ReserveError> {
        Ok(Arena {
            memory: Reservation::new(HEAP_START.to_word() + settings.most_bytes())?,
            brk: HEAP_START,
            high_water: HEAP_START,
            settings,
            sbrk_calls: 0,
            probe,
        })
    }

    fn reset(&mut self) {
        let end = self.high_water.max(self.brk);
        self.memory.zero(HEAP_START.to_word(), end.to_word());
        self.brk = HEAP_START;
        self.high_water = HEAP_START;
        self.sbrk_calls = 0;
    }

    fn prefer_large_pages(&self) {
        self.memory.prefer_large_pages();
    }

    #[inline]
    fn payload(&self, addr: Addr, size: u32) -> Option<&[u8]> {
        self.memory.bytes(addr.to_word(), size)
    }

    #[inline]
    fn payload_mut(&mut self, addr: Addr, size: u32) -> Option<&mut [u8]> {
        self.memory.bytes_mut(addr.to_word(), size)
    }

    fn contains(&self, addr: Addr, size: u32) -> bool {
        addr >= HEAP_START && addr <= self.brk && size <= self.brk - addr
    }

    fn high_water_bytes(&self) -> u32 {
        self.high_water - HEAP_START
    }

    fn note_high_water(&mut self, end: Addr) {
        self.high_water = if end == HEAP_START { end } else { self.high_water.max(end) };
    }

    fn sbrk_calls(&self) -> u32 {
        self.sbrk_calls
    }

    fn limit_bytes(&self) -> u32 {
        self.settings.most_bytes()
    }

    fn pages_touched(&self) -> io::Result<(usize, usize)> {
        self.memory.resident_pages(HEAP_START.to_word(), self.high_water.to_word())
    }

    fn base(&mut self) -> *mut u8 {
        self.memory.base()
    }

    fn move_low(&mut self) {
        if self.high_water == HEAP_START && !self.memory.is_low() {
            self.memory.move_low();
        }
    }

    fn share(&mut self, more_bytes: usize) -> io::Result<(OwnedFd, usize)> {
        if self.high_water != HEAP_START {
            return Err(io::Error::other("the heap has grown already"));
        }
        Ok((self.memory.share(more_bytes)?, self.memory.shared_bytes()))
    }

    fn shared(&self) -> Option<(Arc<OwnedFd>, usize)> {
        self.memory.shared().map(|file| (file, self.memory.shared_bytes()))
    }

    fn probe(&self) -> &P {
        &self.probe
    }

    fn break_state(&self) -> BreakState {
        BreakState { brk: self.brk, high_water: self.high_water, sbrk_calls: self.sbrk_calls }
    }

    fn restore(&mut self, state: BreakState) {
        self.brk = state.brk;
        self.high_water = state.high_water;
        self.sbrk_calls = state.sbrk_calls;
    }
}
