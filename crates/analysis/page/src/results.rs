//! Runs all heaps on all traces, by workers in parallel. A heap whose answers are right is checked,
//! access by access; a heap at fault is run once more, up to its fault.

use crate::{GatherRun, Gathered, Sampling};
use heaplab_checks::{CheckAccesses, CheckSettings, Conditions, Pairs, at_once, run_before};
use heaplab_inputs::Input;
use heaplab_support::{Listener, Work};
use heaplab_trace::Trace;
use heaplab_worker::pool::{WorkerOptions, do_all, do_one};
use heaplab_worker::{Common, Error, FaultReport, Outcome, Refusal};
use std::sync::Arc;

/// Host memory that a heap and what is gathered of it may take, in bytes.
const HOST_BYTES: u64 = 2 << 30;

/// The same for its check.
const CHECK_HOST_BYTES: u64 = 3 << 30;

/// The most operations of a trace that are checked access by access, which takes ten times as long
/// as to run them.
const MOST_CHECKED_OPS: usize = 200_000;

/// With a longer trace, heaps are not called with bad pointers: some look through the whole heap
/// for each of them.
const MOST_OPS_WITH_BAD_POINTERS: usize = 20_000;

/// All results.
pub struct Results {
    /// The machine.
    pub common: Common,
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    /// The traces.
    pub inputs: Vec<Input>,
    /// What is kept of each trace.
    pub samplings: Vec<Sampling>,
    /// Ordered by trace, and for each trace by heap.
    pub cells: Vec<Cell>,
}

/// One heap on one trace.
pub struct Cell {
    /// Its trace, as an index of `inputs`.
    pub input: usize,
    /// Its heap, as an index of `heaps`.
    pub heap: usize,
    /// What is wrong with it, if anything is.
    pub fault: Option<FaultReport>,
    /// What was checked access by access; none if the answers are wrong already.
    pub checked: Option<Checked>,
    /// Its run: the whole, or what comes before the fault; none if there is nothing before it.
    pub gathered: Option<Gathered>,
}

/// What was checked access by access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How many operations, from the first.
    pub ops: usize,
    /// Whether the heap was also called with bad pointers.
    pub bad_pointers: bool,
}

impl Checked {
    /// Returns how much of a trace is checked.
    fn of(trace: &Trace) -> Checked {
        let ops = trace.ops().len();
        Checked { ops: ops.min(MOST_CHECKED_OPS), bad_pointers: ops <= MOST_OPS_WITH_BAD_POINTERS }
    }
}

/// Gathers what a page shows of each heap on each trace.
///
/// # Errors
/// If the host can't do it.
pub fn gather_all(
    common: Common,
    heaps: Vec<String>,
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    let samplings: Vec<Sampling> =
        inputs.iter().map(|input| Sampling::of(&input.trace, inputs.len(), heaps.len())).collect();
    let job = |heap: &str, row: usize, ops| GatherRun {
        heap: heap.to_owned(),
        trace: (&inputs[row].path).into(),
        common,
        sampling: samplings[row],
        ops,
    };
    let pairs = Pairs {
        heaps: &heaps,
        inputs: &inputs,
        jobs: None,
        host_bytes: HOST_BYTES,
        listener,
        title: "running",
    };
    let outcomes = pairs.outcomes(|heap, row| job(heap, row, None))?;
    let is_right: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    let checked = check_all(common, &pairs, &is_right)?;
    let worker_options = WorkerOptions::told(listener, HOST_BYTES);
    let mut cells = Vec::with_capacity(outcomes.len());
    for (place, (outcome, checked)) in outcomes.into_iter().zip(checked).enumerate() {
        let (input, heap) = (place / heaps.len(), place % heaps.len());
        let trace = &inputs[input].trace;
        let before = |ops| -> Result<Option<Gathered>, Error> {
            let run = |ops| {
                let job = job(&heaps[heap], input, Some(ops));
                Ok(do_one(&job, trace, &worker_options)?.map_err(|failed| failed.fault))
            };
            Ok(run_before(ops, run)?.map(|(_, gathered)| gathered))
        };
        let (fault, gathered) = match (outcome, checked) {
            (Ok(gathered), None) => (None, Some(gathered)),
            // A fault of the whole run, and not of an operation.
            (Ok(gathered), Some(fault)) if fault.op_index.is_none() => {
                (Some(fault), Some(gathered))
            }
            (Ok(_), Some(fault)) => {
                let gathered = before(fault.op_index)?;
                (Some(fault), gathered)
            }
            (Err(failed), _) => {
                let ops = failed.fault.op_index;
                (Some(failed.fault), before(ops)?)
            }
        };
        let checked = is_right[place].then(|| Checked::of(trace));
        cells.push(Cell { input, heap, fault, checked, gathered });
    }
    Ok(Results { common, heaps, inputs, samplings, cells })
}

/// Checks the heaps whose answers are right, access by access. Returns the faults that are found.
fn check_all(
    common: Common,
    pairs: &Pairs<'_>,
    is_right: &[bool],
) -> Result<Vec<Option<FaultReport>>, Error> {
    let places: Vec<usize> = (0..is_right.len()).filter(|place| is_right[*place]).collect();
    let job = |place: usize| {
        let input = &pairs.inputs[place / pairs.heaps.len()];
        let Checked { ops, bad_pointers } = Checked::of(&input.trace);
        let check = CheckAccesses {
            settings: CheckSettings {
                heap: pairs.heaps[place % pairs.heaps.len()].clone(),
                trace: (&input.path).into(),
                conditions: Conditions { common, refusal: Refusal::default(), bad_pointers },
            },
            until: (ops < input.trace.ops().len()).then_some(ops),
        };
        (check, &input.trace)
    };
    let jobs: Vec<(CheckAccesses, &Trace)> = places.iter().map(|place| job(*place)).collect();
    let work = Work::begin(&**pairs.listener, "checking", Some(jobs.len()));
    let worker_options = WorkerOptions::told(pairs.listener, CHECK_HOST_BYTES);
    let mut faults = vec![None; is_right.len()];
    let note = |index: usize, outcome: Outcome<CheckAccesses>| {
        let (check, trace) = &jobs[index];
        work.done(&format!("{} {}", check.settings.heap, trace.name()));
        faults[places[index]] = match outcome {
            Ok(Ok(_)) => None,
            Ok(Err(diagnosis)) => Some(diagnosis.fault),
            Err(failed) => Some(failed.fault),
        };
    };
    do_all(&jobs, at_once(None), &worker_options, note)?;
    Ok(faults)
}
