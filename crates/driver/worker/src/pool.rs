//! Tasks for many workers at once, and a verdict for each task whatever
//! happens to the worker.

use crate::fault_report::endless_loop;
use crate::process::{Death, Heard, Kind, Worker};
pub use crate::terms::Terms;
use crate::{Doing, Error, FaultReport, Reply, Task};
use heaplab_trace::Trace;
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Does all tasks, `workers` at a time, and gives each answer to `done` with
/// the task's index. A task comes with its trace, to name operations by.
///
/// # Errors
/// If no worker can be started.
pub fn do_all(
    tasks: &[(Task, &Trace)],
    workers: usize,
    terms: &Terms,
    mut done: impl FnMut(usize, Reply),
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let (answers, answered) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers.min(tasks.len()) {
            let (answers, next) = (answers.clone(), &next);
            scope.spawn(move || {
                let mut desk = Desk::new(terms);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((task, trace)) = tasks.get(index) else {
                        break;
                    };
                    if answers.send((index, desk.answer(task, trace))).is_err() {
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

/// One place where tasks are done, by one worker after the other.
pub struct Desk<'a> {
    worker: Option<(Kind, Worker)>,
    terms: &'a Terms,
}

/// A worker was lost over a task.
struct Loss {
    end: End,
    /// What it said last that it was doing.
    doing: Option<Doing>,
}

impl Loss {
    /// An operation took longer than `limit`. It was the last of so many that the replay
    /// had begun, if that is known.
    fn hung(
        task: &Task,
        trace: &Trace,
        announced: Option<Doing>,
        limit: Duration,
        begun: Option<u64>,
    ) -> Loss {
        // At 0 the heap was being built, and past the end what is left is freed.
        let op_index = begun
            .and_then(|begun| usize::try_from(begun).ok()?.checked_sub(1))
            .filter(|&index| index < trace.ops().len());
        let doing = match (task, announced) {
            (Task::Resident(_), _) => Some(Doing::Memory { op_index }),
            (Task::Answers(_), _) => op_index.map(Doing::Op),
            (_, Some(Doing::Race { heap, .. })) => Some(Doing::Race { heap, op_index }),
            (_, announced) => announced,
        };
        Loss {
            end: End::Hung(limit),
            doing,
        }
    }
}

enum End {
    Died(Death),
    /// It was ended after so long at one operation.
    Hung(Duration),
}

impl<'a> Desk<'a> {
    /// No worker is started yet.
    pub fn new(terms: &'a Terms) -> Desk<'a> {
        Desk {
            worker: None,
            terms,
        }
    }

    /// The answer to a task, which is a verdict if the heap takes the worker
    /// with it.
    ///
    /// # Errors
    /// If no worker can be started.
    pub fn answer(&mut self, task: &Task, trace: &Trace) -> Result<Reply, Error> {
        let mut answer = self.ask(task, trace)?;
        let died = matches!(&answer, Err(loss) if matches!(loss.end, End::Died(_)));
        if let (true, Some(announced)) = (died, task.announced()) {
            // Once more, to know at which operation.
            if let Err(loss) = self.ask(&announced, trace)? {
                answer = Err(loss);
            }
        }
        Ok(answer.unwrap_or_else(|loss| {
            let (code, message) = match &loss.end {
                End::Died(death) => death.verdict(),
                End::Hung(patience) => endless_loop(*patience),
            };
            let fault = FaultReport::ending(code, &message, loss.doing, Some(trace));
            match loss.doing {
                Some(Doing::Race { heap, .. }) => Reply::FellOut { heap, fault },
                _ => Reply::Faulty(fault),
            }
        }))
    }

    /// Has a worker do the task; the worker may be lost over it.
    fn ask(&mut self, task: &Task, trace: &Trace) -> Result<Result<Reply, Loss>, Error> {
        let json = serde_json::to_string(task).map_err(Error::new)?;
        let (kind, op_limit) = match task {
            Task::Check(_)
            | Task::Examine(_)
            | Task::Whole(_)
            | Task::Waste(_)
            | Task::Cost(_)
            | Task::Fuzz(_)
            | Task::Try(_)
            | Task::Shrink(_) => (Kind::Checking, None),
            Task::Race(race) => (Kind::Racing, Some(race.common.timeout())),
            Task::Compare(task) => (Kind::Comparing, Some(task.common.timeout())),
            Task::Answers(task) | Task::Resident(task) => {
                (Kind::Comparing, Some(task.common.timeout()))
            }
            Task::Bonus(task) => (Kind::Comparing, Some(task.common.timeout())),
            Task::Load(task) => {
                let limit = Duration::from_secs_f64(task.timeout_seconds);
                (Kind::Comparing, Some(limit))
            }
        };
        // A process whose one thread works has no watchdog thread, so whether it sleeps
        // is seen from here.
        let may_sleep = op_limit.filter(|_| self.terms.is_the_worker);
        let is_alone = matches!(task, Task::Resident(_)) || task.loads_a_library();
        if is_alone && let Some((_, last)) = self.worker.take() {
            // What was done before would be part of what is measured.
            drop(last.bury());
        }
        let mut worker = self.worker(kind)?;
        worker.send(&json);
        let mut doing = matches!(task, Task::Load(_)).then_some(Doing::Load);
        loop {
            match worker.receive(self.terms.patience, may_sleep) {
                Heard::Reply(Reply::Alive) => {}
                Heard::Reply(Reply::Announce(announced)) => doing = Some(announced),
                Heard::Reply(Reply::Progress(how_far)) => (self.terms.on_progress)(&how_far),
                Heard::Reply(Reply::Stuck { begun }) => {
                    drop(worker.bury());
                    let limit = op_limit.unwrap_or(self.terms.patience);
                    return Ok(Err(Loss::hung(task, trace, doing, limit, Some(begun))));
                }
                Heard::Reply(reply) => {
                    // Where a heap panicked or hung, who knows what it left
                    // behind: the next task gets a fresh process.
                    match &reply {
                        Reply::Faulty(_) | Reply::FellOut { .. } => drop(worker.bury()),
                        _ if task.loads_a_library() => drop(worker.bury()),
                        _ => self.worker = Some((kind, worker)),
                    }
                    return Ok(Ok(reply));
                }
                Heard::Sleep(slept) | Heard::Silence(slept) => {
                    drop(worker.bury());
                    return Ok(Err(Loss::hung(task, trace, doing, slept, None)));
                }
                Heard::Death => {
                    let end = End::Died(worker.bury());
                    return Ok(Err(Loss { end, doing }));
                }
            }
        }
    }

    /// A worker of this kind: the last one, if it is.
    fn worker(&mut self, kind: Kind) -> Result<Worker, Error> {
        match self.worker.take() {
            Some((of_kind, worker)) if of_kind == kind => return Ok(worker),
            Some((_, other)) => drop(other.bury()),
            None => {}
        }
        Worker::start(kind, self.terms)
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        if let Some((_, worker)) = self.worker.take() {
            worker.bury();
        }
    }
}

impl Death {
    /// A stable name and words for how the heap ended its process.
    fn verdict(&self) -> (&'static str, String) {
        if self.last_words.contains("overflowed its stack") {
            return (
                "stack-overflow",
                "the stack overflowed: an endless recursion?".to_owned(),
            );
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
                    format!("the process died of signal {signal}{}", name_of(signal))
                }
                (_, Some(code)) => format!("the heap ended the process with exit code {code}"),
                _ => "the process ended".to_owned(),
            },
            None => "the process ended".to_owned(),
        };
        ("crash", message)
    }
}

const KILLED: i32 = 9;

/// The signals that broken programs die of; the numbers are the same on all of
/// Linux and macOS.
fn name_of(signal: i32) -> &'static str {
    match signal {
        4 => " (an illegal instruction)",
        6 => " (it aborted)",
        8 => " (a division by zero)",
        11 => " (an access to memory that is not there)",
        _ => "",
    }
}
