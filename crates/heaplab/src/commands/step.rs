//! `heaplab step`: shows a run operation by operation, with all that each one changed in the heap.
//!
//! [`heaplab_film`] records the run in a worker and answers for any of its steps.

use super::heap_arguments::HeapArgument;
use super::machine::{Machine, Repeat};
use super::print;
use super::values::parse_count;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_checks::CheckSettings;
use heaplab_film::{FilmInWorker, Step, writes_in_lines};
use heaplab_inputs::{Input, with_good};
use heaplab_support::{Error, Work};
use heaplab_trace::Visible;
use heaplab_worker::Heaps;
use heaplab_worker::pool::WorkerOptions;
use std::io::{self, Write};
use std::num::NonZeroUsize;

/// Arguments of `heaplab step`.
#[derive(clap::Args)]
#[command(mut_arg("jobs", |jobs| jobs.hide(true)))] // there is one trace
#[command(after_help = "\
Examples:
  heaplab step implicit --trace labs/traces/classic/coalescing.rep --plain
  heaplab step explicit --trace mine.rep --at 40 --steps 1 --words --plain
  heaplab step tuned --trace mine.rep --plain | grep ' merge'

The run ends at its end, or at the operation at which `check` finds the heap at fault.

Exit code: 0 no fault, 1 the heap is at fault on the trace, 2 the command line or the trace is at
fault.")]
pub struct Arguments {
    #[command(flatten)]
    heap: HeapArgument,

    /// Begins with the operation on this line of the trace, or the first one below it
    #[arg(long, value_name = "LINE")]
    at: Option<u32>,

    /// Shows this many steps at most
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    steps: Option<NonZeroUsize>,

    /// Shows below each step what the allocator wrote, with the line of its source
    #[arg(long)]
    words: bool,

    /// Prints one step a line, for pipes and screen readers
    #[arg(long, required = true)]
    plain: bool,

    #[command(flatten)]
    machine: Machine,
}

/// Host memory that a heap and its film may take, in bytes.
const HOST_BYTES: u64 = 3 << 30;

/// A worker is asked for this many steps at a time.
const STEPS_AT_ONCE: usize = 64;

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heap = arguments.heap.name().to_owned();
    lab.choose(std::slice::from_ref(&heap))?;
    with_good(arguments.machine.machine.wanted(), &*Terminal::listener(), |traces| {
        match traces.inputs.as_slice() {
            [input] => run_on(arguments, &heap, input),
            all => Err(Failure::Input(format!(
                "error: `step` shows one trace, but there are {}\nhelp: name a file with --trace",
                all.len()
            ))),
        }
    })
}

fn run_on(arguments: &Arguments, heap: &str, input: &Input) -> Outcome {
    let listener = Terminal::listener();
    let worker_options = WorkerOptions::told(&listener, HOST_BYTES);
    let settings = CheckSettings {
        heap: heap.to_owned(),
        trace: (&input.path).into(),
        conditions: arguments.machine.conditions(),
    };
    let work = Work::begin(&*listener, "recording", None);
    let recorded = FilmInWorker::record(settings, &input.trace, &worker_options)?;
    drop(work);
    let mut film = match recorded {
        Ok(film) => film,
        Err(failure) => {
            print::remark(format_args!("{heap}: {}: {}\n", failure.code, failure.message));
            return Err(Failure::Heap);
        }
    };
    let first = first_step(arguments, &film, input)?;
    let count = arguments.steps.map_or(usize::MAX, NonZeroUsize::get);
    let end = film.len().min(first.saturating_add(count));
    let mut lost = None;
    print::written_by(|out| {
        lost = write_steps(arguments, &mut film, first..end, out)?;
        Ok(())
    })?;
    if let Some(error) = lost {
        // The heap does not repeat what it did, or has ended its process.
        print::remark(format_args!("{error}\n"));
        return Err(Failure::Heap);
    }
    let Some(failure) = film.failure() else {
        return Ok(());
    };
    let line = film.len().checked_sub(1).map(|last| input.trace.line(last));
    let repeat = Repeat::command(&arguments.machine, heap, &input.path, line);
    print::remark(format_args!(
        "{heap} is at fault on {}: {}: {}\nexplained by: {repeat}\n",
        input.path.visible(),
        failure.code,
        failure.message
    ));
    Err(Failure::Heap)
}

/// Returns the step to begin with.
fn first_step(
    arguments: &Arguments,
    film: &FilmInWorker<'_>,
    input: &Input,
) -> Result<usize, Failure> {
    let Some(line) = arguments.at else {
        return Ok(0);
    };
    film.at_line(line).ok_or_else(|| {
        let last = film.len().checked_sub(1).map(|last| input.trace.line(last));
        let last = last.map_or(String::new(), |last| format!("; the last one is on line {last}"));
        Failure::Input(format!(
            "error: {}: there is no step on line {line} or below it{last}",
            input.path.visible()
        ))
    })
}

/// Writes the steps, as long as the heap gives them.
fn write_steps(
    arguments: &Arguments,
    film: &mut FilmInWorker<'_>,
    steps: std::ops::Range<usize>,
    out: &mut dyn Write,
) -> io::Result<Option<Error>> {
    let mut next = steps.start;
    while next < steps.end {
        let made: Vec<Step> = match film.steps(next, STEPS_AT_ONCE.min(steps.end - next)) {
            Ok(made) => made,
            Err(error) => return Ok(Some(error)),
        };
        if made.is_empty() {
            break;
        }
        next += made.len();
        for step in made {
            writeln!(out, "{}", step.in_a_line())?;
            if arguments.words {
                match film.accesses(step.op_index) {
                    Ok(accesses) => write!(out, "{}", writes_in_lines(&accesses))?,
                    Err(error) => return Ok(Some(error)),
                }
            }
        }
    }
    Ok(None)
}
