//! How often the blocks of a heap are counted, which walks all of them.

/// When the next account is due, by what the last one found.
pub(crate) struct Accounting {
    /// So many operations were done at the last account; none at first.
    last: usize,
    /// How many blocks there were.
    blocks: usize,
}

impl Accounting {
    /// An account looks at each block once, and is due after this many operations
    /// for each: however large the heap, it takes a few per cent of the time.
    const OPS_A_BLOCK: usize = 16;

    /// The empty heap was looked at.
    pub(crate) fn new() -> Accounting {
        Accounting { last: 0, blocks: 0 }
    }

    /// Whether enough operations are done for another account. The first is due
    /// after the first operation.
    pub(crate) fn is_due(&self, done: usize) -> bool {
        done > self.last && done - self.last >= Accounting::OPS_A_BLOCK * self.blocks
    }

    /// An account found this many blocks.
    pub(crate) fn note(&mut self, done: usize, blocks: u32) {
        self.last = done;
        self.blocks = blocks as usize;
    }

    /// How many operations were done at the last account.
    pub(crate) fn last(&self) -> usize {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_after_some_operations_for_each_block() {
        let mut accounting = Accounting::new();
        assert!(!accounting.is_due(0) && accounting.is_due(1));
        accounting.note(1, 100);
        assert!(!accounting.is_due(1600) && accounting.is_due(1601));
        // While a heap grows by a block with every operation, no more blocks are
        // counted than there are operations, or about so.
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
