//! The messages to a worker and back: JSON, one message a line.

use crate::{Activity, Failed};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A job for a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request<R> {
    /// The job's [`NAME`](crate::Job::NAME).
    pub(crate) job: String,
    /// Whether to announce every operation before it runs.
    pub(crate) announce: bool,
    /// The job itself.
    pub(crate) request: R,
}

/// A reply of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The job's answer.
    Answer(Box<RawValue>),
    /// There is no answer: a heap is at fault.
    Failed(Failed),
    /// There is no answer: the job can't be done on this host.
    Impossible(String),
    /// One operation has taken longer than it may; the worker ends.
    Stuck {
        /// Operations that the replay had begun, including this one.
        begun: u64,
    },
    /// The job is not done: operations go on.
    Alive,
    /// The job is not done: the worker reports its progress.
    Progress(String),
    /// The job is not done: the heap is about to do this.
    Announce(Activity),
}
