//! `heaplab compare --split`: how much more memory do several heaps take than one?
//!
//! [`heaplab_compare::split`] measures; [`table`] or [`data`] shows it, and [`picture`]
//! draws it.

mod data;
mod options;
mod picture;
mod table;

pub use options::Options;

use super::options::{Arguments, Format};
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_compare::split::{Plan, Results, measure};
use heaplab_real::KNOWN;
use heaplab_trace::Visible;
use heaplab_worker::Heaps;
use std::fs;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    no_production_allocator(&arguments.heap)?;
    let heaps = lab.choose(&arguments.heap)?;
    // Here it is the host's fault; in a worker it might be the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;
    heaplab_inputs::with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: heaplab_inputs::Traces) -> Outcome {
    let results = measure(
        &plan(arguments),
        heaps,
        traces.inputs,
        &Terminal::listener(),
    )?;
    if let Some(file) = &arguments.split.svg {
        let svg = picture::draw(&results)?;
        fs::write(file, svg).map_err(|error| {
            Failure::Input(format!("error: can't write {}: {error}", file.visible()))
        })?;
    }
    match arguments.format {
        Format::Table => print::styled(&table::render(&results))?,
        Format::Md => {
            let text =
                table::render_markdown(&results) + &heaplab_inputs::markdown(&traces.left_out);
            print::bytes(text.as_bytes())?;
        }
        Format::Csv => data::print_csv(&results)?,
        Format::Json => data::print_json(&results, &traces.left_out)?,
    }
    tell_faults(&results, &arguments.split)
}

fn plan(arguments: &Arguments) -> Plan {
    Plan {
        common: arguments.common(),
        dealings: arguments.split.dealings(),
        numbers: arguments.split.numbers(),
        keep: arguments.split.keep.clone(),
    }
}

/// A trace is dealt over heaps that are made for it, each on a machine of its own.
///
/// # Errors
/// For a production allocator.
fn no_production_allocator(heaps: &[String]) -> Outcome {
    let is_real =
        |heap: &&String| KNOWN.contains(&heap.as_str()) || heaplab_real::library::is_path(heap);
    match heaps.iter().find(is_real) {
        None => Ok(()),
        Some(name) => Err(Failure::Input(format!(
            "error: `{name}` can't be split: a process has one of each production allocator, and can't make more\n\
             help: leave it out; --split is for heaps of the simulated machine, see `heaplab heaps`"
        ))),
    }
}

/// Ends the command with what is wrong with the heaps, if anything is.
fn tell_faults(results: &Results, options: &Options) -> Outcome {
    if results.faults().next().is_none() {
        return Ok(());
    }
    print::remark(format_args!("{}", table::faults(results)));
    if options.keep.is_none() && results.faults().any(|(_, fault)| fault.is_in_a_part) {
        print::remark(format_args!(
            "\nhelp: the parts are traces made for this run; keep them with --keep DIR\n"
        ));
    }
    Err(Failure::Heap)
}
