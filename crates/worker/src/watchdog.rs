//! Sees an endless loop: how long has the heap under test been at the same
//! operation? So it ends a row, and not the patience of whoever waits.

use crate::fault_report::endless_loop;
use crate::line::Replies;
use crate::{Doing, FaultReport, Reply};
use heaplab_trace::Trace;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Kept up to date by the thread that works, looked at by the watchdog.
pub(crate) struct Progress {
    replies: Replies,
    /// Grows with every step, so that "nothing has moved" can be seen.
    steps: AtomicU64,
    /// A [`Doing`] as a number: kind in the low bits, index above.
    doing: AtomicU64,
    /// The task at hand.
    task: Mutex<Option<Watched>>,
}

#[derive(Clone)]
struct Watched {
    trace: Arc<Trace>,
    timeout: Duration,
}

const KINDS: u64 = 8;

impl Progress {
    pub(crate) fn new(replies: Replies) -> Progress {
        Progress {
            replies,
            steps: AtomicU64::default(),
            doing: AtomicU64::default(),
            task: Mutex::default(),
        }
    }

    /// Sends a reply to whoever gave the task.
    pub(crate) fn send(&self, reply: &Reply) {
        self.replies.send(reply);
    }

    /// A task begins; without a step for `timeout` it hangs.
    pub(crate) fn begin(&self, trace: Arc<Trace>, timeout: Duration) {
        self.step(Doing::Build);
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Watched { trace, timeout });
    }

    /// The task is done, one way or the other.
    pub(crate) fn end(&self) {
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The heap is about to do this.
    pub(crate) fn step(&self, doing: Doing) {
        let (kind, index) = match doing {
            Doing::Build => (0, 0),
            Doing::Op(index) => (1, index),
            Doing::Check { done } => (2, done),
            Doing::SecondRun(index) => (3, index),
            Doing::Race { heap } => (4, heap),
            Doing::Blocks { done } => (5, done),
            Doing::FreeLists { done } => (6, done),
            Doing::BadPointers { done } => (7, done),
        };
        self.doing
            .store(index as u64 * KINDS + kind, Ordering::Relaxed);
        // Only this thread writes: no need for an atomic addition.
        self.steps
            .store(self.steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// What was said last.
    pub(crate) fn doing(&self) -> Doing {
        let number = self.doing.load(Ordering::Relaxed);
        let index = (number / KINDS) as usize;
        match number % KINDS {
            0 => Doing::Build,
            1 => Doing::Op(index),
            2 => Doing::Check { done: index },
            3 => Doing::SecondRun(index),
            4 => Doing::Race { heap: index },
            5 => Doing::Blocks { done: index },
            6 => Doing::FreeLists { done: index },
            _ => Doing::BadPointers { done: index },
        }
    }

    /// Watches for as long as the process lives; ends it, with a verdict, when
    /// the heap hangs.
    pub(crate) fn watch(&self) -> ! {
        const LOOK_EVERY: Duration = Duration::from_millis(50);
        let mut seen = self.steps.load(Ordering::Relaxed);
        let mut since = Instant::now();
        loop {
            thread::sleep(LOOK_EVERY);
            let task = self
                .task
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let steps = self.steps.load(Ordering::Relaxed);
            match task {
                Some(task) if steps == seen => {
                    if since.elapsed() > task.timeout {
                        self.give_up(&task);
                    }
                }
                _ => (seen, since) = (steps, Instant::now()),
            }
        }
    }

    fn give_up(&self, task: &Watched) -> ! {
        let (code, message) = endless_loop(task.timeout);
        let fault = FaultReport::ending(code, &message, Some(self.doing()), Some(&task.trace));
        self.send(&Reply::Faulty(fault));
        process::exit(1)
    }
}
