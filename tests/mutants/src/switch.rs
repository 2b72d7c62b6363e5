//! Which mutant is active. The mistakes that are planted in the copies ask here.

use std::cell::Cell;

thread_local! {
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static FLIP: Cell<bool> = const { Cell::new(false) };
}

/// A heap is built in this thread, and this mutant is what it runs from now on: 0 is none.
/// A thread has one heap of this package at a time.
pub fn activate(mutant: usize) {
    ACTIVE.set(mutant);
    CALLS.set(0);
}

/// Whether the thread's heap runs this mutant.
#[inline]
pub fn active(mutant: usize) -> bool {
    ACTIVE.get() == mutant
}

/// False for so many calls since the heap was built, and then true.
pub fn late(calls: u32) -> bool {
    CALLS.set(CALLS.get().saturating_add(1));
    CALLS.get() > calls
}

/// True and false in turns, and no new heap resets it: what a `static` in the
/// allocator would be.
pub fn flip() -> bool {
    FLIP.set(!FLIP.get());
    FLIP.get()
}
