//! The switch: which mistake is active. The mistakes planted in the copies read it.

use std::cell::Cell;

thread_local! {
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
}

/// Sets the mistake that this thread's heaps make: its number, or 0 for none.
pub fn activate(mistake: usize) {
    ACTIVE.set(mistake);
}

/// Returns whether this thread's heaps make the mistake.
#[inline]
pub fn active(mistake: usize) -> bool {
    ACTIVE.get() == mistake
}
