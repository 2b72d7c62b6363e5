//! The check of a heap while its film is seen: in a worker of its own.

use heaplab_checks::{CheckAccesses, CheckSettings};
use heaplab_trace::Trace;
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Error, Outcome};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A check that goes on. It is cancelled when this is dropped.
pub(crate) struct CheckBehind {
    outcome: Receiver<Result<Outcome<CheckAccesses>, Error>>,
    how_far: Arc<Mutex<Option<String>>>,
    is_cancelled: Arc<AtomicBool>,
    /// The thread that waits for the worker.
    thread: Option<JoinHandle<()>>,
}

impl CheckBehind {
    /// Begins a check.
    pub(crate) fn begin(
        settings: &CheckSettings,
        trace: &Arc<Trace>,
        worker_options: &WorkerOptions,
    ) -> CheckBehind {
        let (sender, outcome) = mpsc::channel();
        let (is_cancelled, how_far) = (Arc::default(), Arc::new(Mutex::new(None)));
        let (flag, said) = (Arc::clone(&is_cancelled), Arc::clone(&how_far));
        let worker_options = WorkerOptions {
            is_cancelled: Some(flag),
            on_progress: Arc::new(move |text| {
                *said.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
            }),
            ..worker_options.clone()
        };
        let (job, trace) =
            (CheckAccesses { settings: settings.clone(), until: None }, Arc::clone(trace));
        let thread = thread::spawn(move || {
            // If the film is gone, the outcome is not wanted.
            let _ = sender.send(do_one(&job, &trace, &worker_options));
        });
        CheckBehind { outcome, how_far, is_cancelled, thread: Some(thread) }
    }

    /// Returns the outcome, if there is one within this time.
    pub(crate) fn outcome(&self, wait: Duration) -> Option<Result<Outcome<CheckAccesses>, Error>> {
        match self.outcome.recv_timeout(wait) {
            Ok(outcome) => Some(outcome),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                Some(Err(Error::new("error: the check has no outcome")))
            }
        }
    }

    /// Returns how far the check is, once that is known.
    pub(crate) fn how_far(&self) -> Option<String> {
        self.how_far.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for CheckBehind {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing to say here.
            let _ = thread.join();
        }
    }
}
