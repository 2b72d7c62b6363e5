//! How often a heap's own `check` is called; each call walks all of the heap.

/// When the heap's own `check` is due, computed from what it has cost so far, in steps.
pub(crate) struct CheckBudget {
    /// Steps that checks may take, however few the operations take.
    free: u64,
    spent: u64,
    last: u64,
}

impl CheckBudget {
    const FREE: u64 = 20_000;
    const FREE_AN_OPERATION: u64 = 64;
    /// Steps that checks may take besides, for each step of the operations.
    const A_STEP: u64 = 2;

    /// Returns the budget for a trace of this many operations. It is spent as early as possible:
    /// each of the first operations is checked.
    pub(crate) fn new(ops: usize) -> CheckBudget {
        CheckBudget {
            free: CheckBudget::FREE + CheckBudget::FREE_AN_OPERATION * ops as u64,
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
