//! `heaplab report`: writes a page on which the runs of heaps are seen side by side.
//!
//! [`heaplab_page`] runs every heap on every trace in workers, and makes the page.

use super::destination::{STANDARD_OUTPUT, expect_place};
use super::heap_arguments::HeapArguments;
use super::machine::{MachineArguments, again};
use super::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_checks::{SHOWN_PER_HEAP, fault_paragraph, fault_place};
use heaplab_inputs::{Traces, with_good};
use heaplab_page::{Results, gather_all, page};
use heaplab_worker::Heaps;
use std::path::PathBuf;

/// Arguments of `heaplab report`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is reported as wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab report implicit --trace labs/traces/classic/coalescing.rep -o coalescing.html
  heaplab report implicit explicit segregated --trace mine.rep -o mine.html
  heaplab report explicit:lifo explicit:address --trace labs/traces/classic -o orders.html

The page is one file without links to others. Open it in a browser. A heap at fault is shown up to
its fault.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    heaps: HeapArguments,

    /// The file for the page; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = lab.choose(&arguments.heaps.all())?;
    if arguments.output.as_os_str() != STANDARD_OUTPUT {
        expect_place(&arguments.output)
            .map_err(|error| Failure::Input(format!("error: {error}")))?;
    }
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: Traces) -> Outcome {
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;

    let common = arguments.machine.common();
    let results = gather_all(common, heaps, traces.inputs, &Terminal::listener())?;
    let page = page(&results, &again(common))?;
    let file =
        (arguments.output.as_os_str() != STANDARD_OUTPUT).then_some(arguments.output.as_path());
    print::to(file, &page)?;
    let faults = told_faults(&results);
    if faults.is_empty() {
        return Ok(());
    }
    print::remark(format_args!("{faults}"));
    Err(Failure::Heap)
}

/// Returns what is wrong with the heaps; empty if nothing is.
fn told_faults(results: &Results) -> String {
    let mut text = String::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        let cells = results.cells.iter().filter(|cell| cell.heap == heap);
        let faults: Vec<_> =
            cells.filter_map(|cell| Some((cell.input, cell.fault.as_ref()?))).collect();
        for (input, fault) in faults.iter().take(SHOWN_PER_HEAP) {
            let place = fault_place(&results.inputs[*input].path, fault);
            text += &fault_paragraph(name, &place, fault);
        }
        if let Some(more) = faults.len().checked_sub(SHOWN_PER_HEAP).filter(|more| *more > 0) {
            text += &format!("\n{name} is at fault on {more} more traces; the page shows all\n");
        }
    }
    text
}
