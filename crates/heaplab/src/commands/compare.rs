//! `heaplab compare`: heaps and production allocators on the same traces.
//!
//! With `--split`, [`split`] compares the memory of many heaps with that of one.

mod options;
mod split;
mod split_options;

use super::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_compare::{
    CompareReport, Contender, NoContender, WITH_ALL, contenders, measure, told_faults,
};
use heaplab_inputs::{Traces, with_good};
use heaplab_real::KNOWN;
use heaplab_worker::Heaps;
pub use options::Arguments;
#[cfg(feature = "plots")]
pub use split_options::{By, dealings, parse_heaps};

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    if !arguments.split.over.is_empty() {
        return split::run(lab, arguments);
    }
    let contenders = contenders(lab, &arguments.heaps.all(), &Terminal::listener())?;
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, contenders, traces)
    })
}

fn run_on(arguments: &Arguments, contenders: Vec<Contender>, traces: Traces) -> Outcome {
    let results = measure(&arguments.plan(), contenders, traces.inputs, &Terminal::listener())?;
    let report = CompareReport { results: &results, left_out: &traces.left_out };
    print::report(&report, arguments.format)?;
    if arguments.heaps.all().is_empty() && heaplab_real::allocators().len() < KNOWN.len() {
        print::remark(format_args!(
            "only one of {} production allocators is built in; all are, in a checkout of heaplab, with\n  {WITH_ALL}\n",
            KNOWN.len()
        ));
    }
    match results.faults().next() {
        None => Ok(()),
        Some(_) => {
            print::remark(format_args!("{}", told_faults(&results)));
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
