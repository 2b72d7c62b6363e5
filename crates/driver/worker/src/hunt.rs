//! The worker's side of hunting: cases of the fuzzer, and trials of a trace that
//! is to become small.

use crate::contender::Contender;
use crate::deadline::{Deadline, or_time};
use crate::watchdog::Progress;
use crate::{Doing, Error, FuzzTask, Heaps, Refusal, Reply, ShrinkTask, SmallTrace, TryTask};
use heaplab_arena::Refuse;
use heaplab_hunt as hunt;
use heaplab_replay::{Examination, Moment, Steps, Stopped};
use heaplab_trace::{Dialect, Inexpressible, ReadOptions, Trace, Weight, write};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a word is said on how far it is.
const SAID_EVERY: Duration = Duration::from_millis(100);

/// Where the search may take so long, the case at its end may take so much longer.
const LONGEST_OVERRUN: f64 = 1.05;

/// The first line of a case's file, in JSON; its trace comes after it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseFile {
    /// The case's number, from 0.
    pub number: u64,
    /// Past so many bytes `sbrk` refuses.
    pub limit_bytes: u32,
    /// Which calls of `sbrk` fail.
    pub refusal: Refusal,
    /// How many bytes the trace has: what stands behind it is of a case before.
    trace_bytes: usize,
}

impl CaseFile {
    /// The case in a file, and its trace as a file has it.
    pub fn read(bytes: &[u8]) -> Option<(CaseFile, &[u8])> {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let case: CaseFile = serde_json::from_slice(&bytes[..end]).ok()?;
        let trace = bytes.get(end + 1..)?.get(..case.trace_bytes)?;
        Some((case, trace))
    }

    fn write(file: &File, case: &hunt::Case) -> io::Result<()> {
        let trace = in_file(&case.trace);
        let (from, once) = match case.refuse {
            Refuse::Never => (None, false),
            Refuse::Once(call) => (Some(call), true),
            Refuse::From(call) => (Some(call), false),
        };
        let head = CaseFile {
            number: case.number,
            limit_bytes: case.limit_bytes,
            refusal: Refusal {
                from,
                once,
                may_run_out: true,
            },
            trace_bytes: trace.len(),
        };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend(trace);
        file.write_all_at(&bytes, 0)
    }
}

/// A trace as a file has it, in the dialect that can say everything.
pub fn in_file(trace: &Trace) -> Vec<u8> {
    match write(trace, Dialect::Extended, Inexpressible::Rewrite) {
        Ok(written) => written.bytes,
        Err(_) => unreachable!("what can't be said is rewritten"),
    }
}

/// Runs cases until one fails, or it is time.
pub(crate) fn fuzz_heap(
    heaps: &Heaps,
    progress: &Progress,
    task: &FuzzTask,
) -> Result<Reply, Error> {
    let heap = heaps.heap(&task.heap)?;
    let heap = heap.contender()?;
    let align = task.common.align();
    let cannot_write = |error: io::Error| {
        Error::new(format!(
            "error: can't write {}: {error}",
            task.case_file.display()
        ))
    };
    let file = File::create(&task.case_file).map_err(cannot_write)?;
    let search_until = Deadline::in_seconds(task.seconds);
    let case_until = Deadline::in_seconds(task.seconds * LONGEST_OVERRUN);
    let watch = |moment: Moment| {
        progress.step(Doing::from(moment));
        case_until.check();
    };
    // Until the first case, this is what runs.
    let nothing = nothing(task.common.limit_bytes)?;
    CaseFile::write(&file, &nothing).map_err(cannot_write)?;
    progress.begin(Arc::new(nothing.trace), task.common.timeout());
    let set_up = |moment: Moment| progress.step(Doing::from(moment));
    let least_limit_bytes = match heap.least_limit_bytes(align, &set_up) {
        Ok(bytes) => bytes,
        Err(Stopped::Fault(fault)) => {
            return Ok(Reply::Fuzzed {
                progress: hunt::Progress::default(),
                signature: Some(hunt::Signature::of(&fault).to_string()),
            });
        }
        Err(Stopped::NoMachine(error)) => return Err(Error::new(error)),
    };
    let settings = hunt::FuzzSettings {
        seed: task.seed,
        ops: task.ops,
        least_limit_bytes,
        bad_pointers: task.bad_pointers,
    };
    let impossible = Cell::new(None);
    let run = |case: &hunt::Case, coverage: &hunt::Coverage| {
        let patience = patience(&case.trace, case.limit_bytes, task.common.timeout());
        progress.begin(Arc::new(case.trace.clone()), patience);
        let written = CaseFile::write(&file, case).map_err(cannot_write);
        let outcome = written.and_then(|()| {
            // A case that is not done in time has shown nothing.
            or_time(|| heap.run_case(align, case, coverage, &watch))
                .unwrap_or(Ok(hunt::Outcome::Sound))
                .map_err(Error::new)
        });
        outcome.unwrap_or_else(|failure| {
            impossible.set(Some(failure));
            hunt::Outcome::Sound
        })
    };
    let mut said = Instant::now();
    let report = hunt::fuzz(&settings, run, |so_far| {
        let possible = impossible.take().is_none_or(|failure| {
            impossible.set(Some(failure));
            false
        });
        if said.elapsed() > SAID_EVERY {
            said = Instant::now();
            progress.send(&Reply::Progress(format!(
                "{} cases, {} operations; {} ways through the allocator",
                so_far.cases, so_far.ops, so_far.ways
            )));
        }
        possible && !search_until.has_passed()
    });
    match impossible.take() {
        Some(failure) => Err(failure),
        None => Ok(Reply::Fuzzed {
            progress: report.progress,
            signature: report
                .found
                .map(|(_, failure)| failure.signature.to_string()),
        }),
    }
}

