//! `heaplab cost`: what each operation touches, counted, so that speed can be
//! compared and graded without a clock.
//!
//! On traces: [`run`](super::run)'s workers check every heap on every trace and
//! count; [`table`], [`json`] or [`csv`] shows it. With `--grow`: the same workers
//! do experiments instead, and [`growth`] fits a law to what they cost.

mod csv;
pub(super) mod entry;
mod growth;
mod json;
mod options;
mod table;

pub use options::Arguments;

use super::run::{self, faults};
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_run::{Checking, Results, check_all};
use heaplab_trace::ReadOptions;
use heaplab_worker::Common;
use heaplab_worker::Heaps;
use options::Format;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    arguments.no_geometry_among_heaps()?;
    let heaps = lab.choose(&arguments.heaps)?;
    // Here it is the host's fault; in a worker it might be the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;
    if arguments.grow {
        return growth::run(arguments, heaps);
    }
    heaplab_inputs::with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: heaplab_inputs::Traces) -> Outcome {
    let reading = arguments.reading.options();
    let results = measure(arguments, reading, heaps, traces.inputs, |_| Vec::new())?;
    match arguments.format {
        Format::Table => table::print(&results, arguments)?,
        Format::Json => json::print(&results, arguments, &traces.left_out)?,
        Format::Csv => csv::print(&results)?,
    }
    tell_faults(&results, arguments.format)
}

/// What the operations cost, of each heap on each trace, and apart for some
/// `parts` of a trace.
fn measure(
    arguments: &Arguments,
    reading: ReadOptions,
    heaps: Vec<String>,
    inputs: Vec<heaplab_inputs::Input>,
    parts: impl Fn(usize) -> Vec<std::ops::Range<usize>>,
) -> Result<Results, Failure> {
    let options = |row| heaplab_cost::Options {
        cache: arguments.cache,
        tlb: arguments.tlb,
        parts: parts(row),
    };
    let checking = Checking {
        common: Common {
            align_bytes: arguments.align.bytes(),
            limit_bytes: arguments.heap_limit,
            reading,
            timeout_seconds: arguments.op_timeout,
        },
        check_every: None,
        jobs: arguments.jobs,
        costs: Some((0..inputs.len()).map(options).collect()),
    };
    let listener = Terminal::listener();
    Ok(check_all(&checking, &heaps, inputs, &listener)?)
}

/// Ends the command with what is wrong with the heaps, if anything is.
fn tell_faults(results: &Results, format: Format) -> Outcome {
    if results.faults().next().is_none() {
        return Ok(());
    }
    let format = match format {
        Format::Table => run::Format::Table,
        Format::Json => run::Format::Json,
        Format::Csv => run::Format::Csv,
    };
    faults::print(results, format)?;
    Err(Failure::Heap)
}
