//! The same job for every heap on every trace, in parallel.

use heaplab_inputs::Input;
use heaplab_support::{Listener, Work};
use heaplab_trace::{Trace, Visible};
use heaplab_worker::pool::{self, WorkerOptions};
use heaplab_worker::{Error, FaultReport, Job, Outcome};
use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

/// Every heap on every trace.
pub struct Pairs<'a> {
    /// The heaps, as named on the command line.
    pub heaps: &'a [String],
    /// The traces.
    pub inputs: &'a [Input],
    /// How many jobs at once; none for one on each core.
    pub jobs: Option<NonZeroUsize>,
    /// Host memory that a heap and its checking may take, in bytes.
    pub host_bytes: u64,
    /// Gets the progress of the work, and what the heaps print.
    pub listener: &'a Arc<dyn Listener>,
    /// The title of the work for the listener.
    pub title: &'static str,
}

impl Pairs<'_> {
    /// Does a job for each pair; `job` gets a heap and the number of a trace. The outcomes are in
    /// the order of the traces, and for each trace in that of the heaps.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn outcomes<J: Job>(
        &self,
        job: impl Fn(&str, usize) -> J,
    ) -> Result<Vec<Outcome<J>>, Error> {
        let (heaps, inputs) = (self.heaps, self.inputs);
        let mut places: Vec<usize> = (0..inputs.len() * heaps.len()).collect();
        let pair = |place: usize| (place / heaps.len(), &heaps[place % heaps.len()]);
        // The longest first, so that the last job to end is a short one.
        places.sort_by_key(|&place| Reverse(inputs[pair(place).0].trace.ops().len()));
        let jobs: Vec<(J, &Trace)> = places
            .iter()
            .map(|&place| {
                let (row, heap) = pair(place);
                (job(heap, row), &inputs[row].trace)
            })
            .collect();
        let work = Work::begin(&**self.listener, self.title, Some(jobs.len()));
        let worker_options = WorkerOptions::told(self.listener, self.host_bytes);
        let mut outcomes: Vec<Option<Outcome<J>>> = places.iter().map(|_| None).collect();
        pool::do_all(&jobs, at_once(self.jobs), &worker_options, |index, outcome| {
            let (row, heap) = pair(places[index]);
            work.done(&format!("{heap} {}", inputs[row].trace.name().visible()));
            outcomes[places[index]] = Some(outcome);
        })?;
        let all: Option<Vec<_>> = outcomes.into_iter().collect();
        all.ok_or_else(|| Error::new("error: a worker gave no answer"))
    }
}

/// A heap that fails earlier each time that it runs is not run for ever.
const MOST_RUNS_BEFORE_A_FAULT: usize = 6;

/// Runs the operations before a fault, so that they can be shown. A heap whose run fails earlier
/// then, by its own check at the end for example, is run up to there. `run` gets how many
/// operations to run. Returns how many there were, and what it gave; none if there is nothing
/// before the fault.
///
/// # Errors
/// As `run`, which is the host's error. The fault of a run is the other one.
pub fn run_before<T>(
    fault_op: Option<usize>,
    run: impl Fn(usize) -> Result<Result<T, FaultReport>, Error>,
) -> Result<Option<(usize, T)>, Error> {
    let mut ops = fault_op;
    for _ in 0..MOST_RUNS_BEFORE_A_FAULT {
        let Some(before) = ops else { break };
        match run(before)? {
            Ok(found) => return Ok(Some((before, found))),
            Err(fault) => ops = fault.op_index.filter(|earlier| *earlier < before),
        }
    }
    Ok(None)
}

/// Returns how many jobs to do at once.
pub fn at_once(asked: Option<NonZeroUsize>) -> usize {
    let workers = asked.or_else(|| thread::available_parallelism().ok());
    workers.map_or(1, NonZeroUsize::get)
}
