//! What a heap under test is doing, to report where it failed.

use heaplab_replay::Moment;
use serde::{Deserialize, Serialize};

/// What a heap is doing: [`Moment`], plus the timed run and the one that measures memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// The empty heap is being set up.
    Build,
    /// The library with the heap is being loaded.
    Load,
    /// The operation with this index.
    Op(usize),
    /// The heap's own `check`.
    Check {
        /// How many operations are done.
        done: usize,
    },
    /// The operation with this index, on a second machine.
    SecondRun(usize),
    /// The timed run.
    Race {
        /// The heap's place in the order asked.
        heap: usize,
        /// The operation, if one is known.
        op_index: Option<usize>,
    },
    /// The replay that memory is measured in.
    Memory {
        /// The operation, if one is known.
        op_index: Option<usize>,
    },
    /// The heap is called with bad pointers.
    BadPointers {
        /// How many operations are done.
        done: usize,
    },
    /// The heap shows its blocks.
    Blocks {
        /// How many operations are done.
        done: usize,
    },
    /// The heap shows its free lists.
    FreeLists {
        /// How many operations are done.
        done: usize,
    },
}

impl Doing {
    /// Returns the operation, and words for the place within it.
    pub(crate) fn place(self) -> (Option<usize>, &'static str) {
        match self {
            Doing::Build => (None, ", while setting up the empty heap"),
            Doing::Load => (
                None,
                ", while the library was being loaded: in a constructor, or in a function that it calls",
            ),
            Doing::Op(index) => (Some(index), ""),
            Doing::Check { done } => {
                (done.checked_sub(1), ", in the heap's own check after this operation")
            }
            Doing::SecondRun(index) => (Some(index), ", in a second run on a fresh machine"),
            Doing::Race { op_index, .. } => (op_index, ", in the timed run"),
            Doing::Memory { op_index } => (op_index, ", where memory is measured"),
            Doing::BadPointers { done } => {
                (done.checked_sub(1), ", in a call with a bad pointer after this operation")
            }
            Doing::Blocks { done } => {
                (done.checked_sub(1), ", in the heap's blocks() after this operation")
            }
            Doing::FreeLists { done } => {
                (done.checked_sub(1), ", in the heap's free_lists() after this operation")
            }
        }
    }
}

impl From<Moment> for Doing {
    fn from(moment: Moment) -> Doing {
        match moment {
            Moment::Build => Doing::Build,
            Moment::Op(index) => Doing::Op(index),
            Moment::Check(done) => Doing::Check { done },
            Moment::BadPointers(done) => Doing::BadPointers { done },
            Moment::Blocks(done) => Doing::Blocks { done },
            Moment::FreeLists(done) => Doing::FreeLists { done },
            Moment::SecondRun(index) => Doing::SecondRun(index),
        }
    }
}
