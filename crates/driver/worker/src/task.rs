//! What a worker is asked. On the way it is JSON, a task a line.

use crate::TraceSource;
use heaplab_arena::Refuse;
use heaplab_cost as cost;
use heaplab_heap::Align;
use heaplab_trace::ReadOptions;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// A task for a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// One heap on one trace: valid? And the facts.
    Check(CheckTask),
    /// One heap on one trace, on the checked machine.
    Examine(ExamineTask),
    /// The same, and the whole heap afterwards.
    Whole(ExamineTask),
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
    /// Several contenders on one trace, turn by turn: how fast?
    Compare(CompareTask),
    /// A production allocator on one trace: is every answer right?
    Answers(RealTask),
    /// One contender on one trace: how much memory does it take of the host?
    Resident(RealTask),
    /// One contender: what becomes of the bytes beyond the request?
    Bonus(BonusTask),
    /// A shared library: can it be loaded?
    Load(LoadTask),
}

impl Task {
    /// The same task, done so that what the heap does last is known even if it
    /// takes the worker with it; none for a task that says so anyway.
    pub(crate) fn announced(&self) -> Option<Task> {
        match self {
            Task::Check(task) => Some(Task::Check(CheckTask {
                announce: true,
                ..task.clone()
            })),
            Task::Examine(task) => Some(Task::Examine(task.announced())),
            Task::Whole(task) => Some(Task::Whole(task.announced())),
            Task::Waste(task) => Some(Task::Waste(WasteTask {
                announce: true,
                ..task.clone()
            })),
            Task::Cost(task) => {
                let mut task = task.clone();
                task.check.announce = true;
                Some(Task::Cost(task))
            }
            Task::Race(_)
            | Task::Fuzz(_)
            | Task::Try(_)
            | Task::Shrink(_)
            | Task::Compare(_)
            | Task::Answers(_)
            | Task::Resident(_)
            | Task::Bonus(_)
            | Task::Load(_) => None,
        }
    }

    /// Whether a library of the user's is loaded for it. Its process then does
    /// this task and no other, so that nothing that the library leaves behind matters.
    pub(crate) fn loads_a_library(&self) -> bool {
        match self {
            Task::Load(_) => true,
            Task::Answers(task) | Task::Resident(task) => is_library(&task.contender),
            Task::Bonus(task) => is_library(&task.contender),
            Task::Compare(task) => task.contenders.iter().any(|name| is_library(name)),
            _ => false,
        }
    }
}

/// See [`Task::Check`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckTask {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Call the heap's own `check` after every so many operations, and not only at
    /// the end.
    pub check_every: Option<NonZeroU32>,
    /// Say what is about to be done before every operation.
    pub announce: bool,
}

/// See [`Task::Examine`] and [`Task::Whole`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExamineTask {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Only so many operations of it, and then draw the heap if it is an
    /// [`Examine`](Task::Examine).
    pub until: Option<usize>,
    /// Which calls of `sbrk` fail.
    pub refusal: Refusal,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
    /// Say what is about to be done before every operation.
    pub announce: bool,
}

impl ExamineTask {
    fn announced(&self) -> ExamineTask {
        ExamineTask {
            announce: true,
            ..self.clone()
        }
    }
}

/// Which calls of `sbrk` are refused although there is room, and whether a heap
/// may then fail. Calls are counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// This one, if any.
    pub from: Option<u32>,
    /// No call after it.
    pub once: bool,
    /// Calls may fail when the machine refuses memory, for this reason or for
    /// the heap limit.
    pub may_run_out: bool,
}

impl Refusal {
    /// The same, for the machine.
    pub fn refuse(self) -> Refuse {
        match (self.from, self.once) {
            (None, _) => Refuse::Never,
            (Some(call), true) => Refuse::Once(call),
            (Some(call), false) => Refuse::From(call),
        }
    }
}

/// See [`Task::Cost`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CostTask {
    /// The heap, the trace and the machine.
    pub check: CheckTask,
    /// What to count.
    pub options: cost::Options,
}

/// See [`Task::Fuzz`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FuzzTask {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Where the cases come from: the same seed makes the same cases.
    pub seed: u64,
    /// Operations to run at most.
    pub ops: u64,
    /// Seconds to search at most. A case that is at work then may take a twentieth
    /// more.
    pub seconds: f64,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
    /// Where each case is written before it is run, so that it is known if the
    /// worker is lost over it.
    pub case_file: PathBuf,
}

/// See [`Task::Try`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TryTask {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace, as a file has it.
    pub trace: String,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Which calls of `sbrk` fail.
    pub refusal: Refusal,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
}

/// See [`Task::Shrink`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShrinkTask {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Which calls of `sbrk` fail.
    pub refusal: Refusal,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
    /// Operations to replay at most.
    pub ops: u64,
    /// Seconds to take at most, but for two trials of the trace itself.
    pub seconds: f64,
}

/// See [`Task::Race`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RaceTask {
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// How long each heap may take samples.
    pub seconds_each: f64,
}

/// See [`Task::Compare`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompareTask {
    /// Heaps and production allocators, as named on the command line, and absolute paths
    /// of shared libraries.
    pub contenders: Vec<String>,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// How many samples to take of each.
    pub turns: u32,
    /// No more samples of one that has used up so much time.
    pub seconds_each: f64,
}

/// See [`Task::Bonus`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BonusTask {
    /// A production allocator or a heap, as named on the command line, or the absolute
    /// path of a shared library.
    pub contender: String,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Blocks: bytes asked for, and bytes that they grow to.
    pub blocks: Vec<(u32, u32)>,
}

/// See [`Task::Load`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadTask {
    /// The absolute path of the library.
    pub library: String,
    /// If it needs more seconds of CPU time, it is taken to hang.
    pub timeout_seconds: f64,
}

/// Whether a contender's name is the absolute path of a library.
pub(crate) fn is_library(contender: &str) -> bool {
    contender.starts_with('/')
}

/// See [`Task::Answers`] and [`Task::Resident`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RealTask {
    /// A production allocator or a heap, as named on the command line, or the absolute
    /// path of a shared library.
    pub contender: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
}

/// See [`Task::Waste`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WasteTask {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// How many samples to take over time.
    pub samples: u32,
    /// Say what is about to be done before every operation.
    pub announce: bool,
}

/// What all kinds of task need.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Common {
    /// 8 or 16.
    pub align_bytes: u32,
    /// Past so many bytes `sbrk` refuses.
    pub limit_bytes: u32,
    /// How to read the trace.
    pub reading: ReadOptions,
    /// A heap that needs more seconds of CPU time for one operation is taken to hang.
    pub timeout_seconds: f64,
}

impl Common {
    pub(crate) fn timeout(self) -> Duration {
        Duration::from_secs_f64(self.timeout_seconds)
    }

    /// The alignment of payloads.
    pub fn align(self) -> Align {
        match self.align_bytes {
            8 => Align::Eight,
            _ => Align::Sixteen,
        }
    }
}
