//! What is said between `run` and its workers: JSON, one message a line.

use super::diagnosis::{Diagnosis, HeapPicture};
use super::doing::Doing;
use super::fault_report::FaultReport;
use heaplab_arena::Refuse;
use heaplab_cost::{self as cost, Cost};
use heaplab_heap::Align;
use heaplab_replay::{Examined, Facts, Timing};
use heaplab_waste::Waste;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// A task for a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// One heap on one trace: valid? And the facts.
    Check(CheckTask),
    /// One heap on one trace, on the checked machine.
    Examine(ExamineTask),
    /// One heap on many cases that nobody recorded, until one fails.
    Fuzz(FuzzTask),
    /// One heap on one trace: how does it fail, if it does?
    Try(TryTask),
    /// The smallest trace on which one heap fails as on this one.
    Shrink(ShrinkTask),
    /// Several heaps and the C library on one trace: how fast?
    Race(RaceTask),
    /// One heap on one trace: where are its bytes?
    Waste(WasteTask),
    /// One heap on one trace: valid? And what does each operation cost?
    Cost(CostTask),
}

impl Task {
    /// The same task, done so that what the heap does last is known even if it
    /// takes the worker with it; none for a task that says so anyway.
    pub(super) fn announced(&self) -> Option<Task> {
        match self {
            Task::Check(task) => Some(Task::Check(CheckTask {
                announce: true,
                ..task.clone()
            })),
            Task::Examine(task) => Some(Task::Examine(ExamineTask {
                announce: true,
                ..task.clone()
            })),
            Task::Waste(task) => Some(Task::Waste(WasteTask {
                announce: true,
                ..task.clone()
            })),
            Task::Cost(task) => {
                let mut task = task.clone();
                task.check.announce = true;
                Some(Task::Cost(task))
            }
            Task::Race(_) | Task::Fuzz(_) | Task::Try(_) | Task::Shrink(_) => None,
        }
    }
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

/// See [`Task::Examine`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExamineTask {
    /// The heap, as named on the command line.
    pub(crate) heap: String,
    pub(crate) trace: PathBuf,
    pub(crate) common: Common,
    /// Only so many operations of it, and then draw the heap.
    pub(crate) until: Option<usize>,
    pub(crate) refusal: Refusal,
    /// Say what is about to be done before every operation.
    pub(crate) announce: bool,
}

/// Which calls of `sbrk` are refused although there is room, and whether a heap
/// may then fail. Calls are counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// This one, if any.
    pub(crate) from: Option<u32>,
    /// No call after it.
    pub(crate) once: bool,
    /// Calls may fail when the machine refuses memory, for this reason or for
    /// the heap limit.
    pub(crate) may_run_out: bool,
}

impl Refusal {
    pub(crate) fn refuse(self) -> Refuse {
        match (self.from, self.once) {
            (None, _) => Refuse::Never,
            (Some(call), true) => Refuse::Once(call),
            (Some(call), false) => Refuse::From(call),
        }
    }
}

/// See [`Task::Cost`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CostTask {
    pub(crate) check: CheckTask,
    pub(crate) options: cost::Options,
}

/// See [`Task::Fuzz`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FuzzTask {
    /// The heap, as named on the command line.
    pub(crate) heap: String,
    pub(crate) common: Common,
    pub(crate) seed: u64,
    pub(crate) ops: u64,
    pub(crate) seconds: f64,
    /// Where each case is written before it is run, so that it is known if the
    /// worker is lost over it.
    pub(crate) case_file: PathBuf,
}

/// See [`Task::Try`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TryTask {
    /// The heap, as named on the command line.
    pub(crate) heap: String,
    /// The trace, as a file has it.
    pub(crate) trace: String,
    pub(crate) common: Common,
    pub(crate) refusal: Refusal,
}

