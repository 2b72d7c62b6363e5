//! What jobs have in common: the machine, how to read the trace, and how long to wait.

use heaplab_arena::Refuse;
use heaplab_heap::Align;
use heaplab_replay::Settings;
use heaplab_trace::ReadOptions;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The machine, how to read the trace, and how long to wait.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Common {
    /// 8 or 16.
    pub align_bytes: u32,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// How to read the trace.
    pub reading: ReadOptions,
    /// A heap that needs more seconds of CPU time for one operation is taken to hang.
    pub timeout_seconds: f64,
}

impl Common {
    /// Returns how long one operation may take.
    pub fn timeout(self) -> Duration {
        Duration::from_secs_f64(self.timeout_seconds)
    }

    /// Returns the alignment of payloads.
    pub fn align(self) -> Align {
        match self.align_bytes {
            8 => Align::Eight,
            _ => Align::Sixteen,
        }
    }

    /// Returns the settings of a replay that calls the heap's own `check` only at the end.
    pub fn settings(self) -> Settings {
        Settings { align: self.align(), limit_bytes: self.limit_bytes, check_every: None }
    }
}

/// Which calls of `sbrk` are refused although there is room, and whether a heap
/// may then fail. Calls are counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// This one, if any.
    pub from: Option<u32>,
    /// Whether only this call is refused, and none after it.
    pub once: bool,
    /// Whether calls may fail if the machine refuses memory, for this reason or for the heap
    /// limit.
    pub may_run_out: bool,
}

impl Refusal {
    /// Returns the refusal as the machine takes it.
    pub fn refuse(self) -> Refuse {
        match (self.from, self.once) {
            (None, _) => Refuse::Never,
            (Some(call), true) => Refuse::Once(call),
            (Some(call), false) => Refuse::From(call),
        }
    }
}
