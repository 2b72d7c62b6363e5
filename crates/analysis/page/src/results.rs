//! Runs all heaps on all traces, by workers in parallel; a heap at fault once more, up to its
//! fault.

use crate::{GatherRun, Gathered, Sampling};
use heaplab_checks::Pairs;
use heaplab_inputs::Input;
use heaplab_support::Listener;
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Common, Error, FaultReport};
use std::sync::Arc;

/// Host memory that a heap and what is gathered of it may take, in bytes.
const HOST_BYTES: u64 = 2 << 30;

/// A heap that fails again before its fault is run this many times.
const MOST_RUNS_AFTER_A_FAULT: usize = 3;

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
    /// Its run: the whole, or what comes before the fault; none if there is nothing before it.
    pub gathered: Option<Gathered>,
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
    let worker_options = WorkerOptions::told(listener, HOST_BYTES);
    let mut cells = Vec::with_capacity(outcomes.len());
    for (place, outcome) in outcomes.into_iter().enumerate() {
        let (input, heap) = (place / heaps.len(), place % heaps.len());
        let (fault, gathered) = match outcome {
            Ok(gathered) => (None, Some(gathered)),
            Err(failed) => {
                let ops = failed.fault.op_index;
                let before = |ops| {
                    do_one(
                        &job(&heaps[heap], input, Some(ops)),
                        &inputs[input].trace,
                        &worker_options,
                    )
                };
                (Some(failed.fault), run_before(ops, before)?)
            }
        };
        cells.push(Cell { input, heap, fault, gathered });
    }
    Ok(Results { common, heaps, inputs, samplings, cells })
}

/// Returns the run of the operations before a fault. A heap whose run fails earlier then, by its
/// own check at the end for example, is run up to there.
fn run_before(
    mut ops: Option<usize>,
    run: impl Fn(usize) -> Result<heaplab_worker::Outcome<GatherRun>, Error>,
) -> Result<Option<Gathered>, Error> {
    for _ in 0..MOST_RUNS_AFTER_A_FAULT {
        let Some(before) = ops else { break };
        match run(before)? {
            Ok(gathered) => return Ok(Some(gathered)),
            Err(failed) => ops = failed.fault.op_index.filter(|earlier| *earlier < before),
        }
    }
    Ok(None)
}
