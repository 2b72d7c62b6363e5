//! The bookkeeping of live blocks, which decides whether an operation makes sense.
//!
//! Reading, writing, measuring and building a trace all ask the same question: "which ids hold a
//! block now, and how many bytes did they ask for?". Only this file answers it.

use crate::{Id, Op};

/// What one id holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Slot {
    /// Never allocated so far.
    #[default]
    Never,
    /// Holds a block.
    Live {
        /// Requested payload bytes, by the last malloc or realloc.
        size: u32,
        /// When it was allocated. A realloc keeps this.
        since: u32,
    },
    /// Held a block once.
    Freed {
        /// When it was freed.
        at: u32,
    },
}

/// Why an operation makes no sense where it stands. The ledger is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// Allocates into an id that still holds a block.
    AlreadyLive {
        /// When that block was allocated.
        since: u32,
    },
    /// Frees an id that was freed before.
    FreedTwice {
        /// When it was freed.
        at: u32,
    },
    /// Frees an id that was never allocated.
    NeverAllocated,
    /// Writes to an id that holds no block.
    WriteWithoutBlock,
    /// Writes past the end of the id's block.
    WritePastEnd {
        /// The block's size in bytes.
        size: u32,
    },
}

/// The live blocks and their bytes, kept up to date one operation at a time.
///
/// The caller chooses what "when" means: the reader counts in source lines, the
/// statistics in operations.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    slots: Vec<Slot>,
    live_blocks: u32,
    live_bytes: u64,
    peak_bytes: u64,
}

impl Ledger {
    /// Returns a ledger in which nothing was ever allocated.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does the same, with room for this many ids.
    pub fn with_capacity(ids: usize) -> Self {
        Ledger { slots: Vec::with_capacity(ids), ..Self::default() }
    }

    /// Records `op`, which happens at `when`.
    ///
    /// # Errors
    ///
    /// If the operation makes no sense; nothing has changed then.
    #[inline]
    pub fn apply(&mut self, op: Op, when: u32) -> Result<(), Misuse> {
        match op {
            Op::Malloc { id, size } | Op::Calloc { id, size } | Op::Memalign { id, size, .. } => {
                self.allocate(id, size, when)
            }
            Op::Free { id } => self.free(id, when),
            Op::FreeNull => Ok(()),
            Op::Write { id, bytes } => self.write(id, bytes),
            Op::Realloc { id, size } => {
                self.reallocate(id, size, when);
                Ok(())
            }
        }
    }

    /// Returns what `id` holds now.
    #[inline]
    pub fn slot(&self, id: Id) -> Slot {
        self.slots.get(id.index()).copied().unwrap_or_default()
    }

    /// Returns whether `id` holds a block now.
    #[inline]
    pub fn is_live(&self, id: Id) -> bool {
        matches!(self.slot(id), Slot::Live { .. })
    }

