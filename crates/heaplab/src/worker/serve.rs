//! The worker's side: does tasks until there are no more.

use super::diagnosis::{Diagnosis, HeapPicture};
use super::doing::Doing;
use super::fault_report::FaultReport;
use super::hunt;
use super::memory_limit::limit_own_memory;
use super::protocol::{
    CheckTask, Common, CostTask, ExamineTask, RaceTask, Reply, Task, WasteTask, send,
};
use super::trace_file::read_trace;
use super::watchdog::Progress;
use crate::lab::Contender;
use crate::{Failure, Lab, Outcome};
use heaplab_replay::{
    Budget, Course, Examination, Kind, Moment, Program, Racer, Settings, Steps, Stopped, take_turns,
};
use heaplab_trace::Trace;
use heaplab_waste as waste;
use std::any::Any;
use std::io::{self, BufRead};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Arguments of the hidden `heaplab worker`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Bytes that heaps may take from the host beside their machine.
    #[arg(long)]
    host_bytes: u64,

    /// Work in the main thread, unwatched.
    #[arg(long)]
    one_thread: bool,
}

/// The stack of the thread that works: as large as a main thread's is by
/// default, whatever the limits of the shell are.
const STACK_BYTES: usize = 8 << 20;

/// Where the last panic was and what it said. The hook knows the place, and
/// only `catch_unwind` that it is over.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Does tasks from standard input until it ends.
pub(crate) fn serve(lab: &Lab, arguments: &Arguments) -> Outcome {
    limit_own_memory(arguments.host_bytes);
    panic::set_hook(Box::new(|panic| {
        let message = panic_message(panic.payload());
        let place = panic
            .location()
            .map_or(String::new(), |place| format!(" ({place})"));
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(format!("{message}{place}"));
    }));
    let progress = Progress::default();
    let mut bench = Bench {
        lab,
        progress: &progress,
        loaded: None,
    };
    if arguments.one_thread {
        bench.do_tasks();
        return Ok(());
    }
    thread::scope(|scope| {
        let work = move || {
            bench.do_tasks();
            process::exit(0)
        };
        thread::Builder::new()
            .name("heap".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| Failure::Input(format!("error: no thread to work in: {error}")))?;
        progress.watch()
    })
}

struct Bench<'a> {
    lab: &'a Lab,
    progress: &'a Progress,
    /// The trace read last: tasks come trace by trace.
    loaded: Option<(PathBuf, Arc<Trace>)>,
}