/// See [`Task::Shrink`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ShrinkTask {
    /// The heap, as named on the command line.
    pub(crate) heap: String,
    pub(crate) trace: PathBuf,
    pub(crate) common: Common,
    pub(crate) refusal: Refusal,
    /// Operations to replay at most.
    pub(crate) ops: u64,
}

/// A trace made small.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SmallTrace {
    /// It, as a file has it, with a remark on each operation.
    pub(crate) trace: String,
    pub(crate) signature: String,
    pub(crate) ops_before: usize,
    pub(crate) trials: u64,
    pub(crate) is_minimal: bool,
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

/// See [`Task::Waste`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WasteTask {
    /// The heap, as named on the command line.
    pub(crate) heap: String,
    pub(crate) trace: PathBuf,
    pub(crate) common: Common,
    /// How many samples to take over time.
    pub(crate) samples: u32,
    /// Say what is about to be done before every operation.
    pub(crate) announce: bool,
}

/// What all kinds of task need.
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

    pub(crate) fn align(self) -> Align {
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
    /// It is, and this is what its operations cost.
    Costed {
        facts: Facts,
        cost: Cost,
        /// How long finding out took.
        seconds: f64,
    },
    /// It is not.
    Faulty(FaultReport),
    /// The checked machine found no fault. If only a beginning of the trace was
    /// asked for, the heap as it is then.
    Sound {
        examined: Examined,
        picture: Option<HeapPicture>,
    },
    /// It found one.
    Unsound(Box<Diagnosis>),
    /// It is, and this is where its bytes are.
    Counted(Waste),
    /// The speeds, heaps in the order asked, then the C library's.
    Raced {
        heaps: Vec<Timing>,
        c_library: Timing,
    },
    /// A heap that was valid failed on the clock; its place in the order asked.
    FellOut { heap: usize, fault: FaultReport },
    /// So many cases were run; the last one failed like this, if any.
    Fuzzed {
        progress: heaplab_hunt::Progress,
        signature: Option<String>,
    },
    /// How the trace fails: its signature and the operation.
    Tried(Option<(String, Option<usize>)>),
    /// The smallest trace, or why there is none.
    Shrunk(Result<Box<SmallTrace>, String>),
    /// Not an answer yet: how far the worker is.
    Progress(String),
    /// The task can't be done on this host.
    Impossible(String),
    /// Not an answer yet: what the heap is about to do.
    Announce(Doing),
}

/// Stands before every reply, so that it can't be taken for something that the
/// heap under test prints. (ASCII's record separator.)
const MARK: char = '\u{1e}';

/// Sends a reply, from within a worker.
pub(super) fn send(reply: &Reply) {
    // A reply is made of numbers and strings, and what it can't be sent to is
    // gone: there is nobody left to tell.
    let Ok(json) = serde_json::to_string(reply) else {
        return;
    };
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{MARK}{json}").and_then(|()| out.flush());
}

/// What a line of a worker's standard output holds: something that a heap
/// printed, or a reply, or both, the reply last.
pub(super) fn read_line(line: &str) -> (String, Option<Reply>) {
    if let Some((printed, json)) = line.rsplit_once(MARK)
        && let Ok(reply) = serde_json::from_str(json)
    {
        return (printed.to_owned(), Some(reply));
    }
    (format!("{line}\n"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_told_from_what_a_heap_prints() {
        let reply = |text: &str| match read_line(text) {
            (printed, Some(Reply::Impossible(message))) => (printed, Some(message)),
            (printed, _) => (printed, None),
        };
        let message = Some("no".to_owned());
        let json = r#"{"Impossible":"no"}"#;
        assert_eq!(
            reply(&format!("{MARK}{json}")),
            (String::new(), message.clone())
        );
        assert_eq!(
            reply(&format!("hi {MARK}{json}")),
            ("hi ".to_owned(), message)
        );
        assert_eq!(reply(json), (format!("{json}\n"), None));
        // A heap may print the mark itself: nothing of that is lost.
        assert_eq!(reply(&format!("{MARK} hi")), (format!("{MARK} hi\n"), None));
    }
}
