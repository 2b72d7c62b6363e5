//! Detects an endless loop: for how long has the heap under test been at the same operation? The
//! loop then ends a row, and the command goes on.
//!
//! Time is CPU time of the process itself, or time that it slept, so a busy machine does not make a
//! heap look slow.

use crate::fault_report::endless_loop;
use crate::line::{Replies, number_between};
use crate::message::Message;
use crate::task_state::Stat;
use crate::{Activity, Failed, FaultReport};
use heaplab_host::RunningThread;
use heaplab_host::time_limit::{self, Says};
use heaplab_replay::{Frame, Heartbeat};
use heaplab_trace::Trace;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::time::{ClockId, clock_gettime};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The heartbeat that every step moves, so that a standstill can be seen.
static HEARTBEAT: Heartbeat = Heartbeat::new();

/// Whether the message about a heap that hangs names the function that it hangs in.
static NAMES_FUNCTIONS: AtomicBool = AtomicBool::new(false);

/// Makes the message about a heap that hangs name the function that it hangs in. A program that
/// grades does not call this: where in its loop a heap is found is chance.
pub fn name_functions() {
    NAMES_FUNCTIONS.store(true, Ordering::Relaxed);
}

/// The state that the thread that works updates, and the watchdog reads.
pub(crate) struct Progress {
    replies: Replies,
    /// A [`Activity`] as a number: kind in the low bits, index above.
    activity: AtomicU64,
    /// The task at hand, if another thread watches it.
    task: Mutex<Option<Watched>>,
    /// Where the kernel shows the state of the thread that works; set when it starts. Without such
    /// a thread the process is watched by its own timer.
    worker: OnceLock<Option<PathBuf>>,
    /// The thread that works; set when it starts.
    thread: OnceLock<RunningThread>,
    one_thread: bool,
}

#[derive(Clone)]
struct Watched {
    trace: Arc<Trace>,
    timeout: Duration,
}

const KINDS: u64 = 8;

impl Progress {
    /// Returns the progress with replies to `replies`. If the process works in its only thread, a
    /// timer of the kernel watches it, and otherwise [`watch`](Progress::watch).
    pub(crate) fn new(replies: Replies, one_thread: bool) -> Progress {
        if one_thread {
            let (stuck, stuck_end) = number_between(&replies, |begun| Message::Stuck { begun });
            let says = Says { alive: replies.line(&Message::Alive), stuck, stuck_end };
            time_limit::install(&HEARTBEAT, says);
        }
        Progress {
            replies,
            activity: AtomicU64::default(),
            task: Mutex::default(),
            worker: OnceLock::new(),
            thread: OnceLock::new(),
            one_thread,
        }
    }

