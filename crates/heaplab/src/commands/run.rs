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
use heaplab_inputs::{Input, Traces, with_good};
#[cfg(feature = "plots")]
use heaplab_report::Report;
use heaplab_report::SPARKLINE_WIDTH;
use heaplab_run::{OverTime, Rule, RunReport, measure, summarize, told_faults};
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

    let over_time = match arguments.sparkline {
        true => Some(over_time(arguments, heaps, &traces.inputs)?),
        false => None,
    };
    let mut results =
        measure(&arguments.plan(traces.inputs.len()), heaps, traces.inputs, &Terminal::listener())?;
    results.over_time = over_time;
    let summary = summarize(&results, score_rule);
    let report = RunReport { results: &results, summary: &summary, left_out: &traces.left_out };
    print::report(&report, arguments.format)?;
    #[cfg(feature = "plots")]
    if let Some(file) = &arguments.svg {
        super::plot::write_svg(file, &heaplab_plot::frontier(&report.json()?)?)?;
    }
    if results.faults().next().is_none() {
        return Ok(());
    }
    let faults = told_faults(&results, again(results.common));
    print::beside(&faults, arguments.format)?;
    Err(Failure::Heap)
}

/// Returns the size of each heap over the operations of each trace.
fn over_time(
    arguments: &Arguments,
    heaps: &[String],
    inputs: &[Input],
) -> Result<OverTime, Failure> {
    // A heap that shrinks and grows within a character is seen.
    const SAMPLES: u32 = 8 * SPARKLINE_WIDTH as u32;
    let common = arguments.machine.common();
    let copy = |input: &Input| Input { path: input.path.clone(), trace: input.trace.clone() };
    let copies = inputs.iter().map(copy).collect();
    let counted =
        heaplab_waste::count_all(common, SAMPLES, heaps.to_vec(), copies, &Terminal::listener())?;
    let mut heap_bytes = vec![vec![Vec::new(); heaps.len()]; inputs.len()];
    for cell in &counted.cells {
        let Ok(waste) = &cell.answer else { continue };
        let bytes = waste.samples.iter().map(|sample| u64::from(sample.heap_bytes()));
        heap_bytes[cell.input][cell.heap] = bytes.collect();
    }
    Ok(OverTime { glyphs: print::glyphs(), heap_bytes })
}
