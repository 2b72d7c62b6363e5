//! What the host of an allocator does with its machine, and an allocator never
//! does: make it, empty it, look at the program's payloads, ask what was used.
//!
//! These are no inherent methods of [`Arena`], and no name of this module is
//! repeated at the root of the crate. An allocator that could call them could read
//! payloads where no probe sees it, keep its data in a second machine that nobody
//! counts, or reset the first. To call them it has to say `host`: whoever grades a
//! source looks for that one word.
//!
//! ```compile_fail,E0599
//! # use heaplab_arena::{Addr, Arena};
//! fn peek(arena: &Arena, payload: Addr) -> Option<&[u8]> {
//!     arena.payload(payload, 16) // no such method, without `use heaplab_arena::host::Host`
//! }
//! ```

use crate::machine::HEAP_START;
use crate::reservation::Reservation;
use crate::{Addr, Arena, Probe, ReserveError, Settings, Silent};
use std::io;

/// A machine with the default [`Settings`] that nobody watches.
///
/// # Errors
/// If the host refuses the address space.
pub fn machine() -> Result<Arena, ReserveError> {
    Arena::with(Settings::default(), Silent)
}

/// A machine from outside: what drivers use.
pub trait Host: Sized {
    /// Who watches it.
    type Probe: Probe;

    /// A machine with these settings, watched by `probe`.
    ///
    /// # Errors
    /// If the host refuses the address space.
    fn with(settings: Settings, probe: Self::Probe) -> Result<Self, ReserveError>;

    /// Back to an empty heap segment of zeros, with its pages still at hand, so
    /// that a trace can be replayed again without the cost of first touches.
    fn reset(&mut self);

    /// The program's own view of its payload: no probe sees it. `None` if the
    /// range leaves the machine.
    fn payload(&self, addr: Addr, size: u32) -> Option<&[u8]>;

    /// The same, to write to.
    fn payload_mut(&mut self, addr: Addr, size: u32) -> Option<&mut [u8]>;

    /// Whether the `size` bytes from `addr` are all inside the heap segment.
    fn contains(&self, addr: Addr, size: u32) -> bool;

    /// Bytes in the heap segment at its largest.
    fn high_water_bytes(&self) -> u32;

    /// Calls of `sbrk`, refused ones too.
    fn sbrk_calls(&self) -> u32;

    /// Bytes past which `sbrk` refuses.
    fn limit_bytes(&self) -> u32;

    /// How many of the host's pages under the heap's high-water mark were
    /// touched (by anyone) and hold memory now, and bytes in such a page
    /// (4096 on most hosts, 16384 on Apple's).
    ///
    /// # Errors
    /// What mincore(2) says.
    fn pages_touched(&self) -> io::Result<(usize, usize)>;

    /// The probe.
    fn probe(&self) -> &Self::Probe;
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
        self.memory.zero(HEAP_START.to_word(), self.high_water.to_word());
        self.brk = HEAP_START;
        self.high_water = HEAP_START;
        self.sbrk_calls = 0;
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

    fn sbrk_calls(&self) -> u32 {
        self.sbrk_calls
    }

    fn limit_bytes(&self) -> u32 {
        self.settings.most_bytes()
    }

    fn pages_touched(&self) -> io::Result<(usize, usize)> {
        self.memory.resident_pages(HEAP_START.to_word(), self.high_water.to_word())
    }

    fn probe(&self) -> &P {
        &self.probe
    }
}
