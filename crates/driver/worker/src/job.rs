//! A job: a question about heaps that a worker answers in a process of its own.

use crate::{Activity, Error, JobContext, Stop};
use heaplab_heap::Design;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A question to a worker. The question and its answer are sent as JSON.
///
/// ```text
///   the caller                          worker, another process
///   WorkerSlot::answer(&job) --JSON-->  job.run(context)  -->  context.erased::<Job>("explicit")
///                    Answer <--JSON--                          what erase::<explicit::Policy> made
/// ```
///
/// An analysis implements it in its own crate. A program names the jobs that it serves when it
/// lists its heaps ([`Serving`](crate::Serving)).
pub trait Job: Serialize + DeserializeOwned + Sync {
    /// The job's name in messages.
    const NAME: &'static str;

    /// The process that the job needs.
    const PROCESS: Process = Process::WATCHED;

    /// Whether the job is done again if the heap has ended the process. Each operation is then
    /// announced before it runs, so that the last one is known.
    const IS_REPEATED: bool = false;

    /// What the job makes of a design: all that it asks of a heap, without the design's type.
    type Erased: 'static;

    /// The answer.
    type Answer: Serialize + DeserializeOwned + Send;

    /// Forgets the type of a design.
    fn erase<D: Design>(design: D) -> Self::Erased;

    /// Does the job, in the worker.
    ///
    /// # Errors
    /// [`Stop::Failed`] for a fault of a heap that leaves no answer, and [`Stop::Impossible`] if
    /// the job can't be done on this host.
    fn run(&self, context: &mut JobContext<'_>) -> Result<Self::Answer, Stop>;

    /// Returns the CPU time that one operation may take.
    fn timeout(&self) -> Duration;

    /// Returns whether a process does only this job: earlier jobs must not change the answer, and
    /// what this job leaves behind must not change later answers.
    fn is_alone(&self) -> bool {
        false
    }

    /// Returns what a heap that did not return was doing, from its last announcement, and from the
    /// operation if its index is known.
    fn activity(&self, announced: Option<Activity>, op_index: Option<usize>) -> Option<Activity> {
        match announced {
            Some(Activity::TimeHeaps { heap, .. }) => Some(Activity::TimeHeaps { heap, op_index }),
            announced => announced,
        }
    }
}

impl JobContext<'_> {
    /// Returns what the job made of the design that a text such as `explicit:address,best-fit`
    /// names.
    ///
    /// # Errors
    /// For an unknown heap or policy; the message lists the known ones.
    pub fn erased<J: Job>(&self, spec: &str) -> Result<J::Erased, Error> {
        self.heaps.erased(J::NAME, spec)
    }
}

/// The process that a job needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Whether it has one thread, watched by a signal of its CPU clock: with a second thread the C
    /// library's allocator takes locks. Otherwise its main thread watches another that works.
    pub one_thread: bool,
    /// Tunables of glibc that are set for the process, separated by colons.
    pub tunables: &'static str,
}

impl Process {
    /// A thread that works, and one that watches it.
    pub const WATCHED: Process = Process { one_thread: false, tunables: "" };

    /// One thread: for measuring time.
    pub const ONE_THREAD: Process = Process { one_thread: true, tunables: "" };
}
