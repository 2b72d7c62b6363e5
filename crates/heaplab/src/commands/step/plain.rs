//! A run in lines: for pipes and screen readers.

use super::{Arguments, HOST_BYTES, no_such_step, remark_on_fault};
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_checks::CheckSettings;
use heaplab_film::{FilmInWorker, Step, writes_in_lines};
use heaplab_inputs::Input;
use heaplab_support::{Error, Work};
use heaplab_trace::Visible;
use heaplab_worker::pool::WorkerOptions;
use std::io::{self, Write};
use std::num::NonZeroUsize;

/// A worker is asked for this many steps at a time.
const STEPS_AT_ONCE: usize = 64;

/// Prints the steps of a heap on a trace.
pub(super) fn run_on(arguments: &Arguments, heap: &str, input: &Input) -> Outcome {
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
        if film.is_empty() {
            let path = input.path.visible();
            print::remark(format_args!("{path}: there is not a step: the trace is empty\n"));
        }
        return Ok(());
    };
    remark_on_fault(arguments, heap, input, (film.len(), failure));
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
    film.at_line(line).ok_or_else(|| no_such_step(input, line, film.len()))
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
