//! Checks every heap on every trace, in parallel, and times those that passed, with nothing else
//! running.

use crate::{Cell, Results, Row};
use heaplab_checks::{Pairs, TimeHeaps, Validate};
use heaplab_cost::{self as cost, CountCost};
use heaplab_inputs::Input;
use heaplab_support::{Listener, Work};
use heaplab_trace::Visible;
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Common, Error};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

/// Host memory that a heap under test and its checking may take, in bytes.
const HOST_BYTES: u64 = 1 << 30;

/// How heaps are to be checked.
pub struct Checking {
    /// The machine, and how long to wait.
    pub common: Common,
    /// Call the heap's own `check` each time after this many operations.
    pub check_every: Option<NonZeroU32>,
    /// How many to check at once; none for one on each core.
    pub jobs: Option<NonZeroUsize>,
    /// Which costs to count on each trace; none to count none.
    pub costs: Option<Vec<cost::Options>>,
}

/// What to measure.
pub struct Plan {
    /// How heaps are checked.
    pub checking: Checking,
    /// How long each heap may take samples of its speed on a trace; none for no timing.
    pub seconds_each: Option<f64>,
}

/// Checks and times these heaps on these traces, as the plan asks.
///
/// # Errors
/// If the host can't do it.
pub fn measure(
    plan: &Plan,
    heaps: &[String],
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    let mut results = check_all(&plan.checking, heaps, inputs, listener)?;
    let Some(seconds_each) = plan.seconds_each else {
        return Ok(results);
    };
    results.timed = true;
    let work = Work::begin(&**listener, "timing", Some(results.rows.len()));
    for row in &mut results.rows {
        work.now(&row.input.trace.name().visible());
        time_heaps(plan.checking.common, seconds_each, heaps, row, listener)?;
        work.done("");
    }
    Ok(results)
}

/// Checks every heap on every trace.
///
/// # Errors
/// If the host can't do it.
pub fn check_all(
    checking: &Checking,
    heaps: &[String],
    inputs: Vec<Input>,
    listener: &Arc<dyn Listener>,
) -> Result<Results, Error> {
    let pairs = Pairs {
        heaps,
        inputs: &inputs,
        jobs: checking.jobs,
        host_bytes: HOST_BYTES,
        listener,
        title: "checking",
    };
    let validate = |heap: &str, row: usize| Validate {
        heap: heap.to_owned(),
        trace: (&inputs[row].path).into(),
        common: checking.common,
        check_every: checking.check_every,
    };
    let cells: Vec<Cell> = match &checking.costs {
        None => {
            let outcomes = pairs.outcomes(validate)?.into_iter();
            let outcomes = outcomes.map(|outcome| outcome.map(|facts| (facts, None)));
            outcomes.map(Cell::new).collect()
        }
        Some(costs) => {
            let outcomes = pairs.outcomes(|heap, row| CountCost {
                validate: validate(heap, row),
                options: costs[row].clone(),
            })?;
            let outcomes = outcomes.into_iter();
            let outcomes = outcomes.map(|outcome| outcome.map(|(facts, cost)| (facts, Some(cost))));
            outcomes.map(Cell::new).collect()
        }
    };
    let mut cells = cells.into_iter();
    let row = |input| Row {
        input,
        cells: cells.by_ref().take(heaps.len()).collect(),
        c_library: None,
        c_library_kept: None,
    };
    Ok(Results {
        common: checking.common,
        heaps: heaps.to_vec(),
        rows: inputs.into_iter().map(row).collect(),
        timed: false,
        costed: checking.costs.is_some(),
        over_time: None,
    })
}

/// Times the heaps that are valid on this trace, and the C library. A heap that fails only now has
/// a fault too; the others are timed again without it.
fn time_heaps(
    common: Common,
    seconds_each: f64,
    heaps: &[String],
    row: &mut Row,
    listener: &Arc<dyn Listener>,
) -> Result<(), Error> {
    let host_bytes = HOST_BYTES + 2 * u64::from(common.limit_bytes);
    let worker_options = WorkerOptions::told(listener, host_bytes);
    loop {
        let valid: Vec<usize> =
            (0..heaps.len()).filter(|&heap| row.cells[heap].verdict.is_ok()).collect();
        if valid.is_empty() || row.input.trace.ops().is_empty() {
            return Ok(());
        }
        let job = TimeHeaps {
            heaps: valid.iter().map(|&heap| heaps[heap].clone()).collect(),
            trace: (&row.input.path).into(),
            common,
            seconds_each,
            with_kept: true,
        };
        match do_one(&job, &row.input.trace, &worker_options)? {
            Ok(times) => {
                for (&heap, timing) in valid.iter().zip(times.heaps) {
                    row.cells[heap].timing = Some(timing);
                }
                row.c_library = Some(times.c_library);
                row.c_library_kept = times.c_library_kept;
                return Ok(());
            }
            Err(failed) => {
                let at_fault = failed.contender.and_then(|place| valid.get(place));
                let Some(&heap) = at_fault else {
                    return Err(Error::new("error: the timed run failed, but no heap caused it"));
                };
                row.cells[heap].verdict = Err(failed.fault);
            }
        }
    }
}
