//! How often the blocks of a heap are counted; each count walks all of them.

/// When the next account is due, computed from what the last one found.
pub(crate) struct Accounting {
    /// How many operations were done at the last account; 0 at first.
    last: usize,
    /// How many blocks there were.
    blocks: usize,
}

impl Accounting {
    /// An account looks at each block once, and is due after this many operations for each block:
    /// even for a large heap it takes a few percent of the time.
    const OPS_A_BLOCK: usize = 16;

    /// Returns the state for an empty heap, which has just been looked at.
    pub(crate) fn new() -> Accounting {
        Accounting { last: 0, blocks: 0 }
    }

    /// Returns whether enough operations are done for another account. The first is due after the
    /// first operation.
    pub(crate) fn is_due(&self, done: usize) -> bool {
        done > self.last && done - self.last >= Accounting::OPS_A_BLOCK * self.blocks
    }

    /// Notes that an account found this many blocks.
    pub(crate) fn note(&mut self, done: usize, blocks: u32) {
        self.last = done;
        self.blocks = blocks as usize;
    }

    /// Returns how many operations were done at the last account.
    pub(crate) fn last(&self) -> usize {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_runs_after_some_operations_per_block() {
        let mut accounting = Accounting::new();
        assert!(!accounting.is_due(0) && accounting.is_due(1));
        accounting.note(1, 100);
        assert!(!accounting.is_due(1600) && accounting.is_due(1601));
        // If every operation adds a block, about as many blocks are counted as there are
        // operations.
        let (mut counted, mut accounting) = (0, Accounting::new());
        for done in 0..1_000_000 {
            if accounting.is_due(done) {
                counted += done;
                accounting.note(done, done as u32);
            }
        }
        assert!(counted < 1_200_000, "{counted}");
    }
}
