//! The steps of a call, which are its loads and stores, and the limit above which it counts as
//! an endless loop.

use crate::access::{Call, Step};
use std::cell::{Cell, RefCell};

/// The number of steps that a call may take in an empty heap, ...
pub(super) const STEPS_ALLOWED: u64 = 10_000;
/// ... and for each word of the heap: enough for a search that looks at every word many times.
pub(super) const STEPS_ALLOWED_A_WORD: u64 = 32;
/// A `check` or a view may take time quadratic in the blocks of a small heap.
const CHECK_STEPS_ALLOWED: u64 = 1_000_000;
const CHECK_STEPS_ALLOWED_A_WORD: u64 = 4096;

/// This many more steps of a call with too many are recorded, to find the cycle.
const STEPS_LOOKED_AT: usize = 2048;

/// Counts steps; a copy counts as one.
#[derive(Debug)]
pub(super) struct Steps {
    /// Steps so far, of all calls.
    taken: Cell<u64>,
    /// The value of `taken` when the running call began.
    began_at: Cell<u64>,
    /// The value of `taken` above which the running call counts as an endless loop.
    limit: Cell<u64>,
    /// The last steps of a call that has taken too many.
    last: RefCell<Vec<Step>>,
}

impl Default for Steps {
    fn default() -> Steps {
        Steps {
            taken: Cell::new(0),
            began_at: Cell::new(0),
            limit: Cell::new(u64::MAX),
            last: RefCell::default(),
        }
    }
}

impl Steps {
    /// Notes that a call begins, in a heap of this many words.
    pub(super) fn begin(&self, call: Call, heap_words: u64) {
        match call {
            Call::Check | Call::Blocks | Call::FreeLists => self.begin_glance(heap_words),
            _ => self.allow(STEPS_ALLOWED + STEPS_ALLOWED_A_WORD * heap_words),
        }
    }

    /// Allows as many steps from now on as a `check` may take.
    pub(super) fn begin_glance(&self, heap_words: u64) {
        self.allow(CHECK_STEPS_ALLOWED + CHECK_STEPS_ALLOWED_A_WORD * heap_words);
    }

    fn allow(&self, steps: u64) {
        self.began_at.set(self.taken.get());
        self.limit.set(self.taken.get() + steps);
    }

    /// Notes that the call has returned: the driver's steps have no limit.
    pub(super) fn end(&self) {
        self.limit.set(u64::MAX);
    }

    /// Returns the steps so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken.get()
    }

    /// Sets the number of steps so far.
    pub(super) fn count_from(&self, steps: u64) {
        self.taken.set(steps);
    }

    /// Returns how many steps the running call may take.
    pub(super) fn allowed(&self) -> u64 {
        self.limit.get() - self.began_at.get()
    }

    /// Counts a step; returns false if the call has taken too many.
    #[inline]
    pub(super) fn take(&self) -> bool {
        let taken = self.taken.get() + 1;
        self.taken.set(taken);
        taken <= self.limit.get()
    }

    /// Returns whether the running call has taken too many.
    pub(super) fn are_too_many(&self) -> bool {
        self.taken.get() > self.limit.get()
    }

    /// Records a step too many; returns the steps recorded once they are enough to find a cycle.
    pub(super) fn record(&self, step: Step) -> Option<Vec<Step>> {
        let mut last = self.last.borrow_mut();
        last.push(step);
        (last.len() == STEPS_LOOKED_AT).then(|| last.split_off(0))
    }
}
