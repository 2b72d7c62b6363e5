//! Takes all measurements: answers in parallel, times alone and in turns, memory in a fresh process
//! each. Wine is measured apart.

use crate::plan::{PROCESSES, Plan};
use crate::wine::Wine;
use crate::{Answers, Cell, Contender, Kind, OneContender, Results, Row, TakeTurns, Weigh};
use heaplab_checks::{Validate, at_once};
use heaplab_inputs::Input;
use heaplab_real::resident::NoHugePages;
use heaplab_support::{Listener, Work};
use heaplab_trace::{Trace, Visible};
use heaplab_worker::pool::{self, WorkerOptions};
use heaplab_worker::{Common, Error, FaultReport, Job};
use std::sync::Arc;

/// Host memory that a worker may take in addition to the simulated machine.
const HOST_BYTES: u64 = 1 << 30;

/// Production allocators may reserve any amount of address space.
const NO_LIMIT: u64 = u64::MAX;

/// How often each memory measurement is repeated.
const WEIGHINGS: usize = 3;

/// Measures these contenders on these traces, as `plan` says.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    plan: &Plan,
    contenders: Vec<Contender>,
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    let wine = if contenders.iter().any(Contender::is_wine) {
        Some(Wine::new(&**listener)?)
    } else {
        None
    };
    let row = |input| Row { input, cells: contenders.iter().map(|_| Cell::default()).collect() };
    let mut results = Results {
        rows: inputs.into_iter().map(row).collect(),
        contenders,
        timed: plan.times,
        weighed: plan.memory,
        align_bytes: plan.common.align_bytes,
    };
    check(&mut results, plan.common, listener)?;
    if plan.memory {
        weigh(&mut results, plan.common, listener)?;
    }
    if plan.times {
        let work = Work::begin(&**listener, "timing", Some(results.rows.len()));
        for row in &mut results.rows {
            work.now(&row.input.trace.name().visible());
            for _ in 0..PROCESSES {
                time_heaps(plan, &results.contenders, row, listener)?;
            }
            work.done("");
        }
    }
    if let Some(wine) = wine {
        wine.measure(plan, &mut results, &**listener)?;
    }
    Ok(results)
}