    /// Returns the heartbeat that every operation moves.
    pub(crate) fn heartbeat(&self) -> &'static Heartbeat {
        &HEARTBEAT
    }

    /// Notes that the calling thread is the one that works.
    pub(crate) fn works_here(&self) {
        let _ = self.worker.set(crate::task_state::of_this_thread());
        let _ = self.thread.set(RunningThread::this());
    }

    /// Returns where replies go.
    pub(crate) fn replies(&self) -> &Replies {
        &self.replies
    }

    /// Begins a task; it hangs if no step is made for `timeout`. The trace names the operation.
    pub(crate) fn begin(&self, trace: Arc<Trace>, timeout: Duration) {
        self.step(Activity::Build);
        if self.one_thread {
            self.limit(timeout);
            return;
        }
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Watched { trace, timeout });
    }

    /// Begins a task without a trace, in a process with one thread.
    pub(crate) fn limit(&self, timeout: Duration) {
        HEARTBEAT.start();
        time_limit::set(timeout);
    }

    /// Ends the task, answered or not.
    pub(crate) fn end(&self) {
        if self.one_thread {
            time_limit::lift();
        }
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that the heap is about to do this.
    pub(crate) fn step(&self, activity: Activity) {
        let (kind, index) = match activity {
            Activity::Build => (0, 0),
            Activity::Op(index) => (1, index),
            Activity::Check { done } => (2, done),
            Activity::SecondRun(index) => (3, index),
            Activity::TimeHeaps { heap, .. } => (4, heap),
            Activity::Blocks { done } => (5, done),
            Activity::FreeLists { done } => (6, done),
            Activity::BadPointers { done } => (7, done),
            // These are reported only by the side that asks, for a worker that is lost.
            Activity::Memory { .. } | Activity::Load => (0, 0),
        };
        self.activity.store(index as u64 * KINDS + kind, Ordering::Relaxed);
        HEARTBEAT.beat();
    }

    /// Returns the step that was noted last.
    pub(crate) fn activity(&self) -> Activity {
        let number = self.activity.load(Ordering::Relaxed);
        let index = (number / KINDS) as usize;
        match number % KINDS {
            0 => Activity::Build,
            1 => Activity::Op(index),
            2 => Activity::Check { done: index },
            3 => Activity::SecondRun(index),
            4 => Activity::TimeHeaps { heap: index, op_index: None },
            5 => Activity::Blocks { done: index },
            6 => Activity::FreeLists { done: index },
            _ => Activity::BadPointers { done: index },
        }
    }

    /// Watches for as long as the process lives; ends it, with a verdict, when the heap hangs.
    /// While operations begin, sends a message each second.
    pub(crate) fn watch(&self) -> ! {
        const LOOK_EVERY: Duration = Duration::from_millis(50);
        const ALIVE_EVERY: Duration = Duration::from_secs(1);
        let mut standstill = Standstill::new(HEARTBEAT.begun(), Look::now(None));
        let mut said = Instant::now();
        loop {
            wait(LOOK_EVERY);
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let worker = self.worker.get().and_then(Option::as_ref);
            let look = Look::now(worker.and_then(|path| Stat::read(path)));
            let Some(task) = task else {
                standstill = Standstill::new(HEARTBEAT.begun(), look);
                continue;
            };
            if standstill.has_moved(HEARTBEAT.begun(), look) {
                if said.elapsed() >= ALIVE_EVERY {
                    self.replies.send_without_lock(&Message::Alive);
                    said = Instant::now();
                }
            } else if standstill.is_longer_than(task.timeout, look) {
                self.give_up(&task);
            }
        }
    }

    fn give_up(&self, task: &Watched) -> ! {
        const WAIT: Duration = Duration::from_secs(5);
        let (code, mut message) = endless_loop(task.timeout);
        let thread = self.thread.get().filter(|_| NAMES_FUNCTIONS.load(Ordering::Relaxed));
        let frames = thread.map_or_else(Vec::new, |thread| thread.frames(WAIT));
        if let (Some(text), false) = (message.strip_suffix('?'), frames.is_empty()) {
            message = format!("{text} in {}", function_of(&frames));
        }
        let activity = Some(self.activity());
        let mut fault = FaultReport::ending(code, &message, activity, Some(&task.trace));
        fault.frames.0 = frames;
        self.replies.send_without_lock(&Message::Failed(*Box::<Failed>::from(fault)));
        process::exit(1)
    }
}

/// Returns where a heap hangs, in words: its function and line, and the callers.
fn function_of(frames: &[Frame]) -> String {
    const CALLERS: usize = 3;
    let Some((inner, outer)) = frames.split_first() else {
        return String::new();
    };
    let callers: Vec<String> =
        outer.iter().take(CALLERS).map(|frame| format!("by `{}`", frame.function)).collect();
    let called = if callers.is_empty() { "" } else { ", called " };
    let Frame { function, file, line } = inner;
    format!("`{function}` ({file}:{line}){called}{}", callers.join(", "))
}

/// Waits this long. Ends the process if the reader of its replies is gone: it was killed, and
/// nothing else would end a search that has hours left.
fn wait(time: Duration) {
    let out = rustix::stdio::stdout();
    let mut polled = [PollFd::new(&out, PollFlags::empty())];
    let timeout = Timespec::try_from(time).ok();
    match poll(&mut polled, timeout.as_ref()) {
        Ok(0) => (),
        Ok(_) if polled[0].revents().contains(PollFlags::ERR) => process::exit(1),
        // Standard output is closed, or the wait was interrupted.
        _ => thread::sleep(time),
    }
}

