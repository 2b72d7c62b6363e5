//! `heaplab bound`: shows how small a heap could be, beside the heaps that there are.

use super::heap_arguments::HeapArguments;
use super::machine::{MachineArguments, again};
use super::print::{self, Format};
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_bound::{BoundReport, bound_all};
use heaplab_inputs::{Traces, with_good};
use heaplab_run::{Checking, told_faults};
use heaplab_worker::Heaps;

/// Arguments of `heaplab bound`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is reported as wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab bound quick --trace mine.rep
  heaplab bound segregated quick --align 8
  heaplab bound quick --trace mine.rep --format json

The ceiling is peak payload divided by the most bytes that live blocks take at once: no heap with
such blocks has a higher utilization. The packing knows the whole trace: it gives every block a
place, the largest first. A heap, which sees one call after the other, can rarely do as well.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    heaps: HeapArguments,

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
        run_on(arguments, &heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: &[String], traces: Traces) -> Outcome {
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;

    let machine = &arguments.machine;
    let checking =
        Checking { common: machine.common(), check_every: None, jobs: None, costs: None };
    let listener = Terminal::listener();
    let results = bound_all(machine.align, &checking, heaps, traces.inputs, &listener)?;
    let report = BoundReport { results: &results, left_out: &traces.left_out };
    print::report(&report, arguments.format)?;
    let faults = told_faults(&results.run, again(results.run.common));
    if faults.is_empty() {
        return Ok(());
    }
    print::beside(&faults, arguments.format)?;
    Err(Failure::Heap)
}