/// Does a job for each contender on each trace, on all cores, and passes the answers to `note`.
fn for_each_cell<J: Job>(
    results: &mut Results,
    (title, host_bytes): (&'static str, u64),
    listener: &Arc<dyn Listener>,
    job: impl Fn(&Contender, &Row) -> Option<J>,
    note: impl Fn(&mut Cell, J::Answer),
) -> Result<(), Error> {
    let mut places = Vec::new();
    let mut jobs: Vec<(J, &Trace)> = Vec::new();
    for (at_row, row) in results.rows.iter().enumerate() {
        for (at, contender) in results.contenders.iter().enumerate() {
            if let Some(job) = job(contender, row).filter(|_| row.cells[at].fault.is_none()) {
                places.push((at_row, at));
                jobs.push((job, &row.input.trace));
            }
        }
    }
    let work = Work::begin(&**listener, title, Some(jobs.len()));
    let worker_options = WorkerOptions::told(listener, host_bytes);
    let mut outcomes = Vec::new();
    pool::do_all(&jobs, at_once(None), &worker_options, |index, outcome| {
        let (at_row, at) = places[index];
        let name = &results.contenders[at].name;
        let trace = results.rows[at_row].input.trace.name().visible();
        work.done(&format!("{name} {trace}"));
        outcomes.push((places[index], outcome));
    })?;
    drop(work);
    for ((at_row, at), outcome) in outcomes {
        let cell = &mut results.rows[at_row].cells[at];
        match outcome {
            Ok(answer) => note(cell, answer),
            Err(failed) => cell.fault = Some(failed.fault),
        }
    }
    Ok(())
}

/// Checks every answer.
fn check(results: &mut Results, common: Common, listener: &Arc<dyn Listener>) -> Result<(), Error> {
    let of_heap = |contender: &Contender, row: &Row| {
        (contender.kind == Kind::Simulated).then(|| Validate {
            heap: contender.asked.clone(),
            trace: (&row.input.path).into(),
            common,
            check_every: None,
        })
    };
    let of_real = |contender: &Contender, row: &Row| {
        (contender.kind == Kind::InHostMemory).then(|| Answers(one(contender, row, common)))
    };
    let in_machine = ("checking", HOST_BYTES);
    for_each_cell(results, in_machine, listener, of_heap, |cell, facts| {
        cell.facts = Some(facts);
    })?;
    for_each_cell(results, ("checking", NO_LIMIT), listener, of_real, |_, ()| {})
}

/// Measures memory.
fn weigh(results: &mut Results, common: Common, listener: &Arc<dyn Listener>) -> Result<(), Error> {
    let _no_huge_pages = NoHugePages::new();
    for _ in 0..WEIGHINGS {
        for_each_cell(
            results,
            ("weighing", NO_LIMIT),
            listener,
            |contender, row| (!contender.is_wine()).then(|| Weigh(one(contender, row, common))),
            |cell, resident_bytes| cell.resident_bytes.push(resident_bytes),
        )?;
    }
    Ok(())
}

/// Takes some turns on one trace: of all contenders in one process, except that a library that
/// moves the break gets a process of its own.
fn time_heaps(
    plan: &Plan,
    contenders: &[Contender],
    row: &mut Row,
    listener: &Arc<dyn Listener>,
) -> Result<(), Error> {
    let all = || (0..contenders.len()).filter(|&at| !contenders[at].is_wine());
    let together = all().filter(|&at| !contenders[at].moves_break);
    let alone = all().filter(|&at| contenders[at].moves_break);
    let groups = [together.collect()].into_iter();
    for group in groups.chain(alone.map(|at| vec![at])) {
        race_together(plan, contenders, &group, row, listener)?;
    }
    Ok(())
}

/// Takes some turns of these contenders, in one process. A contender that fails only here is at
/// fault too; the others are timed again without it.
fn race_together(
    plan: &Plan,
    contenders: &[Contender],
    group: &[usize],
    row: &mut Row,
    listener: &Arc<dyn Listener>,
) -> Result<(), Error> {
    let worker_options = WorkerOptions::told(listener, NO_LIMIT);
    loop {
        let is_valid = |at: &usize| row.cells[*at].fault.is_none();
        let valid: Vec<usize> = group.iter().copied().filter(is_valid).collect();
        if valid.is_empty() || row.input.trace.ops().is_empty() {
            return Ok(());
        }
        let names = valid.iter().map(|&at| contenders[at].asked.clone());
        let job = TakeTurns {
            contenders: names.collect(),
            trace: (&row.input.path).into(),
            common: plan.common,
            turns: plan.turns_each(),
            seconds_each: plan.seconds_each_process(),
        };
        match pool::do_one(&job, &row.input.trace, &worker_options)? {
            Ok(samples) => {
                for (&at, samples) in valid.iter().zip(samples) {
                    row.cells[at].ns_per_op.extend(samples);
                }
                return Ok(());
            }
            Err(failed) => {
                let at_fault = failed.contender.and_then(|place| valid.get(place));
                let at = at_fault.copied().ok_or_else(|| of_no_contender(&failed.fault))?;
                row.cells[at].fault = Some(failed.fault);
            }
        }
    }
}

/// Returns the error of a process that failed before a contender was timed.
fn of_no_contender(fault: &FaultReport) -> Error {
    Error::new(format!(
        "error: the timed run failed, but no contender caused it: {}",
        fault.message
    ))
}

fn one(contender: &Contender, row: &Row, common: Common) -> OneContender {
    OneContender { contender: contender.asked.clone(), trace: (&row.input.path).into(), common }
}
