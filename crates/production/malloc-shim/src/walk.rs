//! Walks that end: a list or a row of blocks that the program has damaged may lead in a circle.

use heaplab_arena::{Addr, Event, Probe};
use std::cell::Cell;
use std::panic::resume_unwind;

/// A probe that ends a call with too many search steps or stores: many times the number of blocks
/// that fit in the heap. With `LOADS` it counts loads as it does stores, for a heap that walks its
/// blocks without reporting search steps.
#[derive(Default)]
pub struct Walk<const LOADS: bool = false> {
    /// The search steps and accesses that the call has left.
    steps: Cell<u32>,
    accesses: Cell<u32>,
    /// The search steps and accesses that a call may take.
    most_steps: Cell<u32>,
    most_accesses: Cell<u32>,
}

/// The payload with which an endless walk unwinds.
pub struct NoEnd;

/// The smallest block's size.
const BLOCK_BYTES: u32 = 16;

/// The maximum number of searches in a call: to place a block, and to link its remainder and the
/// blocks that it merges with.
const SEARCHES: u32 = 8;

/// The maximum number of accesses per block in a call that coalesces many blocks, such as one that
/// empties quick lists.
const ACCESSES_A_BLOCK: u32 = 64;

impl<const LOADS: bool> Walk<LOADS> {
    /// Begins a call.
    #[inline]
    pub fn begin(&self) {
        self.steps.set(self.most_steps.get());
        self.accesses.set(self.most_accesses.get());
    }

    /// Returns what is left after one more; unwinds if nothing is.
    #[inline(always)]
    fn one_less(left: u32) -> u32 {
        left.checked_sub(1).unwrap_or_else(|| Self::has_no_end())
    }

    #[cold]
    #[inline(never)]
    fn has_no_end() -> ! {
        resume_unwind(Box::new(NoEnd))
    }
}

impl<const LOADS: bool> Probe for Walk<LOADS> {
    #[inline]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        let blocks = new.max(old).to_word() / BLOCK_BYTES + increment.unsigned_abs() / BLOCK_BYTES;
        self.most_steps.set(blocks.saturating_mul(SEARCHES));
        self.most_accesses.set(blocks.saturating_mul(ACCESSES_A_BLOCK));
        self.begin();
    }

    #[inline]
    fn on_load(&self, _addr: Addr) {
        if LOADS {
            self.accesses.set(Self::one_less(self.accesses.get()));
        }
    }

    #[inline]
    fn on_store(&self, _addr: Addr) {
        self.accesses.set(Self::one_less(self.accesses.get()));
    }

    #[inline]
    fn on_event(&self, event: Event) {
        if event == Event::SearchStep {
            self.steps.set(Self::one_less(self.steps.get()));
        }
    }
}

/// A probe for a machine that reserves only the address space for its limit.
#[derive(Default)]
pub struct Bounded<P>(pub P);

impl<P: Probe> Probe for Bounded<P> {
    const BOUNDED: bool = true;

    #[inline]
    fn on_load(&self, addr: Addr) {
        self.0.on_load(addr);
    }

    #[inline]
    fn on_store(&self, addr: Addr) {
        self.0.on_store(addr);
    }

    #[inline]
    fn on_copy(&self, from: Addr, to: Addr, size: u32) {
        self.0.on_copy(from, to, size);
    }

    #[inline]
    fn on_zero(&self, addr: Addr, size: u32) {
        self.0.on_zero(addr, size);
    }

    #[inline]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        self.0.on_sbrk(increment, old, new);
    }

    #[inline]
    fn on_event(&self, event: Event) {
        self.0.on_event(event);
    }
}
