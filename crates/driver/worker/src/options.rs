//! How workers are started, and which listeners get their output.

use std::env;
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How workers are to run.
#[derive(Clone)]
pub struct WorkerOptions {
    /// Bytes that a worker may take from the host beside its machine.
    pub host_bytes: u64,
    /// Gets what the heaps print.
    pub listener: Listener,
    /// Gets the progress of a long task.
    pub on_progress: Listener,
    /// What starts a worker.
    pub launcher: Launcher,
    /// How long a worker may send nothing during a task. Its own watchdog is faster, unless the
    /// heap damages it; and while operations begin, the worker sends a message each second.
    pub patience: Duration,
    /// Whether the process that the launcher starts becomes the worker itself: then its state can
    /// be seen from outside.
    pub is_the_worker: bool,
    /// Ends all jobs as soon as it is set, and their workers.
    pub is_cancelled: Option<Arc<AtomicBool>>,
    /// Whether a job that the worker can't do is a fault of its heap: the worker is built from a
    /// heap that is not trusted, and serves these jobs for every other heap.
    pub blames_the_heap: bool,
}

impl WorkerOptions {
    /// Returns terms for workers that are this program again; `listener` gets what the heaps print,
    /// and the progress of a long task.
    pub fn told(listener: &Arc<dyn heaplab_support::Listener>, host_bytes: u64) -> WorkerOptions {
        let (prints, steps) = (Arc::clone(listener), Arc::clone(listener));
        WorkerOptions {
            listener: Arc::new(move |text| prints.remark(text)),
            on_progress: Arc::new(move |how_far| steps.now(how_far)),
            ..WorkerOptions::new(host_bytes)
        }
    }

    /// Returns terms for workers that are this program again, without a listener.
    pub fn new(host_bytes: u64) -> WorkerOptions {
        WorkerOptions {
            host_bytes,
            listener: Arc::new(|_| ()),
            on_progress: Arc::new(|_| ()),
            launcher: Arc::new(this_program),
            patience: Duration::MAX,
            is_the_worker: true,
            is_cancelled: None,
            blames_the_heap: false,
        }
    }
}

/// Gets a piece of what a heap under test prints.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Makes the command that starts a worker's process; the worker's own
/// [`Arguments`](crate::Arguments) are added to it. It may be a different program from this one, or
/// one that first enters a sandbox and then becomes the worker.
pub type Launcher = Arc<dyn Fn() -> io::Result<Command> + Send + Sync>;

/// Starts this program again: the [`Launcher`] of a program that can be its own worker.
///
/// # Errors
/// If the host can't give the path of this program.
pub fn this_program() -> io::Result<Command> {
    env::current_exe().map(Command::new)
}
