//! `heaplab run`: replays traces on heaps and says what came of it.
//!
//! [`heaplab_inputs`] finds and reads the traces, [`heaplab_run`] has every heap checked on
//! every trace, and then timed, and works out means, ratios and the score; [`table`],
//! [`markdown`], [`json`] or [`csv`] shows it.

mod csv;
pub(super) mod faults;
pub(super) mod grid;
mod json;
pub(super) mod markdown;
mod options;
pub(super) mod table;

use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_run::{Rule, measure, summarize};
use heaplab_worker::Heaps;
pub use options::Arguments;
pub(super) use options::Format;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = lab.choose(&arguments.heap)?;
    let score_rule = arguments.score_rule()?;
    heaplab_inputs::with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, &heaps, &score_rule, traces)
    })
}

fn run_on(
    arguments: &Arguments,
    heaps: &[String],
    score_rule: &Rule,
    traces: heaplab_inputs::Traces,
) -> Outcome {
    // Here it is the host's fault; in a worker it might be the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;

    let results = measure(
        &arguments.plan(traces.inputs.len()),
        heaps,
        traces.inputs,
        &Terminal::listener(),
    )?;
    let summary = summarize(&results, score_rule);
    match arguments.format {
        Format::Table => table::print(&results, &summary)?,
        Format::Md => markdown::print(&results, &summary, &traces.left_out)?,
        Format::Csv => csv::print(&results)?,
        Format::Json => json::print(&results, &summary, &traces.left_out)?,
    }
    if results.faults().next().is_none() {
        return Ok(());
    }
    faults::print(&results, arguments.format)?;
    Err(Failure::Heap)
}
