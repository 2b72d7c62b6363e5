//! `heaplab cost`: counts the memory accesses of each operation, so that speed can be compared and
//! graded without a clock.
//!
//! On traces, [`heaplab_run`]'s workers check every heap on every trace and count. With `--grow`
//! they do experiments instead, and a law is fitted to the costs.

mod options;

use super::machine::again;
use super::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_cost::Options;
use heaplab_inputs::{Traces, with_good};
#[cfg(feature = "plots")]
use heaplab_report::Report;
use heaplab_run::{Checking, CostReport, GrowthPlan, Results, check_all, grow_all, told_faults};
use heaplab_worker::Heaps;
pub use options::Arguments;
#[cfg(feature = "plots")]
pub use options::parse_most_blocks;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    arguments.no_geometry_among_heaps()?;
    let heaps = lab.choose(&arguments.heaps.all())?;
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;
    if arguments.grow {
        return grow(arguments, &heaps);
    }
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, &heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: &[String], traces: Traces) -> Outcome {
    let options = Options { cache: arguments.cache, tlb: arguments.tlb, ..Options::default() };
    let checking = Checking {
        common: arguments.machine.common(),
        check_every: None,
        jobs: arguments.jobs,
        costs: Some(vec![options; traces.inputs.len()]),
    };
    let listener = Terminal::listener();
    let results = check_all(&checking, heaps, traces.inputs, &listener)?;
    let report = CostReport {
        results: &results,
        cache: arguments.cache,
        tlb: arguments.tlb,
        left_out: &traces.left_out,
    };
    print::report(&report, arguments.format)?;
    tell_faults(arguments, &results)
}

/// Does the experiments of `--grow`.
fn grow(arguments: &Arguments, heaps: &[String]) -> Outcome {
    let plan = GrowthPlan {
        common: arguments.machine.common(),
        jobs: arguments.jobs,
        most_blocks: arguments.most_blocks,
        keep: arguments.keep.clone(),
    };
    let grown = grow_all(&plan, heaps, &Terminal::listener())?;
    #[cfg(feature = "plots")]
    if let Some(file) = &arguments.svg {
        super::plot::write_svg(file, &heaplab_plot::growth(&grown.json()?)?)?;
    }
    print::report(&grown, arguments.format)?;
    let outcome = tell_faults(arguments, grown.results());
    if outcome.is_err() && arguments.keep.is_none() {
        print::remark(format_args!(
            "\nhelp: the experiments are traces made for this run; keep them with --keep DIR\n"
        ));
    }
    outcome
}

/// Reports the faults of the heaps, if there are any, and ends the command.
fn tell_faults(arguments: &Arguments, results: &Results) -> Outcome {
    if results.faults().next().is_none() {
        return Ok(());
    }
    let faults = told_faults(results, again(results.common));
    print::beside(&faults, arguments.format)?;
    Err(Failure::Heap)
}
