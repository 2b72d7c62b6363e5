//! `heaplab compare --split`: compares the memory of several heaps with that of one.
//!
//! [`heaplab_compare::split`] takes the measurements.

use super::options::Arguments;
use super::split_options::Options;
use crate::commands::plot::write_svg;
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_compare::split::{Plan, Results, SplitReport, measure, told_faults};
use heaplab_report::Report;
use heaplab_worker::Heaps;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    no_production_allocator(&arguments.heaps.all())?;
    let heaps = lab.choose(&arguments.heaps.all())?;
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;
    heaplab_inputs::with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: heaplab_inputs::Traces) -> Outcome {
    let results = measure(&plan(arguments), heaps, traces.inputs, &Terminal::listener())?;
    let report = SplitReport { results: &results, left_out: &traces.left_out };
    if let Some(file) = &arguments.split.svg {
        write_svg(file, &heaplab_plot::split(&report.json()?)?)?;
    }
    print::report(&report, arguments.format)?;
    tell_faults(&results, &arguments.split)
}

fn plan(arguments: &Arguments) -> Plan {
    Plan {
        common: arguments.machine.common(),
        dealings: arguments.split.dealings(),
        numbers: arguments.split.numbers(),
        keep: arguments.split.keep.clone(),
    }
}

/// Refuses production allocators: a split needs several heaps, each on its own machine.
///
/// # Errors
/// If a heap is a production allocator.
fn no_production_allocator(heaps: &[String]) -> Outcome {
    let is_real =
        |heap: &&String| heaplab_real::is_known(heap) || heaplab_real::library::is_path(heap);
    match heaps.iter().find(is_real) {
        None => Ok(()),
        Some(name) => Err(Failure::Input(format!(
            "error: `{name}` can't be split: a process has one of each production allocator, and can't make more\n\
             help: leave it out; --split is for heaps of the simulated machine, see `heaplab heaps`"
        ))),
    }
}

/// Reports the faults of the heaps, if there are any, and ends the command.
fn tell_faults(results: &Results, options: &Options) -> Outcome {
    if results.faults().next().is_none() {
        return Ok(());
    }
    print::remark(format_args!("{}", told_faults(results)));
    if options.keep.is_none() && results.faults().any(|(_, fault)| fault.is_in_a_part) {
        print::remark(format_args!(
            "\nhelp: the parts are traces made for this run; keep them with --keep DIR\n"
        ));
    }
    Err(Failure::Heap)
}
