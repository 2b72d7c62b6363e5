//! Sees an endless loop: how long has the heap under test been at the same
//! operation? So it ends a row, and not the patience of whoever waits.

use super::doing::Doing;
use super::fault_report::{FaultReport, endless_loop};
use super::protocol::{Reply, send};
use heaplab_trace::Trace;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Kept up to date by the thread that works, looked at by the watchdog.
#[derive(Default)]
pub(super) struct Progress {
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

const KINDS: u64 = 7;

impl Progress {
    /// A task begins; without a step for `timeout` it hangs.
    pub(super) fn begin(&self, trace: Arc<Trace>, timeout: Duration) {
        self.step(Doing::Build);
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Watched { trace, timeout });
    }

    /// The task is done, one way or the other.
    pub(super) fn end(&self) {
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The heap is about to do this.
    pub(super) fn step(&self, doing: Doing) {
        let (kind, index) = match doing {
            Doing::Build => (0, 0),
            Doing::Op(index) => (1, index),
            Doing::Check { done } => (2, done),
            Doing::SecondRun(index) => (3, index),
            Doing::Race { heap } => (4, heap),
            Doing::Blocks { done } => (5, done),
            Doing::FreeLists { done } => (6, done),
        };
        self.doing
            .store(index as u64 * KINDS + kind, Ordering::Relaxed);
        // Only this thread writes: no need for an atomic addition.
        self.steps
            .store(self.steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// What was said last.
    pub(super) fn doing(&self) -> Doing {
        let number = self.doing.load(Ordering::Relaxed);
        let index = (number / KINDS) as usize;
        match number % KINDS {
            0 => Doing::Build,
            1 => Doing::Op(index),
            2 => Doing::Check { done: index },
            3 => Doing::SecondRun(index),
            4 => Doing::Race { heap: index },
            5 => Doing::Blocks { done: index },
            _ => Doing::FreeLists { done: index },
        }
    }

    /// Watches for as long as the process lives; ends it, with a verdict, when
    /// the heap hangs.
    pub(super) fn watch(&self) -> ! {
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
                        give_up(self.doing(), &task);
                    }
                }
                _ => (seen, since) = (steps, Instant::now()),
            }
        }
    }
}

fn give_up(doing: Doing, task: &Watched) -> ! {
    let (code, message) = endless_loop(task.timeout);
    let fault = FaultReport::ending(code, &message, Some(doing), Some(&task.trace));
    send(&Reply::Faulty(fault));
    process::exit(1)
}