/// The state of the process that a watchdog sees at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Wall-clock time.
    at: Instant,
    /// CPU time that the process has used.
    cpu: Duration,
    /// Whether the thread that works sleeps; none if the host does not show it.
    sleeps: Option<bool>,
}

impl Look {
    fn now(stat: Option<Stat>) -> Look {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        Look {
            at: Instant::now(),
            cpu: Duration::try_from(cpu).unwrap_or_default(),
            sleeps: stat.map(|stat| stat.sleeps),
        }
    }
}

/// How long the current operation has been running.
pub(crate) struct Standstill {
    begun: u64,
    /// What was seen when the operation had just begun.
    since: Look,
    /// Since when the thread that works was asleep at every look.
    asleep_since: Option<Instant>,
}

/// If the host does not show whether a thread sleeps, a thread that uses almost no CPU time for
/// this many times its limit counts as asleep.
const WITHOUT_A_WORD: u32 = 4;

impl Standstill {
    fn new(begun: u64, look: Look) -> Standstill {
        Standstill { begun, since: look, asleep_since: None }
    }

    /// Returns whether an operation has begun since the last look.
    fn has_moved(&mut self, begun: u64, look: Look) -> bool {
        if begun != self.begun {
            *self = Standstill::new(begun, look);
            return true;
        }
        self.asleep_since = match look.sleeps {
            Some(true) => self.asleep_since.or(Some(look.at)),
            _ => None,
        };
        false
    }

    /// Returns whether the operation has used CPU time, or slept, for more than `limit`. Time that
    /// it waits for a processor or a disk does not count.
    fn is_longer_than(&self, limit: Duration, look: Look) -> bool {
        let used = look.cpu.saturating_sub(self.since.cpu);
        let passed = look.at - self.since.at;
        let slept = self.asleep_since.map(|since| look.at - since);
        let idle = look.sleeps.is_none()
            && passed > limit.saturating_mul(WITHOUT_A_WORD)
            && used < passed / 100;
        used > limit || slept.is_some_and(|slept| slept > limit) || idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMIT: Duration = Duration::from_secs(10);

    /// Looks each second at a thread that uses `cpu_percent` of the processor. Returns at which
    /// look it is found to hang, if at any of a thousand.
    fn found(cpu_percent: u32, sleeps: impl Fn(u32) -> Option<bool>) -> Option<u32> {
        let start = Instant::now();
        let look = |second: u32| Look {
            at: start + SECOND * second,
            cpu: SECOND * second * cpu_percent / 100,
            sleeps: sleeps(second),
        };
        let mut standstill = Standstill::new(7, look(0));
        (1..1000).find(|&second| {
            assert!(!standstill.has_moved(7, look(second)));
            standstill.is_longer_than(LIMIT, look(second))
        })
    }

    #[test]
    fn only_time_that_the_process_used_or_slept_counts() {
        let awake = |_| Some(false);
        assert_eq!(found(100, awake), Some(11));
        assert_eq!(found(5, awake), Some(201), "on a busy machine");
        assert_eq!(found(0, awake), None, "it gets no processor at all");
        assert_eq!(found(0, |_| Some(true)), Some(12));
        assert_eq!(found(0, |second| Some(second % 5 != 0)), None);
    }

    #[test]
    fn a_standstill_is_found_later_if_sleep_is_unknown() {
        assert_eq!(found(0, |_| None), Some(41));
        assert_eq!(found(100, |_| None), Some(11));
    }

    #[test]
    fn a_new_operation_restarts_the_time_limit() {
        let look = |cpu| Look { at: Instant::now(), cpu, sleeps: None };
        let mut standstill = Standstill::new(1, look(SECOND));
        assert!(standstill.has_moved(2, look(9 * SECOND)));
        assert!(!standstill.is_longer_than(LIMIT, look(19 * SECOND)));
        assert!(!standstill.has_moved(2, look(20 * SECOND)));
        assert!(standstill.is_longer_than(LIMIT, look(20 * SECOND)));
    }
}
