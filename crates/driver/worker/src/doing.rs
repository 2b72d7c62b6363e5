//! What a heap under test is doing, to say where it came to its end.

use heaplab_replay::Moment;
use serde::{Deserialize, Serialize};

/// What a heap is doing; [`Moment`] with the timed run and the one for memory added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// It is being set up.
    Build,
    /// The library that it is in is being loaded.
    Load,
    /// The operation with this index.
    Op(usize),
    /// Its own `check`.
    Check {
        /// So many operations are done.
        done: usize,
    },
    /// The operation with this index, on a second machine.
    SecondRun(usize),
    /// The timed run.
    Race {
        /// Its place in the order asked.
        heap: usize,
        /// The operation, if one is known.
        op_index: Option<usize>,
    },
    /// The replay that memory is measured in.
    Memory {
        /// The operation, if one is known.
        op_index: Option<usize>,
    },
    /// It is called with bad pointers.
    BadPointers {
        /// So many operations are done.
        done: usize,
    },
    /// It shows its blocks.
    Blocks {
        /// So many operations are done.
        done: usize,
    },
    /// It shows its free lists.
    FreeLists {
        /// So many operations are done.
        done: usize,
    },
}

impl Doing {
    /// The operation, and what else there is to say about where.
    pub(crate) fn place(self) -> (Option<usize>, &'static str) {
        match self {
            Doing::Build => (None, ", while setting up the empty heap"),
            Doing::Load => (
                None,
                ", while the library was being loaded: in a constructor, or in what that calls",
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
