//! How often a heap's own `check` is called; each call walks all of the heap.

/// Returns how many of a trace's operations are its first: where there are no more, a heap is
/// looked at much more often. A long trace is for faults that only show in the long run.
pub(crate) fn first_ops(ops: usize) -> u64 {
    const FIRST_OPS: usize = 1000;
    ops.min(FIRST_OPS) as u64
}

/// When the heap's own `check` is due, computed from what it has cost so far, in steps.
pub(crate) struct CheckBudget {
    /// Steps that checks may take, however few the operations take.
    free: u64,
    spent: u64,
    last: u64,
}

impl CheckBudget {
    const FREE: u64 = 20_000;
    /// Besides, for each of the first operations, and for each later one.
    const FREE_AN_OPERATION: u64 = 64;
    const FREE_A_LATER_OPERATION: u64 = 4;
    /// Steps that checks may take besides, for each step of the operations.
    const A_STEP: u64 = 2;

    /// Returns the budget for a trace of this many operations. It is spent as early as possible:
    /// each of the first operations is checked.
    pub(crate) fn new(ops: usize) -> CheckBudget {
        CheckBudget {
            free: CheckBudget::FREE
                + CheckBudget::FREE_AN_OPERATION * first_ops(ops)
                + CheckBudget::FREE_A_LATER_OPERATION * (ops as u64 - first_ops(ops)),
            spent: 0,
            last: 0,
        }
    }

    /// Returns whether the budget covers a check as long as the last one, after this many steps in
    /// all.
    pub(crate) fn allows(&self, steps: u64) -> bool {
        let of_operations = steps - self.spent;
        self.spent + self.last <= self.free + CheckBudget::A_STEP * of_operations
    }

    pub(crate) fn pay(&mut self, steps: u64) {
        self.spent += steps;
        self.last = steps;
    }

    /// Returns how many steps the last check took.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }
}
