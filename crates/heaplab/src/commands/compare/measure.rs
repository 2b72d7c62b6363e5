//! Has everything measured: answers in parallel, times alone and in turns, memory
//! in a fresh process each. Wine's part is its own.

use super::options::Arguments;
use super::results::{Cell, Contender, Kind, Results, Row};
use super::wine::Wine;
use crate::Failure;
use crate::commands::progress::Progress;
use heaplab_inputs::Input;
use heaplab_real::resident::NoHugePages;
use heaplab_trace::{Trace, Visible};
use heaplab_worker::pool;
use heaplab_worker::{CheckTask, Common, CompareTask, RealTask, Reply, Task};
use std::num::NonZeroUsize;
use std::thread;

/// Host memory that a heap of the simulated machine may take besides it.
const HOST_BYTES: u64 = 1 << 30;

/// Production allocators set aside as much address space as they like.
const NO_LIMIT: u64 = u64::MAX;

/// How a program lies in memory is chosen anew for each process, and is worth some
/// per cent: so the turns are spread over a few.
pub const PROCESSES: u32 = 3;

/// How often memory is measured.
const WEIGHINGS: usize = 3;

/// Everything there is to find out about these contenders on these traces.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    arguments: &Arguments,
    contenders: Vec<Contender>,
    inputs: Vec<Input>,
) -> Result<Results, Failure> {
    let wine = match contenders.iter().any(Contender::is_wine) {
        true => Some(Wine::new()?),
        false => None,
    };
    let row = |input| Row {
        input,
        cells: contenders.iter().map(|_| Cell::default()).collect(),
    };
    let mut results = Results {
        rows: inputs.into_iter().map(row).collect(),
        contenders,
        timed: !arguments.no_timing,
        weighed: !arguments.no_memory,
        align_bytes: arguments.align.bytes(),
    };
    let common = Common {
        align_bytes: arguments.align.bytes(),
        limit_bytes: arguments.heap_limit,
        reading: arguments.reading.options(),
        timeout_seconds: arguments.op_timeout,
    };
    check(&mut results, common)?;
    if results.weighed {
        weigh(&mut results, common)?;
    }
    if results.timed {
        let progress = Progress::new("timing", results.rows.len());
        for row in &mut results.rows {
            progress.now(row.input.trace.name().visible().into_owned());
            for _ in 0..PROCESSES {
                race(arguments, &results.contenders, row, common, &progress)?;
            }
            progress.done(String::new());
        }
    }
    if let Some(wine) = wine {
        wine.measure(arguments, &mut results)?;
    }
    Ok(results)
}

/// Does a task for each contender on each trace, on all cores, and gives the replies
/// to `note`, which may say that they make no sense.
fn for_each_cell(
    results: &mut Results,
    title: &'static str,
    host_bytes: u64,
    task: impl Fn(&Contender, &Row) -> Option<Task>,
    note: impl Fn(&mut Cell, Reply) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut places = Vec::new();
    let mut tasks: Vec<(Task, &Trace)> = Vec::new();
    for (at_row, row) in results.rows.iter().enumerate() {
        for (at, contender) in results.contenders.iter().enumerate() {
            if let Some(task) = task(contender, row).filter(|_| row.cells[at].fault.is_none()) {
                places.push((at_row, at));
                tasks.push((task, &row.input.trace));
            }
        }
    }
    let progress = Progress::new(title, tasks.len());
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut replies = Vec::new();
    pool::do_all(
        &tasks,
        cores,
        &progress.terms(host_bytes),
        |index, reply| {
            let (at_row, at) = places[index];
            let name = &results.contenders[at].name;
            progress.done(format!(
                "{name} {}",
                results.rows[at_row].input.trace.name().visible()
            ));
            replies.push((places[index], reply));
        },
    )?;
    for ((at_row, at), reply) in replies {
        note(&mut results.rows[at_row].cells[at], reply)?;
    }
    Ok(())
}

