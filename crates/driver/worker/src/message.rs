//! What is sent to a worker and what it sends back: JSON, a message a line.

use crate::{Doing, Failed};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A job for a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request<R> {
    /// Its [`NAME`](crate::Job::NAME).
    pub(crate) job: String,
    /// Say what is about to be done before every operation.
    pub(crate) announce: bool,
    /// The job itself.
    pub(crate) request: R,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The job's answer.
    Answer(Box<RawValue>),
    /// There is none: a heap is at fault.
    Failed(Failed),
    /// There is none: the job can't be done on this host.
    Impossible(String),
    /// One operation has taken longer than it may; the worker ends.
    Stuck {
        /// Operations that the replay had begun, this one with them.
        begun: u64,
    },
    /// Not the end: a long job goes on, operation after operation.
    Alive,
    /// Not the end: how far the worker is.
    Progress(String),
    /// Not the end: what the heap is about to do.
    Announce(Doing),
}