    /// Returns one more than the highest id seen.
    pub fn ids(&self) -> u32 {
        // An id is a u32 and the table grows to id + 1 at most.
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// Returns how many blocks are live.
    pub fn live_blocks(&self) -> u32 {
        self.live_blocks
    }

    /// Returns the requested payload bytes of all live blocks.
    pub fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    /// Returns the most payload bytes that were ever live at once.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Forgets the block that `id` holds but keeps counting its bytes: the block has leaked.
    pub(crate) fn leak(&mut self, id: Id) {
        *self.slot_mut(id) = Slot::Never;
    }

    #[inline(always)]
    pub(crate) fn allocate(&mut self, id: Id, size: u32, when: u32) -> Result<(), Misuse> {
        let slot = self.slot_mut(id);
        if let Slot::Live { since, .. } = *slot {
            return Err(Misuse::AlreadyLive { since });
        }
        *slot = Slot::Live { size, since: when };
        self.live_blocks += 1;
        self.add_bytes(size);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn free(&mut self, id: Id, when: u32) -> Result<(), Misuse> {
        let slot = self.slot_mut(id);
        match *slot {
            Slot::Never => Err(Misuse::NeverAllocated),
            Slot::Freed { at } => Err(Misuse::FreedTwice { at }),
            Slot::Live { size, .. } => {
                *slot = Slot::Freed { at: when };
                self.live_blocks -= 1;
                self.live_bytes -= u64::from(size);
                Ok(())
            }
        }
    }

    // Few traces have writes: the others read faster with this out of the way.
    #[inline(never)]
    fn write(&self, id: Id, bytes: u32) -> Result<(), Misuse> {
        match self.slot(id) {
            Slot::Live { size, .. } if bytes <= size => Ok(()),
            Slot::Live { size, .. } => Err(Misuse::WritePastEnd { size }),
            Slot::Never | Slot::Freed { .. } => Err(Misuse::WriteWithoutBlock),
        }
    }

    fn reallocate(&mut self, id: Id, size: u32, when: u32) {
        let slot = self.slot_mut(id);
        match *slot {
            Slot::Live { size: old, .. } if size == 0 => {
                *slot = Slot::Freed { at: when };
                self.live_blocks -= 1;
                self.live_bytes -= u64::from(old);
            }
            Slot::Live { size: old, since } => {
                *slot = Slot::Live { size, since };
                self.live_bytes -= u64::from(old);
                self.add_bytes(size);
            }
            Slot::Never | Slot::Freed { .. } => {
                *slot = Slot::Live { size, since: when };
                self.live_blocks += 1;
                self.add_bytes(size);
            }
        }
    }

    #[inline]
    fn add_bytes(&mut self, size: u32) {
        self.live_bytes += u64::from(size);
        self.peak_bytes = self.peak_bytes.max(self.live_bytes);
    }

    #[inline]
    fn slot_mut(&mut self, id: Id) -> &mut Slot {
        let index = id.index();
        if index >= self.slots.len() {
            self.slots.resize(index + 1, Slot::Never);
        }
        &mut self.slots[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Id = Id(2);

    fn after(ops: &[Op]) -> Ledger {
        let mut ledger = Ledger::new();
        for (when, op) in (10..).zip(ops) {
            ledger.apply(*op, when).expect("the operation makes sense");
        }
        ledger
    }

    #[test]
    fn the_ledger_counts_live_bytes_and_their_peak() {
        let ledger = after(&[
            Op::Malloc { id: ID, size: 10 },
            Op::Calloc { id: Id(0), size: 5 },
            Op::Realloc { id: ID, size: 100 },
            Op::Realloc { id: ID, size: 1 },
            Op::FreeNull,
            Op::Free { id: Id(0) },
        ]);
        assert_eq!((ledger.live_blocks(), ledger.live_bytes()), (1, 1));
        assert_eq!(ledger.peak_bytes(), 105);
        assert_eq!(ledger.ids(), 3);
        assert_eq!(ledger.slot(ID), Slot::Live { size: 1, since: 10 });
        assert_eq!(ledger.slot(Id(0)), Slot::Freed { at: 15 });
        assert_eq!(ledger.slot(Id(1)), Slot::Never);
        assert_eq!(ledger.slot(Id(99)), Slot::Never);
    }

    #[test]
    fn realloc_to_zero_frees_and_realloc_of_null_allocates() {
        let mut ledger = after(&[Op::Malloc { id: ID, size: 10 }, Op::Realloc { id: ID, size: 0 }]);
        assert_eq!(ledger.live_blocks(), 0);
        assert_eq!(ledger.apply(Op::Free { id: ID }, 12), Err(Misuse::FreedTwice { at: 11 }));
        ledger.apply(Op::Realloc { id: ID, size: 0 }, 13).expect("realloc(NULL, 0) is malloc(0)");
        assert_eq!(ledger.slot(ID), Slot::Live { size: 0, since: 13 });
    }

    #[test]
    fn misuse_is_named_and_changes_nothing() {
        let mut ledger = after(&[Op::Malloc { id: ID, size: 10 }]);
        assert_eq!(
            ledger.apply(Op::Calloc { id: ID, size: 9 }, 11),
            Err(Misuse::AlreadyLive { since: 10 })
        );
        assert_eq!(ledger.apply(Op::Free { id: Id(1) }, 11), Err(Misuse::NeverAllocated));
        assert_eq!((ledger.live_blocks(), ledger.live_bytes()), (1, 10));
    }

    #[test]
    fn only_bytes_of_a_live_block_can_be_written() {
        let write = |bytes| Op::Write { id: ID, bytes };
        let mut ledger = after(&[Op::Malloc { id: ID, size: 10 }, write(10), write(0)]);
        assert_eq!((ledger.live_bytes(), ledger.peak_bytes()), (10, 10));
        let past_end = Misuse::WritePastEnd { size: 10 };
        assert_eq!(ledger.apply(write(11), 13), Err(past_end));
        ledger.apply(Op::Free { id: ID }, 14).expect("it is live");
        let without = Err(Misuse::WriteWithoutBlock);
        assert_eq!(ledger.apply(write(0), 15), without);
        let other = Op::Write { id: Id(7), bytes: 1 };
        assert_eq!(ledger.apply(other, 16), without);
    }

    #[test]
    fn a_leaked_block_is_still_counted() {
        let mut ledger = after(&[Op::Malloc { id: ID, size: 10 }]);
        ledger.leak(ID);
        ledger.apply(Op::Malloc { id: ID, size: 7 }, 11).expect("the id is free again");
        assert_eq!((ledger.live_blocks(), ledger.live_bytes()), (2, 17));
    }
}
