//! Walks that end: a list or a row of blocks that the program has damaged may lead round
//! in a circle.

use heaplab_arena::{Addr, Event, Probe};
use std::cell::Cell;
use std::panic::resume_unwind;

/// A probe that ends a call whose search steps, or whose stores, are more than the heap has
/// room for blocks, many times over. Loads count as stores do if `LOADS`: for a heap that
/// walks its blocks without saying that it searches.
#[derive(Default)]
pub struct Walk<const LOADS: bool = false> {
    /// Left to the call: search steps, and accesses.
    steps: Cell<u32>,
    accesses: Cell<u32>,
    /// What a call may take.
    most_steps: Cell<u32>,
    most_accesses: Cell<u32>,
}

/// What a walk without an end unwinds with.
pub struct NoEnd;

/// The smallest block.
const BLOCK_BYTES: u32 = 16;

/// A call searches at most so often: to place a block, and to link what is left of it
/// and what it merges with.
const SEARCHES: u32 = 8;

/// A call that coalesces many blocks, such as one that empties quick lists, takes fewer
/// accesses for each.
const ACCESSES_A_BLOCK: u32 = 64;

impl<const LOADS: bool> Walk<LOADS> {
    /// A call begins.
    #[inline]
    pub fn begin(&self) {
        self.steps.set(self.most_steps.get());
        self.accesses.set(self.most_accesses.get());
    }

    /// What is left after one more.
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

/// A probe for a machine that reserves no more address space than its limit needs.
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
