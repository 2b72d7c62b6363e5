//! What a job has at hand in the worker: the heaps, the trace, and the watch over each operation.

use crate::entries::Entries;
use crate::line::Replies;
use crate::memory_limit::MemoryLimit;
use crate::message::Message;
use crate::watchdog::Progress;
use crate::{Activity, Common, Error, Failed, FaultReport, TraceSource};
use heaplab_replay::{Heartbeat, keep_stack};
use heaplab_trace::Trace;
use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where the last panic was and its message. Only the hook knows the place, and only `catch_unwind`
/// knows that the panic is over.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// The place where a worker does jobs, one after the other.
pub struct JobContext<'a> {
    pub(crate) heaps: &'a Entries,
    progress: &'a Progress,
    memory: MemoryLimit,
    /// The trace read last: jobs come trace by trace.
    loaded: Option<(TraceSource, Arc<Trace>)>,
    /// Whether each step is announced.
    announces: bool,
}

impl<'a> JobContext<'a> {
    pub(crate) fn new(
        heaps: &'a Entries,
        progress: &'a Progress,
        host_bytes: u64,
    ) -> JobContext<'a> {
        keep_panics();
        JobContext {
            heaps,
            progress,
            memory: MemoryLimit::new(host_bytes),
            loaded: None,
            announces: false,
        }
    }

    /// Starts a job without a watch and without a memory limit.
    pub(crate) fn start_job(&mut self, announces: bool) {
        self.announces = announces;
        self.memory.set(None);
    }

    pub(crate) fn end_job(&mut self) {
        self.progress.end();
        self.memory.lift();
    }

    /// Reads the trace, unless it was read last, and starts the watch.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn begin(&mut self, source: &TraceSource, common: Common) -> Result<Arc<Trace>, Error> {
        let trace = self.read(source, common)?;
        self.watch_over(Arc::clone(&trace), common.timeout());
        Ok(trace)
    }

    /// Reads the trace, unless it was read last.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(&mut self, source: &TraceSource, common: Common) -> Result<Arc<Trace>, Error> {
        let (source, trace) = match self.loaded.take() {
            Some((loaded, trace)) if loaded == *source => (loaded, trace),
            _ => {
                self.memory.lift();
                (source.clone(), Arc::new(source.read(&common.reading)?))
            }
        };
        self.memory.set(Some(&trace));
        self.loaded = Some((source, Arc::clone(&trace)));
        Ok(trace)
    }

    /// Starts the watch: if no step is made for `timeout`, the heap hangs. The trace names the
    /// operation.
    pub fn watch_over(&self, trace: Arc<Trace>, timeout: Duration) {
        self.progress.begin(trace, timeout);
    }

    /// Starts the watch without a trace, in a process with one thread.
    pub fn limit(&self, timeout: Duration) {
        self.progress.limit(timeout);
    }

    /// Notes that the heap is about to do this.
    pub fn step(&self, activity: impl Into<Activity>) {
        let activity = activity.into();
        self.progress.step(activity);
        if self.announces {
            self.announce(activity);
        }
    }

    /// Announces what the heap is about to do, so that this is known if the process is lost.
    pub fn announce(&self, activity: Activity) {
        self.replies().send(&Message::Announce(activity));
    }

    /// Notes that the contender at this place is about to be timed.
    pub fn now_races(&self, heap: usize) {
        let activity = Activity::TimeHeaps { heap, op_index: None };
        self.progress.step(activity);
        self.announce(activity);
    }

    /// Reports the progress of a long job.
    pub fn say(&self, how_far: String) {
        self.replies().send(&Message::Progress(how_far));
    }

    /// Returns the heartbeat that every operation moves.
    pub fn heartbeat(&self) -> &'static Heartbeat {
        self.progress.heartbeat()
    }

    /// Does some work with a heap, and turns a panic into a fault.
    ///
    /// # Errors
    /// If the heap panics.
    pub fn catch<T>(&self, trace: &Trace, work: impl FnOnce() -> T) -> Result<T, Box<Failed>> {
        panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
            let message = format!("the heap panicked: {}", last_panic().unwrap_or_default());
            let activity = self.progress.activity();
            let contender = match activity {
                Activity::TimeHeaps { heap, .. } => Some(heap),
                _ => None,
            };
            let fault = FaultReport::ending("panic", &message, Some(activity), Some(trace));
            Failed::new(fault, contender)
        })
    }

    pub(crate) fn replies(&self) -> &Replies {
        self.progress.replies()
    }
}

/// Keeps what each panic says and where it was, for [`last_panic`], and prints nothing.
pub fn keep_panics() {
    panic::set_hook(Box::new(|panic| {
        keep_stack();
        let message = panic_message(panic.payload());
        let place = panic.location().map_or(String::new(), |place| format!(" ({place})"));
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(format!("{message}{place}"));
    }));
}

/// Returns what the last panic of this process said, and where it was; none if already returned.
pub fn last_panic() -> Option<String> {
    LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("with a value that is not text")
}
