//! Runs jobs in several workers at once, with a verdict for each job even if its worker is lost.

use crate::fault_report::endless_loop;
use crate::message::{Message, Request};
pub use crate::options::WorkerOptions;
use crate::process::{Death, Heard, MOST_PRINTED_BYTES, Worker};
use crate::{Activity, Error, Failed, FaultReport, Job, Process};
use heaplab_replay::foreign;
use heaplab_trace::Trace;
use serde_json::value::RawValue;
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The outcome of a job: its answer, or the fault of a heap that left none.
pub type Outcome<J> = Result<<J as Job>::Answer, Box<Failed>>;

/// Does all jobs, `workers` at a time, and gives each outcome to `done` with
/// the job's index. A job comes with its trace, to name operations by.
///
/// # Errors
/// If no worker can be started, or a job can't be done on this host.
pub fn do_all<J: Job>(
    jobs: &[(J, &Trace)],
    workers: usize,
    worker_options: &WorkerOptions,
    mut done: impl FnMut(usize, Outcome<J>),
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let (answers, answered) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers.min(jobs.len()) {
            let (answers, next) = (answers.clone(), &next);
            scope.spawn(move || {
                let mut slot = WorkerSlot::new(worker_options);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((job, trace)) = jobs.get(index) else {
                        break;
                    };
                    if answers.send((index, slot.answer(job, trace))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(answers);
        for (index, answer) in answered {
            done(index, answer?);
        }
        Ok(())
    })
}

/// Does one job.
///
/// # Errors
/// As for [`do_all`].
pub fn do_one<J: Job>(
    job: &J,
    trace: &Trace,
    worker_options: &WorkerOptions,
) -> Result<Outcome<J>, Error> {
    WorkerSlot::new(worker_options).answer(job, trace)
}

/// A slot where jobs are done, by one worker after the other.
pub struct WorkerSlot<'a> {
    worker: Option<(Process, Worker)>,
    worker_options: &'a WorkerOptions,
}

/// The loss of a worker during a job.
struct Loss {
    end: End,
    /// What it announced last.
    activity: Option<Activity>,
}

enum End {
    Died(Death),
    /// It was ended after this long at one operation.
    Hung(Duration),
    /// It said nothing for this long, and the host let it use hardly any processor time.
    Starved(Duration),
    /// It printed without end.
    Flooded,
}

impl Reply {
    /// Returns how this host ended the worker, which says nothing about the heap.
    fn trouble_of_host(&self) -> Option<String> {
        match self {
            Reply::Lost(Loss { end: End::Died(death), .. }) => death.trouble_of_host(),
            Reply::Lost(Loss { end: End::Starved(time), .. }) => Some(format!(
                "error: the heap's process got hardly any processor time in {} seconds",
                time.as_secs()
            )),
            _ => None,
        }
    }
}

/// The result of asking a worker.
enum Reply {
    Answer(Box<RawValue>),
    Failed(Box<Failed>),
    /// The worker can't do it, for this reason.
    Impossible(String),
    Lost(Loss),
}

impl<'a> WorkerSlot<'a> {
    /// Returns a slot without a worker.
    pub fn new(worker_options: &'a WorkerOptions) -> WorkerSlot<'a> {
        WorkerSlot { worker: None, worker_options }
    }

    /// Returns the outcome of a job: a fault if the heap ends the worker.
    ///
    /// # Errors
    /// If no worker can be started, or the job can't be done on this host.
    pub fn answer<J: Job>(&mut self, job: &J, trace: &Trace) -> Result<Outcome<J>, Error> {
        let mut reply = self.ask(job, trace, false)?;
        let has_died =
            |reply: &Reply| matches!(reply, Reply::Lost(loss) if matches!(loss.end, End::Died(_)));
        if self.worker_options.blames_the_heap && reply.trouble_of_host().is_some() {
            // Perhaps it does not happen again.
            reply = self.ask(job, trace, true)?;
            if let Some(why) = reply.trouble_of_host() {
                return Err(Error::new(why));
            }
        }
        if J::IS_REPEATED && has_died(&reply) {
            // Repeated to find out at which operation. If the second worker survives, the heap does
            // not behave the same twice, and the first loss counts.
            let again = self.ask(job, trace, true)?;
            if matches!(again, Reply::Lost(_)) && again.trouble_of_host().is_none() {
                reply = again;
            }
        }
        match reply {
            Reply::Answer(answer) => {
                let answer = serde_json::from_str(answer.get());
                answer.map(Ok).map_err(|error| {
                    Error::new(format!("error: a worker's answer can't be read: {error}"))
                })
            }
            Reply::Failed(failed) => Ok(Err(failed)),
            Reply::Impossible(why) if self.worker_options.blames_the_heap => {
                let message =
                    format!("the heap can't be run: {}", why.trim_start_matches("error: "));
                let fault = FaultReport::ending("not-run", &message, None, None);
                Ok(Err(Failed::new(fault, None)))
            }
            Reply::Impossible(why) => Err(Error::new(why)),
            Reply::Lost(loss) => Ok(Err(loss.verdict(trace))),
        }
    }

    /// Sends the job to a worker, which may be lost during it.
    fn ask<J: Job>(&mut self, job: &J, trace: &Trace, announce: bool) -> Result<Reply, Error> {
        let request = Request { job: J::NAME.to_owned(), announce, request: job };
        let request = serde_json::to_string(&request).map_err(Error::new)?;
        // A process with one thread has no watchdog thread, so this side sees whether it sleeps.
        let op_limit = J::PROCESS.one_thread.then(|| job.timeout());
        let may_sleep = op_limit.filter(|_| self.worker_options.is_the_worker);
        if job.is_alone()
            && let Some((_, last)) = self.worker.take()
        {
            drop(last.bury());
        }
        let mut worker = self.worker(J::PROCESS)?;
        worker.send(&request);
        let mut activity = None;
        let lost = |worker: Worker, activity, end, begun: Option<u64>| {
            drop(worker.bury());
            // At 0 the heap was being built; past the end, the remaining blocks are freed.
            let op_index = begun
                .and_then(|begun| usize::try_from(begun).ok()?.checked_sub(1))
                .filter(|&index| index < trace.ops().len());
            Reply::Lost(Loss { end, activity: job.activity(activity, op_index) })
        };
        let is_cancelled = self.worker_options.is_cancelled.as_deref();
        loop {
            match worker.receive(self.worker_options.patience, may_sleep, is_cancelled) {
                Heard::Message(Message::Alive) => {}
                Heard::Message(Message::Announce(announced)) => activity = Some(announced),
                Heard::Message(Message::Progress(how_far)) => {
                    (self.worker_options.on_progress)(&how_far)
                }
                Heard::Message(Message::Stuck { begun }) => {
                    let limit = op_limit.unwrap_or(self.worker_options.patience);
                    return Ok(lost(worker, activity, End::Hung(limit), Some(begun)));
                }
                Heard::Message(Message::Failed(failed)) => {
                    // A heap that panicked or hung may have left damage behind: the next job gets a
                    // fresh process.
                    drop(worker.bury());
                    return Ok(Reply::Failed(failed.received()));
                }
                Heard::Message(Message::Answer(answer)) => {
                    if job.is_alone() {
                        drop(worker.bury())
                    } else {
                        self.worker = Some((J::PROCESS, worker))
                    }
                    return Ok(Reply::Answer(answer));
                }
                Heard::Message(Message::Impossible(why)) => {
                    drop(worker.bury());
                    return Ok(Reply::Impossible(why));
                }
                Heard::Sleep(slept) | Heard::Silence(slept) => {
                    return Ok(lost(worker, activity, End::Hung(slept), None));
                }
                Heard::Flood => return Ok(lost(worker, activity, End::Flooded, None)),
                Heard::Starvation(time) => {
                    return Ok(lost(worker, activity, End::Starved(time), None));
                }
                Heard::Cancelled => {
                    drop(worker.bury());
                    return Err(Error::new("error: the job was cancelled"));
                }
                Heard::Death => {
                    let end = End::Died(worker.bury());
                    return Ok(Reply::Lost(Loss { end, activity }));
                }
            }
        }
    }

    /// Returns a worker in the given kind of process: the last one, if it is of this kind.
    fn worker(&mut self, process: Process) -> Result<Worker, Error> {
        match self.worker.take() {
            Some((last, worker)) if last == process => return Ok(worker),
            Some((_, other)) => drop(other.bury()),
            None => {}
        }
        Worker::start(process, self.worker_options)
    }
}

impl Drop for WorkerSlot<'_> {
    fn drop(&mut self) {
        if let Some((_, worker)) = self.worker.take() {
            worker.bury();
        }
    }
}

impl Loss {
    /// Returns the fault of the heap that ended the worker.
    fn verdict(&self, trace: &Trace) -> Box<Failed> {
        let (code, message) = match &self.end {
            End::Died(death) => death.verdict(),
            End::Hung(patience) | End::Starved(patience) => endless_loop(*patience),
            End::Flooded => (
                "output-flood",
                format!("the heap printed more than {} MiB", MOST_PRINTED_BYTES >> 20),
            ),
        };
        let mut fault = FaultReport::ending(code, &message, self.activity, Some(trace));
        if let End::Died(death) = &self.end {
            fault.frames.0 = death.foreign().map_or(Vec::new(), |end| end.frames);
        }
        let contender = match self.activity {
            Some(Activity::TimeHeaps { heap, .. }) => Some(heap),
            _ => None,
        };
        Failed::new(fault, contender)
    }
}

impl Death {
    /// Returns how this host ended the process, if it did. A confined heap can send its process
    /// only the signal with which programs abort, so these are from outside: the kernel's, when
    /// memory is short, or a person's.
    fn trouble_of_host(&self) -> Option<String> {
        let signal = self.status?.signal()?;
        matches!(signal, HUNG_UP | INTERRUPTED | KILLED | TERMINATED).then(|| {
            format!("error: the heap's process was ended from outside, by signal {signal}")
        })
    }

    /// Returns what code in another language said when it ended its process.
    fn foreign(&self) -> Option<foreign::End> {
        foreign::End::find(&self.last_words)
    }

    /// Returns a stable name and words for how the heap ended its process.
    fn verdict(&self) -> (&'static str, String) {
        if let Some(end) = self.foreign() {
            let is_overflow = end.code == "stack-overflow";
            return (if is_overflow { "stack-overflow" } else { "crash" }, end.to_string());
        }
        if self.last_words.contains("overflowed its stack") {
            return ("stack-overflow", "the stack overflowed: an endless recursion?".to_owned());
        }
        if self.last_words.contains("memory allocation of") {
            let message = "the heap took too much memory from the host; its data belongs in the simulated heap, got with sbrk";
            return ("host-memory", message.to_owned());
        }
        let message = match self.status {
            Some(status) => match (status.signal(), status.code()) {
                (Some(KILLED), _) => {
                    "the process was killed, perhaps by the host because memory ran out".to_owned()
                }
                (Some(signal), _) => {
                    format!("the process was ended by signal {signal}{}", name_of(signal))
                }
                (_, Some(code)) => format!("the heap ended the process with exit code {code}"),
                _ => "the process ended".to_owned(),
            },
            None => "the process ended".to_owned(),
        };
        ("crash", message)
    }
}

const HUNG_UP: i32 = 1;
const INTERRUPTED: i32 = 2;
const KILLED: i32 = 9;
const TERMINATED: i32 = 15;

/// Returns words for the signals that end broken programs; their numbers are the same on Linux and
/// macOS.
fn name_of(signal: i32) -> &'static str {
    match signal {
        4 => " (an illegal instruction)",
        6 => " (it aborted)",
        8 => " (a division by zero)",
        11 => " (an access to invalid memory)",
        _ => "",
    }
}
