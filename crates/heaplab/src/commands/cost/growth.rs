//! `heaplab cost --grow`: experiments on a grid, and the law behind what they
//! cost.
//!
//! The experiments are traces ([`Experiment`]), written to a folder and run by the
//! workers as any trace is; so a heap that is wrong in one gets a verdict and no
//! law.

mod data;
#[cfg(feature = "plots")]
mod picture;
mod report;

use super::options::{Arguments, Format};
use super::{measure, tell_faults};
use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_cost::{Experiment, Law, Point};
use heaplab_inputs::Input;
use heaplab_run::{Results, Row};
use heaplab_trace::{Dialect, Inexpressible, ReadOptions, Trace, Visible};
use std::fs;
use std::io;
use std::path::Path;

/// How one heap's costs grow.
struct Growing {
    heap: String,
    /// What was measured, experiment by experiment.
    points: Vec<Point>,
    malloc: Law,
    free: Law,
}

/// Runs the command.
pub fn run(arguments: &Arguments, heaps: Vec<String>) -> Outcome {
    let experiments = Experiment::grid(arguments.most_blocks);
    let folder = heaplab_scratch::Scratch::new().map_err(|error| {
        Failure::Input(format!("error: no folder for the experiments: {error}"))
    })?;
    let folder = arguments.keep.as_deref().unwrap_or(folder.path());
    let inputs = experiments
        .iter()
        .map(|experiment| write(experiment.trace(), folder))
        .collect::<io::Result<Vec<Input>>>()
        .map_err(|error| {
            Failure::Input(format!(
                "error: can't write to {}: {error}",
                folder.visible()
            ))
        })?;
    check_room(&inputs, arguments)?;
    let parts = |row: usize| experiments[row].counted().to_vec();
    // The experiments are written here, whatever traces are written in.
    let results = measure(arguments, ReadOptions::STRICT, heaps, inputs, parts)?;
    let growing: Vec<Growing> = (0..results.heaps.len())
        .filter_map(|heap| grow(&results, heap, &experiments))
        .collect();
    #[cfg(feature = "plots")]
    if let Some(file) = &arguments.svg {
        let svg = picture::draw(&growing, &experiments, results.common.align_bytes)?;
        fs::write(file, svg).map_err(|error| {
            Failure::Input(format!("error: can't write {}: {error}", file.visible()))
        })?;
    }
    match arguments.format {
        Format::Table => print::styled(&report::text(&growing, &experiments, &results))?,
        Format::Json => data::print_json(&growing, &results)?,
        Format::Csv => data::print_csv(&growing)?,
    }
    let outcome = tell_faults(&results, arguments.format);
    if outcome.is_err() && arguments.keep.is_none() {
        print::remark(format_args!(
            "\nhelp: the experiments are traces made for this run; keep them with --keep DIR\n"
        ));
    }
    outcome
}

/// Whether a heap could hold the largest experiment.
fn check_room(inputs: &[Input], arguments: &Arguments) -> Outcome {
    let peaks = inputs.iter().map(|input| input.trace.peak_payload_bytes());
    let most = peaks.max().unwrap_or(0);
    if most <= arguments.heap_limit.into() {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "error: the largest experiment needs {most} bytes of payload at once; the heap limit is {}\n\
         help: raise --heap-limit, or lower --most-blocks",
        arguments.heap_limit
    )))
}

/// Writes an experiment where a worker can read it.
fn write(trace: Trace, folder: &Path) -> io::Result<Input> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.rep", trace.name()));
    // Its header has four lines, so that operations have the lines they have in
    // the trace.
    let written = heaplab_trace::write(&trace, Dialect::Peak, Inexpressible::Refuse)
        .map_err(io::Error::other)?;
    fs::write(&path, written.bytes)?;
    Ok(Input { path, trace })
}

/// The law of one heap; none if it is at fault in any experiment.
fn grow(results: &Results, heap: usize, experiments: &[Experiment]) -> Option<Growing> {
    let point =
        |(row, experiment): (&Row, &Experiment)| experiment.point(row.cells[heap].cost.as_ref()?);
    let points: Vec<Point> = results
        .rows
        .iter()
        .zip(experiments)
        .map(point)
        .collect::<Option<_>>()?;
    let malloc = points.iter().map(|point| {
        [
            point.malloc_allocated,
            point.malloc_free,
            point.malloc_touches,
        ]
    });
    let free = points
        .iter()
        .map(|point| [point.free_allocated, point.free_free, point.free_touches]);
    Some(Growing {
        heap: results.heaps[heap].clone(),
        malloc: Law::fit(&malloc.collect::<Vec<_>>())?,
        free: Law::fit(&free.collect::<Vec<_>>())?,
        points,
    })
}
