//! Walks that end: a list or a row of blocks that the program has damaged may lead round
//! in a circle.

use heaplab_arena::{Addr, Event, Probe};
use std::cell::Cell;
use std::panic::resume_unwind;

/// A probe that ends a call whose searches take more steps than the heap has room for
/// blocks, many times over. Loads and stores it does not look at.
#[derive(Default)]
pub struct Walk {
    steps: Cell<u32>,
    most: Cell<u32>,
}

/// What a walk without an end unwinds with.
pub struct NoEnd;

/// The smallest block.
const BLOCK_BYTES: u32 = 16;

/// A call searches at most so often: to place a block, and to link what is left of it
/// and what it merges with.
const SEARCHES: u32 = 8;

impl Walk {
    /// A call begins.
    #[inline]
    pub fn begin(&self) {
        self.steps.set(0);
    }

    #[cold]
    fn has_no_end() -> ! {
        resume_unwind(Box::new(NoEnd))
    }
}

impl Probe for Walk {
    #[inline]
    fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
        let blocks = new.max(old).to_word() / BLOCK_BYTES + increment.unsigned_abs() / BLOCK_BYTES;
        self.most.set(blocks.saturating_mul(SEARCHES));
    }

    #[inline]
    fn on_event(&self, event: Event) {
        if event == Event::SearchStep {
            let steps = self.steps.get() + 1;
            self.steps.set(steps);
            if steps > self.most.get() {
                Walk::has_no_end();
            }
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