/// How long one operation of a trace may take: so long, and a quarter of a second more
/// for every mebibyte that the largest one can get. Its pages must come from the host.
fn patience(trace: &Trace, limit_bytes: u32, timeout: Duration) -> Duration {
    const FOR_A_MEBIBYTE: Duration = Duration::from_millis(250);
    let sizes = trace.ops().iter().filter_map(|op| op.size());
    let largest = sizes.filter(|&size| size <= limit_bytes).max();
    timeout + FOR_A_MEBIBYTE * (largest.unwrap_or(0) >> 20)
}

/// The case that only sets a heap up.
fn nothing(limit_bytes: u32) -> Result<hunt::Case, Error> {
    Ok(hunt::Case {
        number: 0,
        trace: Trace::from_ops("nothing", Weight::None, Vec::new()).map_err(Error::new)?,
        limit_bytes,
        refuse: Refuse::Never,
        bad_pointers: false,
    })
}

/// Runs a trace that came with the task.
pub(crate) fn try_trace(
    heaps: &Heaps,
    progress: &Progress,
    task: &TryTask,
) -> Result<Reply, Error> {
    let heap = heaps.heap(&task.heap)?;
    let heap = heap.contender()?;
    let reading = Trace::parse("trial", task.trace.as_bytes(), &ReadOptions::default());
    let trace = reading.map_err(Error::new)?.trace;
    let settings = Examination {
        align: task.common.align(),
        limit_bytes: task.common.limit_bytes,
        refuse: task.refusal.refuse(),
        may_run_out: task.refusal.may_run_out,
        bad_pointers: task.bad_pointers,
    };
    let patience = patience(&trace, settings.limit_bytes, task.common.timeout());
    progress.begin(Arc::new(trace.clone()), patience);
    let announced = |moment| {
        progress.step(Doing::from(moment));
        progress.send(&Reply::Announce(Doing::from(moment)));
    };
    let trial = try_out(heap, &trace, &settings, &announced)?;
    Ok(Reply::Tried(trial.failure.map(|failure| {
        (failure.signature.to_string(), failure.op_index)
    })))
}

/// Shrinking begins with so many trials of the whole trace.
const TRIALS_OF_ITSELF: u64 = 3;

/// Shrinks a trace in this process; it may be lost over a trial.
pub(crate) fn shrink_trace(
    heaps: &Heaps,
    progress: &Progress,
    task: &ShrinkTask,
) -> Result<Reply, Error> {
    let heap = heaps.heap(&task.heap)?;
    let heap = heap.contender()?;
    let trace = task.trace.read(&task.common.reading)?;
    let settings = Examination {
        align: task.common.align(),
        limit_bytes: task.common.limit_bytes,
        refuse: task.refusal.refuse(),
        may_run_out: task.refusal.may_run_out,
        bad_pointers: task.bad_pointers,
    };
    let until = Deadline::in_seconds(task.seconds);
    let (mut said, mut trials, mut impossible) = (Instant::now(), 0u64, None);
    let oracle = |candidate: &Trace| {
        trials += 1;
        if said.elapsed() > SAID_EVERY {
            said = Instant::now();
            let ops = candidate.ops().len();
            progress.send(&Reply::Progress(format!(
                "trial {trials}, of {ops} operations"
            )));
        }
        let patience = patience(candidate, settings.limit_bytes, task.common.timeout());
        progress.begin(Arc::new(candidate.clone()), patience);
        // The first ones are the trace itself: without them there is nothing to say.
        let may_stop = trials > TRIALS_OF_ITSELF;
        let watch = |moment| {
            progress.step(Doing::from(moment));
            if may_stop {
                until.check();
            }
        };
        let trial = match or_time(|| try_out(heap, candidate, &settings, &watch)) {
            Some(Ok(trial)) => trial,
            None => hunt::Trial::from(None),
            Some(Err(failure)) => {
                impossible.get_or_insert(failure);
                hunt::Trial::from(None)
            }
        };
        hunt::Trial {
            is_last: until.has_passed(),
            ..trial
        }
    };
    let budget = hunt::Budget {
        ops: task.ops,
        ..hunt::Budget::default()
    };
    let shrunk = hunt::shrink(&trace, oracle, budget);
    match impossible {
        Some(failure) => Err(failure),
        None => Ok(Reply::Shrunk(
            shrunk
                .map(|shrunk| Box::new(small_trace(&shrunk)))
                .map_err(|error| error.to_string()),
        )),
    }
}

/// What is told of a trace made small.
pub fn small_trace(shrunk: &hunt::Shrunk) -> SmallTrace {
    SmallTrace {
        trace: String::from_utf8_lossy(&in_file(&shrunk.annotated())).into_owned(),
        signature: shrunk.failure.signature.to_string(),
        ops_before: shrunk.ops_before,
        trials: shrunk.trials,
        is_minimal: shrunk.end == hunt::End::Minimal,
    }
}

/// How a heap fails on a trace, if it does, and how much work it was.
fn try_out(
    heap: &dyn Contender,
    trace: &Trace,
    settings: &Examination,
    watch: &dyn Fn(Moment),
) -> Result<hunt::Trial, Error> {
    let steps = Steps::default();
    let failure = match heap.examine(trace, settings, watch, &steps) {
        Ok(_) => None,
        Err(Stopped::Fault(fault)) => Some(hunt::Failure::from(&*fault)),
        Err(Stopped::NoMachine(error)) => return Err(Error::new(error)),
    };
    let steps = steps.count();
    Ok(hunt::Trial {
        failure,
        steps,
        is_last: false,
    })
}
