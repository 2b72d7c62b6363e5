//! A heap's fault as it is reported: in a reply, in JSON, under the table.

use crate::Activity;
use heaplab_replay::{At, Fault, Frame};
use heaplab_trace::Trace;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A heap's fault, in words and numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultReport {
    /// A stable name of what is wrong.
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
    /// The operation's index, from 0; none if the fault is not that of a single operation.
    pub op_index: Option<usize>,
    /// Its line in the trace's file, from 1.
    pub line: Option<u32>,
    /// The operation, in the trace's words.
    pub operation: Option<String>,
    /// The other block that the message names.
    pub other: Option<OtherBlock>,
    /// The allocator's functions that ran when it ended its process, the innermost first, as far as
    /// the process could tell.
    #[serde(skip)]
    pub frames: Box<Frames>,
}

/// Functions that ran. A type of its own, so that a report can keep it in a box: a report is the
/// error of many calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames(pub Vec<Frame>);

/// A block of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherBlock {
    /// Its id.
    pub id: u32,
    /// The line that allocated or last resized it.
    pub line: u32,
}

impl FaultReport {
    /// Returns the report of a fault that checking the answers found.
    pub fn new(fault: &Fault) -> FaultReport {
        FaultReport {
            other: fault.kind.other().map(|other| OtherBlock { id: other.id.0, line: other.line }),
            ..FaultReport::at(fault.kind.code(), fault.kind.to_string(), fault.at)
        }
    }

    /// Returns the report of a fault without an operation.
    pub fn of_the_whole(code: &str, message: String) -> FaultReport {
        FaultReport::at(code, message, None)
    }

    fn at(code: &str, message: String, at: Option<At>) -> FaultReport {
        FaultReport {
            code: code.to_owned(),
            message,
            op_index: at.map(|at| at.op_index),
            line: at.map(|at| at.line),
            operation: at.map(|at| at.op.to_string()),
            other: None,
            frames: Box::default(),
        }
    }

    /// Returns the report of a fault that ended the run: a panic, a hang, a crash. `None` for what
    /// the heap was doing means that this is not known.
    pub fn ending(
        code: &str,
        message: &str,
        activity: Option<Activity>,
        trace: Option<&Trace>,
    ) -> FaultReport {
        let (op_index, where_) = activity.map_or((None, ""), Activity::place);
        let line = trace.zip(op_index).map(|(trace, index)| trace.line(index));
        let operation = trace.zip(op_index).map(|(trace, index)| trace.ops()[index].to_string());
        FaultReport {
            code: code.to_owned(),
            message: format!("{message}{where_}"),
            op_index,
            line,
            operation,
            other: None,
            frames: Box::default(),
        }
    }
}

/// Returns a stable name and words for a heap that does not return.
pub(crate) fn endless_loop(timeout: Duration) -> (&'static str, String) {
    let seconds = timeout.as_secs_f64();
    let seconds = match seconds.round() {
        1.0 => "1 second".to_owned(),
        whole if whole > 1.0 => format!("{whole} seconds"),
        _ => format!("{seconds} seconds"),
    };
    ("endless-loop", format!("no end after {seconds}: an endless loop?"))
}
