//! `heaplab waste`: accounts for the bytes of a heap.
//!
//! [`heaplab_waste`] counts the bytes of every heap on every trace: at the peak of payload, at the
//! largest heap, and over time.

use super::heap_arguments::HeapArguments;
use super::machine::MachineArguments;
use super::print::{self, Format};
use super::values::parse_count;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_inputs::{Traces, with_good};
use heaplab_waste::{WasteReport, count_all, told_faults};
use heaplab_worker::Heaps;
use std::num::NonZeroU32;

/// Arguments of `heaplab waste`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is reported as wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab waste --trace labs/traces/classic/binary.rep
  heaplab waste explicit:lifo explicit:address --trace mine.rep
  heaplab waste
  heaplab waste segregated --trace mine.rep --samples 1000 --format csv

For a single trace, the whole account is shown; for several traces, one line each.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    heaps: HeapArguments,

    /// The number of samples over time; each sample walks all blocks
    #[arg(long, default_value = "64", value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    samples: NonZeroU32,

    /// Shows the size of each heap over time in a column of the table
    #[arg(long)]
    sparkline: bool,

    /// Draws where the bytes go into an SVG file, for one trace
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FILE", value_parser = crate::commands::destination::beside_a_table())]
    svg: Option<std::path::PathBuf>,

    /// The output format
    #[arg(long, default_value = "table")]
    format: Format,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = lab.choose(&arguments.heaps.all())?;
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: Traces) -> Outcome {
    #[cfg(feature = "plots")]
    if arguments.svg.is_some() && traces.inputs.len() != 1 {
        return Err(super::plot::one_trace(traces.inputs.len()));
    }
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;

    let common = arguments.machine.common();
    let samples = arguments.samples.get();
    let listener = Terminal::listener();
    let results = count_all(common, samples, heaps, traces.inputs, &listener)?;
    let sparkline = arguments.sparkline.then(print::glyphs);
    let report = WasteReport { results: &results, left_out: &traces.left_out, sparkline };
    print::report(&report, arguments.format)?;
    #[cfg(feature = "plots")]
    if let Some(file) = &arguments.svg {
        super::plot::waste_svg(file, &results)?;
    }
    let faults = told_faults(&results);
    if faults.is_empty() {
        return Ok(());
    }
    print::beside(&faults, arguments.format)?;
    Err(Failure::Heap)
}
