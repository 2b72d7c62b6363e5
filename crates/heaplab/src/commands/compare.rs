//! `heaplab compare`: heaps and production allocators on the same traces.
//!
//! [`heaplab_compare`] measures; [`table`], [`json`] or [`csv`] shows it. With `--split`,
//! [`split`] asks another question: what if there were many heaps?

mod csv;
mod json;
mod options;
mod split;
mod table;

use super::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_compare::{Contender, NoContender, WITH_ALL, contenders, measure};
use heaplab_inputs::{Traces, markdown, with_good};
use heaplab_real::KNOWN;
use heaplab_worker::Heaps;
pub use options::Arguments;
use options::Format;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    if !arguments.split.over.is_empty() {
        return split::run(lab, arguments);
    }
    let contenders = contenders(lab, &arguments.heap, &Terminal::listener())?;
    with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, contenders, traces)
    })
}

fn run_on(arguments: &Arguments, contenders: Vec<Contender>, traces: Traces) -> Outcome {
    let results = measure(
        &arguments.plan(),
        contenders,
        traces.inputs,
        &Terminal::listener(),
    )?;
    match arguments.format {
        Format::Table => print::styled(&table::render(&results))?,
        Format::Md => {
            let text = table::render_markdown(&results) + &markdown(&traces.left_out);
            print::bytes(text.as_bytes())?;
        }
        Format::Csv => csv::print(&results)?,
        Format::Json => json::print(&results, &traces.left_out)?,
    }
    if arguments.heap.is_empty() && heaplab_real::allocators().len() < KNOWN.len() {
        print::remark(format_args!(
            "only one of {} production allocators is built in; all are with\n  {WITH_ALL}\n",
            KNOWN.len()
        ));
    }
    match results.faults().next() {
        None => Ok(()),
        Some(_) => {
            print::remark(format_args!("{}", table::faults(&results)));
            Err(Failure::Heap)
        }
    }
}

impl From<NoContender> for Failure {
    fn from(none: NoContender) -> Failure {
        match none {
            NoContender::Input(error) => error.into(),
            NoContender::AtFault(lines) => {
                print::remark(format_args!("{lines}"));
                Failure::Heap
            }
        }
    }
}
