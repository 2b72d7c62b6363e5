//! `heaplab run`: replays traces on heaps and reports the results.
//!
//! [`heaplab_inputs`] finds and reads the traces; [`heaplab_run`] checks and then times every heap
//! on every trace, and computes means, ratios and the score.

mod options;

use super::machine::again;
use super::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_inputs::{Traces, with_good};
use heaplab_run::{Rule, RunReport, measure, summarize, told_faults};
use heaplab_worker::Heaps;
pub use options::Arguments;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = lab.choose(&arguments.heaps.all())?;
    let score_rule = arguments.score_rule()?;
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, &heaps, score_rule.as_ref(), traces)
    })
}

fn run_on(
    arguments: &Arguments,
    heaps: &[String],
    score_rule: Option<&Rule>,
    traces: Traces,
) -> Outcome {
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;

    let results =
        measure(&arguments.plan(traces.inputs.len()), heaps, traces.inputs, &Terminal::listener())?;
    let summary = summarize(&results, score_rule);
    let report = RunReport { results: &results, summary: &summary, left_out: &traces.left_out };
    print::report(&report, arguments.format)?;
    if results.faults().next().is_none() {
        return Ok(());
    }
    let faults = told_faults(&results, again(results.common));
    print::beside(&faults, arguments.format)?;
    Err(Failure::Heap)
}
