//! Checks every heap on every trace, in parallel, and times those that passed,
//! alone.

use super::options::Arguments;
use super::results::{Cell, Results, Row};
use crate::Failure;
use crate::commands::inputs::Input;
use crate::commands::progress::Progress;
use crate::worker::{CheckTask, Common, RaceTask, Reply, Task, pool};
use heaplab_replay::Facts;
use heaplab_trace::Trace;
use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::thread;

/// Host memory that a heap under test and its checking may take.
const HOST_BYTES: u64 = 1 << 30;

/// A heap and a trace, and what checking them gave.
type Verdict = (Result<Facts, crate::worker::FaultReport>, f64);

/// Everything there is to find out about these heaps on these traces.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    arguments: &Arguments,
    heaps: &[String],
    inputs: Vec<Input>,
) -> Result<Results, Failure> {
    let mut verdicts = check_all(arguments, heaps, &inputs)?.into_iter();
    let mut rows = Vec::new();
    let mut slowest_seconds = Vec::new();
    for input in inputs {
        let of_row: Vec<Verdict> = verdicts.by_ref().take(heaps.len()).collect();
        slowest_seconds.push(
            of_row
                .iter()
                .map(|(_, seconds)| *seconds)
                .fold(0.0, f64::max),
        );
        let cells = of_row.into_iter().map(|(verdict, _)| Cell {
            verdict,
            timing: None,
        });
        rows.push(Row {
            cells: cells.collect(),
            input,
            c_library: None,
        });
    }
    if !arguments.no_timing {
        let progress = Progress::new("timing", rows.len());
        for (row, slowest) in rows.iter_mut().zip(slowest_seconds) {
            progress.now(row.input.trace.name().to_owned());
            race(arguments, heaps, row, slowest, &progress)?;
            progress.done(String::new());
        }
    }
    Ok(Results {
        align_bytes: arguments.align.bytes(),
        heaps: heaps.to_vec(),
        rows,
        timed: !arguments.no_timing,
    })
}

/// The verdicts, trace by trace and heap by heap.
fn check_all(
    arguments: &Arguments,
    heaps: &[String],
    inputs: &[Input],
) -> Result<Vec<Verdict>, Failure> {
    let pairs = inputs.iter().enumerate().flat_map(|(row, input)| {
        heaps
            .iter()
            .enumerate()
            .map(move |(heap, name)| (row * heaps.len() + heap, input, name))
    });
    let mut pairs: Vec<(usize, &Input, &String)> = pairs.collect();
    // The longest first, so that no worker is left with it at the end.
    pairs.sort_by_key(|(_, input, _)| Reverse(input.trace.ops().len()));
    let tasks: Vec<(Task, &Trace)> = pairs
        .iter()
        .map(|(_, input, heap)| {
            let task = CheckTask {
                heap: (*heap).clone(),
                trace: input.path.clone(),
                common: common(arguments, arguments.op_timeout),
                check_every: arguments.check_every,
                announce: false,
            };
            (Task::Check(task), &input.trace)
        })
        .collect();
    let progress = Progress::new("checking", tasks.len());
    let mut verdicts: Vec<Option<Verdict>> = pairs.iter().map(|_| None).collect();
    let mut impossible = None;
    let workers = arguments
        .jobs
        .or_else(|| thread::available_parallelism().ok());
    let workers = workers.map_or(1, NonZeroUsize::get);
    pool::do_all(
        &tasks,
        workers,
        &progress.terms(HOST_BYTES),
        |index, reply| {
            let (place, input, heap) = pairs[index];
            progress.done(format!("{heap} {}", input.trace.name()));
            match reply {
                Reply::Valid { facts, seconds } => verdicts[place] = Some((Ok(facts), seconds)),
                Reply::Faulty(fault) => verdicts[place] = Some((Err(fault), 0.0)),
                Reply::Impossible(message) => impossible = Some(message),
                // Answers to other questions: the row stays without a verdict.
                _ => {}
            }
        },
    )?;
    match (impossible, verdicts.into_iter().collect()) {
        (None, Some(verdicts)) => Ok(verdicts),
        (Some(message), _) => Err(Failure::Input(message)),
        (None, None) => Err(Failure::input(
            "error: a worker gave an answer to another question",
        )),
    }
}

/// Times the heaps that are valid on this trace, and the C library. A heap that
/// fails only now is at fault too; the others race again without it.
fn race(
    arguments: &Arguments,
    heaps: &[String],
    row: &mut Row,
    slowest_check_seconds: f64,
    progress: &Progress,
) -> Result<(), Failure> {
    // A sample is one replay or more, on a machine that is perhaps busier now.
    const PATIENCE: f64 = 10.0;
    let timeout = arguments.op_timeout + PATIENCE * slowest_check_seconds;
    let host_bytes = HOST_BYTES + 2 * u64::from(arguments.heap_limit);
    loop {
        let valid: Vec<usize> = (0..heaps.len())
            .filter(|&heap| row.cells[heap].verdict.is_ok())
            .collect();
        if valid.is_empty() || row.input.trace.ops().is_empty() {
            return Ok(());
        }
        let task = Task::Race(RaceTask {
            heaps: valid.iter().map(|&heap| heaps[heap].clone()).collect(),
            trace: row.input.path.clone(),
            common: common(arguments, timeout),
            seconds_each: arguments.seconds_each,
        });
        let mut reply = None;
        let terms = progress.terms(host_bytes);
        pool::do_all(&[(task, &row.input.trace)], 1, &terms, |_, answer| {
            reply = Some(answer)
        })?;
        match reply {
            Some(Reply::Raced { heaps, c_library }) => {
                for (&heap, timing) in valid.iter().zip(heaps) {
                    row.cells[heap].timing = Some(timing);
                }
                row.c_library = Some(c_library);
                return Ok(());
            }
            Some(Reply::FellOut { heap, fault }) if heap < valid.len() => {
                row.cells[valid[heap]].verdict = Err(fault);
            }
            Some(Reply::Impossible(message)) => return Err(Failure::Input(message)),
            _ => {
                return Err(Failure::input(
                    "error: the timed run failed, and not through a heap",
                ));
            }
        }
    }
}

fn common(arguments: &Arguments, timeout_seconds: f64) -> Common {
    Common {
        align_bytes: arguments.align.bytes(),
        limit_bytes: arguments.heap_limit,
        lenient: arguments.lenient,
        timeout_seconds,
    }
}
