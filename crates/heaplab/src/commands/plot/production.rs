//! Pictures in which many heaps, or production allocators, are compared.

use super::figures::{From, drawn, write_or_tell};
use super::output::Output;
use crate::commands::compare::{By, dealings, parse_heaps};
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::MachineArguments;
use crate::commands::progress::Terminal;
use crate::commands::values::{parse_count, parse_seconds};
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_compare::split::{self, SplitReport};
use heaplab_compare::{CompareReport, contenders, measure};
use heaplab_inputs::with_good;
use heaplab_report::Report;
use heaplab_worker::Heaps;
use std::num::NonZeroU32;

/// Arguments of `heaplab plot split`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab plot split implicit quick --trace mine.rep -o many.svg
  heaplab plot split --figures many.json -o many.svg

The figures are those of `heaplab compare --split`: exact, and the same on every machine.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line, a trace or the figures are at fault.")]
pub struct Split {
    #[command(flatten)]
    heaps: HeapArguments,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    from: From,

    /// The numbers of heaps
    #[arg(
        long,
        value_name = "N,N..",
        value_delimiter = ',',
        value_parser = parse_heaps,
        default_value = "1,2,4,8,16"
    )]
    over: Vec<NonZeroU32>,

    /// The rule that chooses a heap for each new block; may be repeated [default: class and turns]
    #[arg(long, value_name = "RULE")]
    by: Vec<By>,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Draws what many heaps need.
pub fn split(lab: &Heaps, arguments: &Split) -> Outcome {
    arguments.output.check()?;
    if let Some(file) = &arguments.from.file {
        return arguments.output.write(&drawn(file, heaplab_plot::split)?);
    }
    let heaps = lab.choose(&arguments.heaps.all())?;
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;
    let mut numbers = arguments.over.clone();
    numbers.sort_unstable();
    numbers.dedup();
    let plan = split::Plan {
        common: arguments.machine.common(),
        dealings: dealings(&arguments.by),
        numbers,
        keep: None,
    };
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        let results = split::measure(&plan, heaps, traces.inputs, &Terminal::listener())?;
        let is_at_fault = results.faults().next().is_some();
        let faults = if is_at_fault { split::told_faults(&results) } else { String::new() };
        let report = SplitReport { results: &results, left_out: &traces.left_out };
        write_or_tell(&arguments.output, heaplab_plot::split(&report.json()?), &faults)
    })
}

/// Arguments of `heaplab plot frontier`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab plot frontier explicit quick libc --trace mine.rep -o frontier.svg
  heaplab compare --format json > speeds.json; heaplab plot frontier --figures speeds.json -o frontier.svg
  heaplab run --format json > run.json; heaplab plot frontier --figures run.json -o frontier.svg

The figures are those of `heaplab compare`, measured on this machine: use an optimized program. Those of `heaplab run` have \
the utilization of the lab's heaps instead of the host's memory. `libc` is always among them.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line, a trace or the figures are at fault.")]
pub struct Frontier {
    #[command(flatten)]
    heaps: HeapArguments,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    from: From,

    /// The number of turns on each trace, spread over three processes
    #[arg(long, default_value = "9", value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    turns: NonZeroU32,

    /// The time that a contender may use on a trace: after it, the contender takes no more turns
    #[arg(
        long,
        default_value_t = 0.5,
        value_name = "SECONDS",
        value_parser = parse_seconds
    )]
    seconds_each: f64,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Draws memory against speed.
pub fn frontier(lab: &Heaps, arguments: &Frontier) -> Outcome {
    const C_LIBRARY: &str = "libc";
    arguments.output.check()?;
    if let Some(file) = &arguments.from.file {
        return arguments.output.write(&drawn(file, heaplab_plot::frontier)?);
    }
    let mut names = arguments.heaps.all();
    if !names.is_empty() && !names.iter().any(|name| name == C_LIBRARY) {
        names.push(C_LIBRARY.to_owned());
    }
    let contenders = contenders(lab, &names, &Terminal::listener())?;
    let plan = heaplab_compare::Plan {
        common: arguments.machine.common(),
        times: true,
        memory: true,
        turns: arguments.turns,
        seconds_each: arguments.seconds_each,
    };
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        let results = measure(&plan, contenders, traces.inputs, &Terminal::listener())?;
        let is_at_fault = results.faults().next().is_some();
        let faults =
            if is_at_fault { heaplab_compare::told_faults(&results) } else { String::new() };
        let report = CompareReport { results: &results, left_out: &traces.left_out };
        write_or_tell(&arguments.output, heaplab_plot::frontier(&report.json()?), &faults)
    })
}
