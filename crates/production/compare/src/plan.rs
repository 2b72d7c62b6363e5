//! What to measure, and how.

use heaplab_worker::Common;
use std::num::NonZeroU32;

/// The number of processes over which turns are spread: the layout of a program in memory is chosen
/// anew for each process, and changes times by a few percent.
pub const PROCESSES: u32 = 3;

/// What to measure, and how.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The machine's settings and the time limit.
    pub common: Common,
    /// Whether to take times.
    pub times: bool,
    /// Whether to measure memory.
    pub memory: bool,
    /// The number of turns on each trace.
    pub turns: NonZeroU32,
    /// Seconds after which a contender gets no more turns on a trace.
    pub seconds_each: f64,
}

impl Plan {
    /// Returns the number of turns in each process.
    pub(crate) fn turns_each(&self) -> u32 {
        self.turns.get().div_ceil(PROCESSES)
    }

    /// Returns the seconds for each contender in each process.
    pub(crate) fn seconds_each_process(&self) -> f64 {
        self.seconds_each / f64::from(PROCESSES)
    }
}
