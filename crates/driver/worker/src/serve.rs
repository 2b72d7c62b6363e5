//! The worker's side: does tasks until there are no more.

use crate::arguments::usage;
use crate::contender::Contender;
use crate::hunt;
use crate::line::Replies;
use crate::memory_limit::MemoryLimit;
use crate::secret::Secret;
use crate::watchdog::Progress;
use crate::{
    Arguments, CheckTask, Common, CostTask, Diagnosis, Doing, Error, ExamineTask, FaultReport,
    HeapPicture, Heaps, RaceTask, Reply, Task, TraceSource, WORKER, WasteTask,
};
use heaplab_replay::{
    Budget, Course, Examination, Kind, Moment, Program, Racer, Settings, Steps, Stopped, take_turns,
};
use heaplab_trace::Trace;
use heaplab_waste as waste;
use std::any::Any;
use std::env;
use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::{self, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The stack of the thread that works: as large as a main thread's is by
/// default, whatever the limits of the shell are.
const STACK_BYTES: usize = 8 << 20;

/// Where the last panic was and what it said. The hook knows the place, and
/// only `catch_unwind` that it is over.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// The whole of a program that is a worker and nothing else: serves with these
/// heaps, as its command line says.
pub fn main(heaps: &Heaps) -> ExitCode {
    let words: Vec<String> = env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let arguments = match words.split_first() {
        Some((first, rest)) if first == WORKER => Arguments::parse(rest),
        _ => Err(usage(&format!("`{WORKER}` is expected"))),
    };
    match arguments.and_then(|arguments| serve(heaps, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started it reads it; if nobody does, nobody needs to know.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

/// Reads the secret and then tasks from standard input until it ends, and does
/// them.
///
/// # Errors
/// If there is no secret, or the host gives no thread.
pub fn serve(heaps: &Heaps, arguments: Arguments) -> Result<(), Error> {
    let memory = MemoryLimit::new(arguments.host_bytes);
    panic::set_hook(Box::new(|panic| {
        let message = panic_message(panic.payload());
        let place = panic
            .location()
            .map_or(String::new(), |place| format!(" ({place})"));
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(format!("{message}{place}"));
    }));
    let progress = Progress::new(Replies::new(read_secret()?), arguments.one_thread);
    let mut bench = Bench {
        heaps,
        progress: &progress,
        memory,
        loaded: None,
    };
    if arguments.one_thread {
        bench.do_tasks();
        return Ok(());
    }
    thread::scope(|scope| {
        let work = move || {
            bench.progress.works_here();
            bench.do_tasks();
            process::exit(0)
        };
        thread::Builder::new()
            .name("heap".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| Error::new(format!("error: no thread to work in: {error}")))?;
        progress.watch()
    })
}

/// The first line that a worker is sent.
fn read_secret() -> Result<Secret, Error> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(Error::new)?;
    Secret::read(&line).ok_or_else(|| usage("the first line on standard input is no secret"))
}

pub(crate) struct Bench<'a> {
    pub(crate) heaps: &'a Heaps,
    pub(crate) progress: &'a Progress,
    memory: MemoryLimit,
    /// The trace read last: tasks come trace by trace.
    loaded: Option<(TraceSource, Arc<Trace>)>,
}

impl Bench<'_> {
    fn do_tasks(&mut self) {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            self.do_task(&line);
        }
    }

    fn do_task(&mut self, line: &str) {
        let task = serde_json::from_str(line);
        self.memory.set(None);
        let answer = match task {
            Ok(Task::Check(task)) => self.check(&task),
            Ok(Task::Examine(task)) => self.examine(&task),
            Ok(Task::Whole(task)) => self.whole(&task),
            Ok(Task::Race(task)) => self.race(&task),
            Ok(Task::Waste(task)) => self.waste(&task),
            Ok(Task::Cost(task)) => self.cost(&task),
            Ok(Task::Compare(task)) => self.compare(&task),
            Ok(Task::Answers(task)) => self.answers(&task),
            Ok(Task::Resident(task)) => self.resident(&task),
            Ok(Task::Bonus(task)) => self.bonus(&task),
            Ok(Task::Load(task)) => self.load(&task),
            Ok(Task::Fuzz(task)) => hunt::fuzz_heap(self.heaps, self.progress, &task),
            Ok(Task::Try(task)) => hunt::try_trace(self.heaps, self.progress, &task),
            Ok(Task::Shrink(task)) => hunt::shrink_trace(self.heaps, self.progress, &task),
            Err(error) => Err(Error::new(error)),
        };
        self.progress.end();
        self.memory.lift();
        match answer {
            Ok(answer) => self.progress.send(&answer),
            Err(error) => self.progress.send(&Reply::Impossible(error.to_string())),
        }
    }

    fn check(&mut self, task: &CheckTask) -> Result<Reply, Error> {
        let heap = self.heaps.heap(&task.heap)?;
        self.watched(task, |trace, settings, watch| {
            let facts = heap.validate(trace, settings, watch)?;
            Ok(Reply::Valid { facts })
        })
    }

    fn cost(&mut self, task: &CostTask) -> Result<Reply, Error> {
        let heap = self.heaps.heap(&task.check.heap)?;
        let heap = heap.contender()?;
        self.watched(&task.check, |trace, settings, watch| {
            let (facts, cost) = heap.cost(trace, settings, &task.options, watch)?;
            Ok(Reply::Costed { facts, cost })
        })
    }

    /// Has something done with a heap and a trace, under the watchdog's eyes, and
    /// makes a verdict of a fault or a panic.
    fn watched(
        &mut self,
        task: &CheckTask,
        work: impl FnOnce(&Trace, &Settings, &dyn Fn(Moment)) -> Result<Reply, Stopped>,
    ) -> Result<Reply, Error> {
        let trace = self.begin(&task.trace, task.common)?;
        let settings = Settings {
            align: task.common.align(),
            limit_bytes: task.common.limit_bytes,
            check_every: task.check_every,
        };
        let watch = |moment| {
            self.progress.step(Doing::from(moment));
            if task.announce {
                self.progress.send(&Reply::Announce(Doing::from(moment)));
            }
        };
        let result = panic::catch_unwind(AssertUnwindSafe(|| work(&trace, &settings, &watch)));
        match result {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Stopped::Fault(fault))) => Ok(Reply::Faulty(FaultReport::new(&fault))),
            Ok(Err(Stopped::NoMachine(error))) => Err(Error::new(error)),
            Err(_) => Ok(Reply::Faulty(self.panicked(&trace))),
        }
    }

    /// Examines a heap.
    fn examine(&mut self, task: &ExamineTask) -> Result<Reply, Error> {
        let heap = self.heaps.heap(&task.heap)?;
        let heap = heap.contender()?;
        self.examined(task, Some(heap), |trace, settings, watch| {
            let picture = || -> Result<HeapPicture, Stopped> {
                let around = heap.draw(trace, settings, None, watch)?;
                Ok(HeapPicture::new(&around))
            };
            Ok(Reply::Sound {
                examined: heap.examine(trace, settings, watch, &Steps::default())?,
                picture: task.until.map(|_| picture()).transpose()?,
            })
        })
    }

    /// Examines a heap and shows all of it. Nobody looks at a picture of a fault who
    /// only grades.
    fn whole(&mut self, task: &ExamineTask) -> Result<Reply, Error> {
        let heap = self.heaps.heap(&task.heap)?;
        self.examined(task, heap.all(), |trace, settings, watch| {
            let standing = heap.examine_whole(trace, settings, watch)?;
            Ok(Reply::Whole(Box::new(standing)))
        })
    }

    /// Has a heap examined, under the watchdog's eyes, and makes a diagnosis of a
    /// fault; with a picture, if there is somebody to draw it.
    fn examined(
        &mut self,
        task: &ExamineTask,
        artist: Option<&dyn Contender>,
        work: impl FnOnce(&Trace, &Examination, &dyn Fn(Moment)) -> Result<Reply, Stopped>,
    ) -> Result<Reply, Error> {
        let mut trace = self.begin(&task.trace, task.common)?;
        if let Some(ops) = task.until {
            trace = Arc::new(trace.first_ops(ops));
        }
        let settings = Examination {
            align: task.common.align(),
            limit_bytes: task.common.limit_bytes,
            refuse: task.refusal.refuse(),
            may_run_out: task.refusal.may_run_out,
            bad_pointers: task.bad_pointers,
        };
        let watch = |moment| {
            self.progress.step(Doing::from(moment));
            if task.announce {
                self.progress.send(&Reply::Announce(Doing::from(moment)));
            }
        };
        match work(&trace, &settings, &watch) {
            Ok(reply) => Ok(reply),
            Err(Stopped::Fault(mut fault)) => {
                // The panic hook knows more of a panic than who caught it: where.
                if let (Kind::Panicked { message }, Some(panic)) = (&mut fault.kind, last_panic()) {
                    *message = panic;
                }
                let around = artist.map(|heap| heap.draw(&trace, &settings, Some(&fault), &watch));
                let around = around.transpose().map_err(Error::new)?.unwrap_or_default();
                let picture = HeapPicture::new(&around);
                Ok(Reply::Unsound(Box::new(Diagnosis::new(&fault, picture))))
            }
            Err(Stopped::NoMachine(error)) => Err(Error::new(error)),
        }
    }

    fn race(&mut self, task: &RaceTask) -> Result<Reply, Error> {
        let trace = self.read(&task.trace, task.common)?;
        let program = Program::new(&trace).map_err(Error::new)?;
        let mut course = Course::new(task.common.limit_bytes, task.common.align())
            .with_heartbeat(self.progress.heartbeat());
        let heaps = task
            .heaps
            .iter()
            .map(|heap| Ok(self.heaps.heap(heap)?.racer()));
        let mut heaps = heaps.collect::<Result<Vec<Box<dyn Racer>>, Error>>()?;
        let mut c_library = heaplab_real::c_library();
        let mut racers: Vec<&mut dyn Racer> = Vec::new();
        for heap in &mut heaps {
            racers.push(heap.as_mut());
        }
        racers.push(&mut c_library);
        let budget = Budget {
            each: Duration::from_secs_f64(task.seconds_each),
            ..Budget::default()
        };
        let watch = |heap| self.now_races(heap);
        self.progress
            .begin(Arc::clone(&trace), task.common.timeout());
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            take_turns(&mut racers, &program, &mut course, budget, &watch)
        }));
        match result {
            Ok(Ok(mut timings)) => {
                let c_library = timings.pop().ok_or_else(|| Error::new("nobody raced"))?;
                Ok(Reply::Raced {
                    heaps: timings,
                    c_library,
                })
            }
            Ok(Err(error)) => Err(Error::new(error)),
            Err(_) => Ok(self.fell_out(&trace)),
        }
    }

    /// Counts a heap's bytes, after all its answers were looked at.
    fn waste(&mut self, task: &WasteTask) -> Result<Reply, Error> {
        let heap = self.heaps.heap(&task.heap)?;
        let counted = heap.contender()?;
        let trace = self.begin(&task.trace, task.common)?;
        let settings = Settings {
            align: task.common.align(),
            limit_bytes: task.common.limit_bytes,
            check_every: None,
        };
        let counting = waste::Settings {
            align: settings.align,
            limit_bytes: settings.limit_bytes,
            samples: task.samples,
        };
        let watch = |doing| {
            self.progress.step(doing);
            if task.announce {
                self.progress.send(&Reply::Announce(doing));
            }
        };
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            match heap.validate(&trace, &settings, &|moment| watch(moment.into())) {
                Ok(_) => Ok(counted.waste(&trace, &counting, &|moment| watch(moment.into()))),
                Err(stopped) => Err(stopped),
            }
        }));
        let fault = match result {
            Ok(Ok(Ok(waste))) => return Ok(Reply::Counted(waste)),
            Ok(Ok(Err(stopped))) => match FaultReport::uncounted(&stopped) {
                Some(fault) => fault,
                None => return Err(Error::new(stopped)),
            },
            Ok(Err(Stopped::Fault(fault))) => FaultReport::new(&fault),
            Ok(Err(Stopped::NoMachine(error))) => return Err(Error::new(error)),
            Err(_) => self.panicked(&trace),
        };
        Ok(Reply::Faulty(fault))
    }

    /// The heap or allocator at this place is about to be timed.
    pub(crate) fn now_races(&self, heap: usize) {
        let op_index = None;
        self.progress.step(Doing::Race { heap, op_index });
        self.progress
            .send(&Reply::Announce(Doing::Race { heap, op_index }));
    }

    /// Reads the trace, unless it was read last, and starts the watch.
    pub(crate) fn begin(
        &mut self,
        source: &TraceSource,
        common: Common,
    ) -> Result<Arc<Trace>, Error> {
        let trace = self.read(source, common)?;
        self.progress.begin(Arc::clone(&trace), common.timeout());
        Ok(trace)
    }

    /// Reads the trace, unless it was read last.
    pub(crate) fn read(
        &mut self,
        source: &TraceSource,
        common: Common,
    ) -> Result<Arc<Trace>, Error> {
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

    /// A heap panicked in the timed run.
    pub(crate) fn fell_out(&self, trace: &Trace) -> Reply {
        let heap = match self.progress.doing() {
            Doing::Race { heap, .. } => heap,
            _ => 0,
        };
        let fault = self.panicked(trace);
        Reply::FellOut { heap, fault }
    }

    fn panicked(&self, trace: &Trace) -> FaultReport {
        let message = format!("the heap panicked: {}", last_panic().unwrap_or_default());
        FaultReport::ending("panic", &message, Some(self.progress.doing()), Some(trace))
    }
}

fn last_panic() -> Option<String> {
    LAST_PANIC
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("with a value that is no text")
}
