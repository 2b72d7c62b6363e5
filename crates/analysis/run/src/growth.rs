//! Experiments on a grid, and the law behind what they cost.
//!
//! The experiments are traces ([`Experiment`]), written to a folder and run by the workers like any
//! trace; so a heap that is wrong in one gets a verdict and no law.

mod data;
mod growing;
mod report;

use crate::{Checking, Results, check_all};
use growing::{Growing, grow};
use heaplab_cost::{Experiment, Options};
use heaplab_inputs::Input;
use heaplab_report::Report;
use heaplab_support::{Error, Listener};
use heaplab_trace::{Dialect, Inexpressible, ReadOptions, Trace, Visible};
use heaplab_worker::Common;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which experiments to run.
pub struct GrowthPlan {
    /// The machine, and how long to wait.
    pub common: Common,
    /// How many heaps to run at once; none for one on each core.
    pub jobs: Option<NonZeroUsize>,
    /// Up to this many allocated blocks, and half as many free ones.
    pub most_blocks: u32,
    /// Where to keep the experiments; none to remove them.
    pub keep: Option<PathBuf>,
}

/// How the costs of heaps grow with their blocks.
pub struct Grown {
    results: Results,
    experiments: Vec<Experiment>,
    growing: Vec<Growing>,
}

/// Runs the experiments on each heap.
///
/// # Errors
/// If the host can't do it, or the largest experiment does not fit in any heap.
pub fn grow_all(
    plan: &GrowthPlan,
    heaps: &[String],
    listener: &Arc<dyn Listener>,
) -> Result<Grown, Error> {
    let experiments = Experiment::grid(plan.most_blocks);
    let folder = heaplab_scratch::Scratch::new()
        .map_err(|error| Error::new(format!("error: can't make a folder: {error}")))?;
    let folder = plan.keep.as_deref().unwrap_or(folder.path());
    let inputs = experiments
        .iter()
        .map(|experiment| write(experiment.trace(), folder))
        .collect::<io::Result<Vec<Input>>>()
        .map_err(|error| {
            Error::new(format!("error: can't write to {}: {error}", folder.visible()))
        })?;
    check_room(&inputs, plan.common.limit_bytes)?;
    let options = |experiment: &Experiment| Options {
        parts: experiment.counted().to_vec(),
        ..Options::default()
    };
    let checking = Checking {
        // These traces are written in this dialect, whatever the user's are written in.
        common: Common { reading: ReadOptions::STRICT, ..plan.common },
        check_every: None,
        jobs: plan.jobs,
        costs: Some(experiments.iter().map(options).collect()),
    };
    let results = check_all(&checking, heaps, inputs, listener)?;
    let growing =
        (0..results.heaps.len()).filter_map(|heap| grow(&results, heap, &experiments)).collect();
    Ok(Grown { results, experiments, growing })
}

impl Grown {
    /// Returns the results of the experiments.
    pub fn results(&self) -> &Results {
        &self.results
    }
}

impl Report for Grown {
    fn text(&self, width: usize) -> String {
        let table = |grid: &_| heaplab_report::table(grid, width);
        report::text(&self.growing, &self.experiments, &self.results, table)
    }

    fn markdown(&self) -> String {
        let (growing, experiments) = (&self.growing, &self.experiments);
        report::text(growing, experiments, &self.results, heaplab_report::markdown)
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        heaplab_report::csv(data::records(&self.growing))
    }

    fn json(&self) -> Result<Vec<u8>, Error> {
        heaplab_report::json(&data::document(&self.growing, &self.results))
    }
}

/// Checks that the largest experiment fits in a heap.
fn check_room(inputs: &[Input], limit_bytes: u32) -> Result<(), Error> {
    let peaks = inputs.iter().map(|input| input.trace.peak_payload_bytes());
    let most = peaks.max().unwrap_or(0);
    if most <= limit_bytes.into() {
        return Ok(());
    }
    Err(Error::new(format!(
        "error: the largest experiment needs {most} bytes of payload at once; the heap limit is {limit_bytes}\n\
         help: raise --heap-limit, or lower --most-blocks"
    )))
}

/// Writes an experiment to where a worker can read it.
fn write(trace: Trace, folder: &Path) -> io::Result<Input> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.rep", trace.name()));
    // The file's header has four lines, so that operations are on the same lines as in the trace.
    let written = heaplab_trace::write(&trace, Dialect::Peak, Inexpressible::Refuse)
        .map_err(io::Error::other)?;
    fs::write(&path, written.bytes)?;
    Ok(Input { path, trace })
}
