//! What a heap under test is doing, to report where it failed.

use heaplab_replay::Position;
use serde::{Deserialize, Serialize};

/// What a heap is doing: [`Position`], plus the timed run and the one that measures memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activity {
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
    TimeHeaps {
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

impl Activity {
    /// Returns the operation, and words for the place within it.
    pub(crate) fn place(self) -> (Option<usize>, &'static str) {
        match self {
            Activity::Build => (None, ", while setting up the empty heap"),
            Activity::Load => (
                None,
                ", while the library was being loaded: in a constructor, or in a function that it calls",
            ),
            Activity::Op(index) => (Some(index), ""),
            Activity::Check { done } => {
                (done.checked_sub(1), ", in the heap's own check after this operation")
            }
            Activity::SecondRun(index) => (Some(index), ", in a second run on a fresh machine"),
            Activity::TimeHeaps { op_index, .. } => (op_index, ", in the timed run"),
            Activity::Memory { op_index } => (op_index, ", where memory is measured"),
            Activity::BadPointers { done } => {
                (done.checked_sub(1), ", in a call with a bad pointer after this operation")
            }
            Activity::Blocks { done } => {
                (done.checked_sub(1), ", in the heap's blocks() after this operation")
            }
            Activity::FreeLists { done } => {
                (done.checked_sub(1), ", in the heap's free_lists() after this operation")
            }
        }
    }
}

impl From<Position> for Activity {
    fn from(position: Position) -> Activity {
        match position {
            Position::Build => Activity::Build,
            Position::Op(index) => Activity::Op(index),
            Position::Check(done) => Activity::Check { done },
            Position::BadPointers(done) => Activity::BadPointers { done },
            Position::Blocks(done) => Activity::Blocks { done },
            Position::FreeLists(done) => Activity::FreeLists { done },
            Position::SecondRun(index) => Activity::SecondRun(index),
        }
    }
}
