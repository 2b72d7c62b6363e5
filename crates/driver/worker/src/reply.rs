//! What a worker answers. On the way it is JSON, a reply a line.

use crate::{Diagnosis, Doing, FaultReport, HeapPicture};
use heaplab_cost::Cost;
use heaplab_replay::{Bonus, Examined, Facts, Standing, Timing};
use heaplab_waste::Waste;
use serde::{Deserialize, Serialize};

/// What a worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The heap is valid on the trace.
    Valid {
        /// What it took.
        facts: Facts,
    },
    /// It is, and this is what its operations cost.
    Costed {
        /// What it took.
        facts: Facts,
        /// What each operation touched.
        cost: Cost,
    },
    /// It is not.
    Faulty(FaultReport),
    /// The checked machine found no fault. If only a beginning of the trace was
    /// asked for, the heap as it is then.
    Sound {
        /// What was looked at.
        examined: Examined,
        /// The heap; none if the whole trace was asked for.
        picture: Option<HeapPicture>,
    },
    /// It found none, and this is the whole heap at the end.
    Whole(Box<Standing>),
    /// It found one.
    Unsound(Box<Diagnosis>),
    /// The heap is valid on the trace, and this is where its bytes are.
    Counted(Waste),
    /// The speeds, heaps in the order asked, then the C library's.
    Raced {
        /// The heaps', in the order asked.
        heaps: Vec<Timing>,
        /// The C library's.
        c_library: Timing,
    },
    /// Nanoseconds an operation, for each contender in the order asked, turn by turn.
    Compared(Vec<Vec<f64>>),
    /// Every answer was right.
    Right,
    /// The library is loaded.
    Loaded,
    /// What a contender took of the host.
    Resident {
        /// Bytes that the program held when it held most.
        peak_payload_bytes: u64,
        /// Bytes that the process had from the host then, less those before.
        resident_bytes: u64,
    },
    /// What became of the bytes beyond the request, for each block.
    Bonus(Vec<Bonus>),
    /// A heap that was valid failed on the clock; its place in the order asked.
    FellOut {
        /// Its place.
        heap: usize,
        /// What is wrong.
        fault: FaultReport,
    },
    /// So many cases were run; the last one failed like this, if any.
    Fuzzed {
        /// How far the search got.
        progress: heaplab_hunt::Progress,
        /// How the last case failed.
        signature: Option<String>,
    },
    /// How the trace fails: its signature and the operation.
    Tried(Option<(String, Option<usize>)>),
    /// The smallest trace, or why there is none.
    Shrunk(Result<Box<SmallTrace>, String>),
    /// Not an answer yet: a long task goes on, operation after operation.
    Alive,
    /// One operation has taken longer than it may; the worker ends.
    Stuck {
        /// Operations that the replay had begun, this one with them.
        begun: u64,
    },
    /// Not an answer yet: how far the worker is.
    Progress(String),
    /// The task can't be done on this host.
    Impossible(String),
    /// Not an answer yet: what the heap is about to do.
    Announce(Doing),
}

/// A trace made small.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SmallTrace {
    /// It, as a file has it, with a remark on each operation.
    pub trace: String,
    /// How the heap fails on it, in one line that is the same for the same failure.
    pub signature: String,
    /// How many operations the trace had that it was made from.
    pub ops_before: usize,
    /// How many traces were tried.
    pub trials: u64,
    /// Whether no operation can be left out.
    pub is_minimal: bool,
}
