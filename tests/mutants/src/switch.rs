//! The switch: which mutant is active. The mistakes planted in the copies read it.

use std::cell::Cell;

thread_local! {
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static FLIP: Cell<bool> = const { Cell::new(false) };
}

/// Sets the mutant of the heap that is built in this thread: 0
/// for none. A thread has one heap of this package at a time.
pub fn activate(mutant: usize) {
    ACTIVE.set(mutant);
    CALLS.set(0);
}

/// Returns whether the thread's heap runs this mutant.
#[inline]
pub fn active(mutant: usize) -> bool {
    ACTIVE.get() == mutant
}

/// Returns false for this many calls after the heap was built, and then true.
pub fn late(calls: u32) -> bool {
    CALLS.set(CALLS.get().saturating_add(1));
    CALLS.get() > calls
}

/// Returns true and false alternately, and no new heap
/// resets it: it acts like a `static` in the allocator.
pub fn flip() -> bool {
    FLIP.set(!FLIP.get());
    FLIP.get()
}
