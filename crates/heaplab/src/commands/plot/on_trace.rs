//! Pictures of heaps on a trace, over its operations.

use super::output::{Output, write_svg};
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::MachineArguments;
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::commands::values::parse_count;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_inputs::{Input, with_good};
use heaplab_plot::{Picture, Portion};
use heaplab_support::Error;
use heaplab_worker::Heaps;
use std::num::NonZeroU32;
use std::path::Path;

/// Heaps, a trace and a file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab plot map implicit explicit --trace labs/traces/classic/coalescing.rep -o map.svg
  heaplab plot cost explicit --trace mine.rep -o cost.svg --background none

A heap that fails is drawn up to the operation at which it fails.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or the trace is at fault.")]
pub struct OnTrace {
    #[command(flatten)]
    heaps: HeapArguments,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    machine: MachineArguments,
}

/// The same, with samples.
#[derive(clap::Args)]
pub struct OverTime {
    #[command(flatten)]
    on_trace: OnTrace,

    /// The number of samples over time; each sample walks all blocks
    #[arg(long, default_value = "240", value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    samples: NonZeroU32,
}

/// Draws where the blocks are.
pub fn map(lab: &Heaps, arguments: &OnTrace) -> Outcome {
    draw(lab, arguments, |heaps, input| {
        let common = arguments.machine.common();
        let portraits = heaplab_plot::portraits(common, heaps, input, &Terminal::listener())?;
        let is_at_fault = portraits.iter().any(|(_, found)| {
            found.as_ref().is_ok_and(|found| found.failure.is_some()) || found.is_err()
        });
        Ok((heaplab_plot::map(input, &portraits, common.align_bytes), is_at_fault))
    })
}

/// Draws where the bytes go.
pub fn waste(lab: &Heaps, arguments: &OverTime) -> Outcome {
    draw(lab, &arguments.on_trace, |heaps, input| {
        let common = arguments.on_trace.machine.common();
        let samples = arguments.samples.get();
        let found = heaplab_plot::wastes(common, samples, heaps, input, &Terminal::listener())?;
        Ok((heaplab_plot::waste(input, &found, common.align_bytes), is_at_fault(&found)))
    })
}

/// Draws what operations cost.
pub fn cost(lab: &Heaps, arguments: &OnTrace) -> Outcome {
    draw(lab, arguments, |heaps, input| {
        let common = arguments.machine.common();
        let found = heaplab_plot::costs(common, heaps, input, &Terminal::listener())?;
        Ok((heaplab_plot::cost(input, &found, common.align_bytes), is_at_fault(&found)))
    })
}

/// Writes the picture that `waste --svg` asks for. A heap at fault is left out: its fault is
/// printed.
pub fn waste_svg(file: &Path, results: &heaplab_waste::Results) -> Outcome {
    let [input] = results.inputs.as_slice() else {
        return Err(one_trace(results.inputs.len()));
    };
    let portion = |cell: &heaplab_waste::Cell| Portion {
        heap: results.heaps[cell.heap].clone(),
        found: cell.answer.as_ref().ok().cloned(),
        ops: input.trace.ops().len(),
        fault: cell.answer.as_ref().err().cloned(),
    };
    let portions: Vec<_> = results.cells.iter().map(portion).collect();
    match heaplab_plot::waste(input, &portions, results.align_bytes) {
        Ok(picture) => write_svg(file, &picture),
        Err(error) => {
            print::remark(format_args!("{error}\n"));
            Err(Failure::Heap)
        }
    }
}

fn is_at_fault<T>(portions: &[Portion<T>]) -> bool {
    portions.iter().any(|portion| portion.fault.is_some())
}

/// Returns the error for a picture of several traces.
pub fn one_trace(traces: usize) -> Failure {
    Failure::Input(format!(
        "error: this picture shows one trace, but there are {traces}\nhelp: name a file with --trace"
    ))
}

/// A picture, or why there is none; and whether a heap is at fault.
type Drawn = (Result<Picture, Error>, bool);

fn draw(
    lab: &Heaps,
    arguments: &OnTrace,
    draw: impl FnOnce(&[String], &Input) -> Result<Drawn, Error>,
) -> Outcome {
    arguments.output.check()?;
    let heaps = lab.choose(&arguments.heaps.all())?;
    // An error here is the host's; in a worker it might be taken for the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;
    with_good(arguments.machine.wanted(), &*Terminal::listener(), |traces| {
        let [input] = traces.inputs.as_slice() else {
            return Err(one_trace(traces.inputs.len()));
        };
        let (picture, is_at_fault) = draw(&heaps, input)?;
        match picture {
            Ok(picture) => {
                arguments.output.write(&picture)?;
                if !is_at_fault {
                    return Ok(());
                }
                // The first remark says how the picture was made.
                for remark in picture.remarks.iter().skip(1) {
                    print::remark(format_args!("{remark}\n"));
                }
            }
            Err(error) if is_at_fault => print::remark(format_args!("{error}\n")),
            Err(error) => return Err(error.into()),
        }
        Err(Failure::Heap)
    })
}