/// Looks at every answer.
fn check(results: &mut Results, common: Common) -> Result<(), Failure> {
    let of_heap = |contender: &Contender, row: &Row| {
        (contender.kind == Kind::Simulated).then(|| {
            Task::Check(CheckTask {
                heap: contender.asked.clone(),
                trace: (&row.input.path).into(),
                common,
                check_every: None,
                announce: false,
            })
        })
    };
    let of_real = |contender: &Contender, row: &Row| {
        (contender.kind == Kind::InHostMemory)
            .then(|| Task::Answers(real_task(contender, row, common)))
    };
    let note = |cell: &mut Cell, reply| match reply {
        Reply::Valid { facts, .. } => {
            cell.facts = Some(facts);
            Ok(())
        }
        Reply::Right => Ok(()),
        Reply::Faulty(fault) => {
            cell.fault = Some(fault);
            Ok(())
        }
        other => Err(unexpected(other)),
    };
    for_each_cell(results, "checking", HOST_BYTES, of_heap, note)?;
    for_each_cell(results, "checking", NO_LIMIT, of_real, note)
}

/// Measures memory.
fn weigh(results: &mut Results, common: Common) -> Result<(), Failure> {
    let _no_huge_pages = NoHugePages::new();
    for _ in 0..WEIGHINGS {
        for_each_cell(
            results,
            "weighing",
            NO_LIMIT,
            |contender, row| {
                let task = || Task::Resident(real_task(contender, row, common));
                (!contender.is_wine()).then(task)
            },
            |cell, reply| match reply {
                Reply::Resident { resident_bytes, .. } => {
                    cell.resident_bytes.push(resident_bytes);
                    Ok(())
                }
                Reply::Faulty(fault) => {
                    cell.fault = Some(fault);
                    Ok(())
                }
                other => Err(unexpected(other)),
            },
        )?;
    }
    Ok(())
}

/// Takes some turns on one trace: of all contenders in one process, but of each library
/// that moves the break in a process of its own.
fn race(
    arguments: &Arguments,
    contenders: &[Contender],
    row: &mut Row,
    common: Common,
    progress: &Progress,
) -> Result<(), Failure> {
    let all = || (0..contenders.len()).filter(|&at| !contenders[at].is_wine());
    let together = all().filter(|&at| !contenders[at].moves_break);
    let alone = all().filter(|&at| contenders[at].moves_break);
    let groups = [together.collect()].into_iter();
    for group in groups.chain(alone.map(|at| vec![at])) {
        race_together(arguments, contenders, &group, row, common, progress)?;
    }
    Ok(())
}

/// Takes some turns of these contenders, in one process. A contender that fails only now
/// is at fault too; the others race again without it.
fn race_together(
    arguments: &Arguments,
    contenders: &[Contender],
    group: &[usize],
    row: &mut Row,
    common: Common,
    progress: &Progress,
) -> Result<(), Failure> {
    loop {
        let is_valid = |at: &usize| row.cells[*at].fault.is_none();
        let valid: Vec<usize> = group.iter().copied().filter(is_valid).collect();
        if valid.is_empty() || row.input.trace.ops().is_empty() {
            return Ok(());
        }
        let names = valid.iter().map(|&at| contenders[at].asked.clone());
        let task = Task::Compare(CompareTask {
            contenders: names.collect(),
            trace: (&row.input.path).into(),
            common,
            turns: arguments.turns.get().div_ceil(PROCESSES),
            seconds_each: arguments.seconds_each / f64::from(PROCESSES),
        });
        let mut reply = None;
        let terms = progress.terms(NO_LIMIT);
        pool::do_all(&[(task, &row.input.trace)], 1, &terms, |_, answer| {
            reply = Some(answer)
        })?;
        match reply {
            Some(Reply::Compared(samples)) => {
                for (&at, samples) in valid.iter().zip(samples) {
                    row.cells[at].ns_per_op.extend(samples);
                }
                return Ok(());
            }
            Some(Reply::FellOut { heap, fault }) if heap < valid.len() => {
                row.cells[valid[heap]].fault = Some(fault);
            }
            Some(other) => return Err(unexpected(other)),
            None => return Err(Failure::input("error: the timed run gave no answer")),
        }
    }
}

fn real_task(contender: &Contender, row: &Row, common: Common) -> RealTask {
    RealTask {
        contender: contender.asked.clone(),
        trace: (&row.input.path).into(),
        common,
    }
}

/// A reply to another question, or that the host can't do it.
fn unexpected(reply: Reply) -> Failure {
    match reply {
        Reply::Impossible(message) => Failure::Input(message),
        _ => Failure::input("error: a worker gave an answer to another question"),
    }
}
