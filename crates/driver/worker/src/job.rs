//! A job: a question about heaps that a worker answers in a process of its own.

use crate::{Bench, Doing, Error, Stop};
use heaplab_heap::Design;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A question to a worker. It is sent as JSON; so is its answer.
///
/// ```text
///   who asks                      worker, another process
///   Desk::answer(&job) --JSON-->  job.run(bench)  -->  bench.erased::<Job>("explicit")
///              Answer <--JSON--                            what erase::<explicit::Policy> made
/// ```
///
/// An analysis implements it in its own crate. A program serves the jobs that it names
/// when it lists its heaps ([`Serving`](crate::Serving)).
pub trait Job: Serialize + DeserializeOwned + Sync {
    /// Names the job in what is sent.
    const NAME: &'static str;

    /// The process that the job needs.
    const PROCESS: Process = Process::WATCHED;

    /// Whether the job is done again, with a word before each operation, if the heap has
    /// ended the process: so its last operation is known.
    const IS_REPEATED: bool = false;

    /// What the job makes of a design: all that it asks of a heap, the type forgotten.
    type Erased: 'static;

    /// What it answers.
    type Answer: Serialize + DeserializeOwned + Send;

    /// Forgets the type of a design.
    fn erase<D: Design>(design: D) -> Self::Erased;

    /// Does the job, in the worker.
    ///
    /// # Errors
    /// [`Stop::Failed`] for a fault of a heap that leaves no answer, and
    /// [`Stop::Impossible`] if the job can't be done on this host.
    fn run(&self, bench: &mut Bench<'_>) -> Result<Self::Answer, Stop>;

    /// CPU time that one operation may take.
    fn timeout(&self) -> Duration;

    /// Whether a process does this job and no other: nothing that was done before may
    /// change the answer, and nothing that is left behind another one.
    fn is_alone(&self) -> bool {
        false
    }

    /// What the heap was doing that did not come back: what it announced last, and the
    /// operation if its index is known.
    fn doing(&self, announced: Option<Doing>, op_index: Option<usize>) -> Option<Doing> {
        match announced {
            Some(Doing::Race { heap, .. }) => Some(Doing::Race { heap, op_index }),
            announced => announced,
        }
    }
}

impl Bench<'_> {
    /// What the job made of the design that a text such as `explicit:address,best-fit`
    /// names.
    ///
    /// # Errors
    /// For an unknown heap or policy, with what there is.
    pub fn erased<J: Job>(&self, spec: &str) -> Result<J::Erased, Error> {
        self.heaps.erased(J::NAME, spec)
    }
}

/// The process that a job needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// It has one thread, and a signal of its CPU clock watches it: with a second thread
    /// the C library's allocator takes locks. Else its main thread watches another that
    /// works.
    pub one_thread: bool,
    /// Tunables of glibc that are set for it, separated by colons.
    pub tunables: &'static str,
}

impl Process {
    /// A thread that works, and one that watches it.
    pub const WATCHED: Process = Process { one_thread: false, tunables: "" };

    /// One thread: for what takes time.
    pub const ONE_THREAD: Process = Process { one_thread: true, tunables: "" };
}
