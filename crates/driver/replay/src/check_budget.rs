//! How often a heap's own `check` is called, which walks all of the heap.

/// When the heap's own `check` is due, by what it has cost so far, in steps.
pub(crate) struct CheckBudget {
    /// What may be spent whatever the operations cost.
    free: u64,
    spent: u64,
    last: u64,
}

impl CheckBudget {
    const FREE: u64 = 20_000;
    const FREE_AN_OPERATION: u64 = 64;
    /// Besides, for every step of the operations.
    const A_STEP: u64 = 2;

    /// For so many operations. It is spent as early as can be: each of the first is
    /// checked.
    pub(crate) fn new(ops: usize) -> CheckBudget {
        CheckBudget {
            free: CheckBudget::FREE + CheckBudget::FREE_AN_OPERATION * ops as u64,
            spent: 0,
            last: 0,
        }
    }

    /// Whether a check as large as the last one can be paid, after so many steps
    /// in all.
    pub(crate) fn allows(&self, steps: u64) -> bool {
        let of_operations = steps - self.spent;
        self.spent + self.last <= self.free + CheckBudget::A_STEP * of_operations
    }

    pub(crate) fn pay(&mut self, steps: u64) {
        self.spent += steps;
        self.last = steps;
    }

    /// What the last check took.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }
}
