//! Who watches the machine.

use crate::Addr;

/// Sees every access that an allocator makes to the simulated memory, before
/// it happens.
///
/// A probe is a type parameter of [`Arena`](crate::Arena), so one allocator
/// source serves the timed run ([`Silent`]), a counted run and a checked run.
/// Methods take `&self` because a load does not change the machine; a probe
/// that counts keeps its counters in [`Cell`](std::cell::Cell)s.
///
/// The program's own reads and writes of its payloads
/// ([`Arena::payload`](crate::Arena::payload)) are not the allocator's and are
/// not seen.
pub trait Probe {
    /// The allocator reads `size` bytes from `addr`.
    #[inline]
    fn on_load(&self, addr: Addr, size: u32) {
        let _ = (addr, size);
    }

    /// The allocator writes `size` bytes to `addr`.
    #[inline]
    fn on_store(&self, addr: Addr, size: u32) {
        let _ = (addr, size);
    }

    /// `sbrk(increment)` was called and moved the break from `old` to `new`;
    /// the two are equal when it was refused or the increment was 0.
    #[inline]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        let _ = (increment, old, new);
    }
}

/// The probe that sees nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Probe for Silent {}
