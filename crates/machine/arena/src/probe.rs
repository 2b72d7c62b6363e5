//! Who watches the machine.

use crate::Addr;

/// Sees everything that an allocator does to the simulated memory, before it
/// happens.
///
/// A probe is a type parameter of [`Arena`](crate::Arena), so one allocator
/// source serves the timed run ([`Silent`]), a counted run and a checked run.
/// Methods take `&self` because a load does not change the machine; a probe
/// that counts keeps its counters in [`Cell`](std::cell::Cell)s. A probe that
/// wants an access not to happen panics.
///
/// The methods are `#[track_caller]`: inside one,
/// [`Location::caller`](std::panic::Location::caller) is the line of the
/// allocator that made the access.
///
/// The program's own reads and writes of its payloads
/// ([`Host::payload`](crate::host::Host::payload)) are not the allocator's and are
/// not seen.
pub trait Probe {
    /// Whether the machine reserves only the address space that its limit needs. Every
    /// load and store is then compared with the end; one past it panics. A machine that
    /// is not bounded reserves 4 GiB, and compares nothing.
    const BOUNDED: bool = false;

    /// The allocator reads the word at `addr`.
    #[inline]
    #[track_caller]
    fn on_load(&self, addr: Addr) {
        let _ = addr;
    }

    /// The allocator writes the word at `addr`.
    #[inline]
    #[track_caller]
    fn on_store(&self, addr: Addr) {
        let _ = addr;
    }

    /// The allocator copies `size` bytes.
    #[inline]
    #[track_caller]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        let _ = (from, to, size);
    }

    /// The allocator sets `size` bytes to zero.
    #[inline]
    #[track_caller]
    fn on_zero(&self, addr: Addr, size: u32) {
        let _ = (addr, size);
    }

    /// `sbrk(increment)` is about to move the break from `old` to `new`; the two
    /// are equal when it is refused or the increment is 0.
    #[inline]
    #[track_caller]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        let _ = (increment, old, new);
    }

    /// The allocator says that this is what it does now.
    #[inline]
    #[track_caller]
    fn on_event(&self, event: Event) {
        let _ = event;
    }
}

/// What an allocator does, in the field's words. Nothing follows from telling
/// it but that it is counted ([`Arena::note`](crate::Arena::note)).
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

impl Probe for Silent {}

/// A probe that is kept elsewhere, to be looked at while the machine runs.
impl<P: Probe> Probe for &P {
    const BOUNDED: bool = P::BOUNDED;

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
}

/// Two probes, the first asked first.
impl<A: Probe, B: Probe> Probe for (A, B) {
    const BOUNDED: bool = A::BOUNDED || B::BOUNDED;

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
}
