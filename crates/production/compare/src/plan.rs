//! What is to be found out, and how.

use heaplab_worker::Common;
use std::num::NonZeroU32;

/// How a program lies in memory is chosen anew for each process, and is worth some
/// per cent: so the turns are spread over a few.
pub const PROCESSES: u32 = 3;

/// What is to be found out, and how.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The machine, and how long to wait.
    pub common: Common,
    /// Take times.
    pub times: bool,
    /// Measure memory.
    pub memory: bool,
    /// How many turns to take on each trace.
    pub turns: NonZeroU32,
    /// No more turns for a contender that has used up this much time on a trace.
    pub seconds_each: f64,
}

impl Plan {
    /// Turns in each process.
    pub(crate) fn turns_each(&self) -> u32 {
        self.turns.get().div_ceil(PROCESSES)
    }

    /// Seconds for each contender in each process.
    pub(crate) fn seconds_each_process(&self) -> f64 {
        self.seconds_each / f64::from(PROCESSES)
    }
}