impl Bench<'_> {
    fn do_tasks(&mut self) {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            self.do_task(&line);
        }
    }

    fn do_task(&mut self, line: &str) {
        let answer = match serde_json::from_str(line) {
            Ok(Task::Check(task)) => self.check(&task),
            Ok(Task::Examine(task)) => self.examine(&task),
            Ok(Task::Race(task)) => self.race(&task),
            Ok(Task::Waste(task)) => self.waste(&task),
            Ok(Task::Cost(task)) => self.cost(&task),
            Ok(Task::Fuzz(task)) => hunt::fuzz_heap(self.lab, self.progress, &task),
            Ok(Task::Try(task)) => hunt::try_trace(self.lab, self.progress, &task),
            Ok(Task::Shrink(task)) => hunt::shrink_trace(self.lab, self.progress, &task),
            Err(error) => Err(Failure::input(error)),
        };
        self.progress.end();
        match answer {
            Ok(answer) => send(&answer),
            Err(Failure::Input(message)) => send(&Reply::Impossible(message)),
            // Not even this may go without an answer: `run` waits for one.
            Err(Failure::Heap) => send(&Reply::Impossible(
                "error: the heap is at fault, but the worker does not say why".to_owned(),
            )),
        }
    }

    fn check(&mut self, task: &CheckTask) -> Result<Reply, Failure> {
        let start = Instant::now();
        self.watched(task, |heap, trace, settings, watch| {
            let facts = heap.validate(trace, settings, watch)?;
            let seconds = start.elapsed().as_secs_f64();
            Ok(Reply::Valid { facts, seconds })
        })
    }

    fn cost(&mut self, task: &CostTask) -> Result<Reply, Failure> {
        let start = Instant::now();
        self.watched(&task.check, |heap, trace, settings, watch| {
            let (facts, cost) = heap.cost(trace, settings, &task.options, watch)?;
            let seconds = start.elapsed().as_secs_f64();
            Ok(Reply::Costed {
                facts,
                cost,
                seconds,
            })
        })
    }

    /// Has something done with a heap and a trace, under the watchdog's eyes, and
    /// makes a verdict of a fault or a panic.
    fn watched(
        &mut self,
        task: &CheckTask,
        work: impl FnOnce(&dyn Contender, &Trace, &Settings, &dyn Fn(Moment)) -> Result<Reply, Stopped>,
    ) -> Result<Reply, Failure> {
        let heap = self.lab.heap(&task.heap)?;
        let trace = self.begin(&task.trace, task.common)?;
        let settings = Settings {
            align: task.common.align(),
            limit_bytes: task.common.limit_bytes,
            check_every: task.check_every,
        };
        let watch = |moment| {
            self.progress.step(Doing::from(moment));
            if task.announce {
                send(&Reply::Announce(Doing::from(moment)));
            }
        };
        let result =
            panic::catch_unwind(AssertUnwindSafe(|| work(&*heap, &trace, &settings, &watch)));
        match result {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Stopped::Fault(fault))) => Ok(Reply::Faulty(FaultReport::new(&fault))),
            Ok(Err(Stopped::NoMachine(error))) => Err(Failure::input(error)),
            Err(_) => Ok(Reply::Faulty(self.panicked(&trace))),
        }
    }

    fn examine(&mut self, task: &ExamineTask) -> Result<Reply, Failure> {
        let heap = self.lab.heap(&task.heap)?;
        let mut trace = self.begin(&task.trace, task.common)?;
        if let Some(ops) = task.until {
            trace = Arc::new(trace.first_ops(ops));
        }
        let settings = Examination {
            align: task.common.align(),
            limit_bytes: task.common.limit_bytes,
            refuse: task.refusal.refuse(),
            may_run_out: task.refusal.may_run_out,
        };
        let watch = |moment| {
            self.progress.step(Doing::from(moment));
            if task.announce {
                send(&Reply::Announce(Doing::from(moment)));
            }
        };
        let draw = |fault| {
            let around = heap.draw(&trace, &settings, fault, &watch);
            Ok(HeapPicture::new(&around.map_err(Failure::input)?))
        };
        match heap.examine(&trace, &settings, &watch, &Steps::default()) {
            Ok(examined) => Ok(Reply::Sound {
                examined,
                picture: task.until.map(|_| draw(None)).transpose()?,
            }),
            Err(Stopped::Fault(mut fault)) => {
                // The panic hook knows more of a panic than who caught it: where.
                if let (Kind::Panicked { message }, Some(panic)) = (&mut fault.kind, last_panic()) {
                    *message = panic;
                }
                let picture = draw(Some(&fault))?;
                Ok(Reply::Unsound(Box::new(Diagnosis::new(&fault, picture))))
            }
            Err(Stopped::NoMachine(error)) => Err(Failure::input(error)),
        }
    }

    fn race(&mut self, task: &RaceTask) -> Result<Reply, Failure> {
        let trace = self.begin(&task.trace, task.common)?;
        let program = Program::new(&trace).map_err(Failure::input)?;
        let mut course = Course::new(task.common.limit_bytes, task.common.align());
        let heaps = task
            .heaps
            .iter()
            .map(|heap| Ok(self.lab.heap(heap)?.racer()));
        let mut heaps = heaps.collect::<Result<Vec<Box<dyn Racer>>, Failure>>()?;
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
        let watch = |heap| {
            self.progress.step(Doing::Race { heap });
            send(&Reply::Announce(Doing::Race { heap }));
        };
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            take_turns(&mut racers, &program, &mut course, budget, &watch)
        }));
        match result {
            Ok(Ok(mut timings)) => {
                let c_library = timings
                    .pop()
                    .ok_or_else(|| Failure::input("nobody raced"))?;
                Ok(Reply::Raced {
                    heaps: timings,
                    c_library,
                })
            }
            Ok(Err(error)) => Err(Failure::input(error)),
            Err(_) => Ok(self.fell_out(&trace)),
        }
    }

    /// Counts a heap's bytes, after all its answers were looked at.
    fn waste(&mut self, task: &WasteTask) -> Result<Reply, Failure> {
        let heap = self.lab.heap(&task.heap)?;
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
                send(&Reply::Announce(doing));
            }
        };
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            match heap.validate(&trace, &settings, &|moment| watch(moment.into())) {
                Ok(_) => Ok(heap.waste(&trace, &counting, &|moment| watch(moment.into()))),
                Err(stopped) => Err(stopped),
            }
        }));
        let fault = match result {
            Ok(Ok(Ok(waste))) => return Ok(Reply::Counted(waste)),
            Ok(Ok(Err(stopped))) => match FaultReport::uncounted(&stopped) {
                Some(fault) => fault,
                None => return Err(Failure::input(stopped)),
            },
            Ok(Err(Stopped::Fault(fault))) => FaultReport::new(&fault),
            Ok(Err(Stopped::NoMachine(error))) => return Err(Failure::input(error)),
            Err(_) => self.panicked(&trace),
        };
        Ok(Reply::Faulty(fault))
    }

    /// Reads the trace, unless it was read last, and starts the watch.
    fn begin(&mut self, path: &Path, common: Common) -> Result<Arc<Trace>, Failure> {
        let trace = match self.loaded.take() {
            Some((loaded, trace)) if loaded == path => trace,
            _ => Arc::new(read_trace(path, common.lenient)?),
        };
        self.loaded = Some((path.to_owned(), Arc::clone(&trace)));
        self.progress.begin(Arc::clone(&trace), common.timeout());
        Ok(trace)
    }

    /// A heap panicked in the timed run.
    fn fell_out(&self, trace: &Trace) -> Reply {
        let heap = match self.progress.doing() {
            Doing::Race { heap } => heap,
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
