//! What is said between `run` and its workers: JSON, one message a line.

use super::FaultReport;
use heaplab_heap::Align;
use heaplab_replay::{Facts, Timing};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Stands before every reply, so that it can't be taken for something that the
/// heap under test prints. (ASCII's record separator.)
pub(super) const MARK: char = '\u{1e}';

/// A task for a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// One heap on one trace: valid? And the facts.
    Check(CheckTask),
    /// Several heaps and the C library on one trace: how fast?
    Race(RaceTask),
}

/// See [`Task::Check`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CheckTask {
    /// The heap, as named on the command line.
    pub(crate) heap: String,
    pub(crate) trace: PathBuf,
    pub(crate) common: Common,
    pub(crate) check_every: Option<NonZeroU32>,
    /// Say what is about to be done before every operation.
    pub(crate) announce: bool,
}

/// See [`Task::Race`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RaceTask {
    /// The heaps, as named on the command line.
    pub(crate) heaps: Vec<String>,
    pub(crate) trace: PathBuf,
    pub(crate) common: Common,
    /// How long each heap may take samples.
    pub(crate) seconds_each: f64,
}

/// What both kinds of task need.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Common {
    /// 8 or 16.
    pub(crate) align_bytes: u32,
    pub(crate) limit_bytes: u32,
    /// Read traces as other drivers do.
    pub(crate) lenient: bool,
    /// Without progress for so long the heap is taken to hang.
    pub(crate) timeout_seconds: f64,
}

impl Common {
    pub(super) fn timeout(self) -> Duration {
        Duration::from_secs_f64(self.timeout_seconds)
    }

    pub(super) fn align(self) -> Align {
        match self.align_bytes {
            8 => Align::Eight,
            _ => Align::Sixteen,
        }
    }
}

/// What a worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The heap is valid on the trace.
    Valid {
        facts: Facts,
        /// How long finding out took.
        seconds: f64,
    },
    /// It is not.
    Faulty(FaultReport),
    /// The speeds, heaps in the order asked, then the C library's.
    Raced {
        heaps: Vec<Timing>,
        c_library: Timing,
    },
    /// A heap that was valid failed on the clock; its place in the order asked.
    FellOut { heap: usize, fault: FaultReport },
    /// The task can't be done on this host.
    Impossible(String),
    /// Not an answer yet: what the heap is about to do.
    Announce(super::watchdog::Doing),
}
