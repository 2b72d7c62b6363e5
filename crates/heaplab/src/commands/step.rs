//! `heaplab step`: shows a run operation by operation, with all that each one changed in the heap.
//!
//! [`heaplab_film`] records the run in a worker and answers for any of its steps. It is shown on
//! the whole terminal, or in lines.

mod plain;
#[cfg(feature = "screen")]
mod screen;
#[cfg(feature = "screen")]
mod terminal;

use super::heap_arguments::HeapArgument;
use super::machine::{Machine, Repeat};
use super::print;
use super::values::parse_count;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_film::Failure as FilmFailure;
use heaplab_inputs::{Input, with_good};
use heaplab_trace::Visible;
use heaplab_worker::Heaps;
use std::env;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

/// Arguments of `heaplab step`.
#[derive(clap::Args)]
#[command(mut_arg("jobs", |jobs| jobs.hide(true)))] // there is one trace
#[command(after_help = "\
Examples:
  heaplab step explicit --trace labs/traces/classic/coalescing.rep
  heaplab step explicit quick --trace mine.rep --at 40
  heaplab step quick                 type the operations: a 0 24, f 0
  heaplab step implicit --trace labs/traces/classic/coalescing.rep --plain
  heaplab step explicit --trace mine.rep --at 40 --steps 1 --words --plain
  heaplab step quick --trace mine.rep --plain | grep ' merge'

The run ends at its end, or at the operation at which `check` finds the heap at fault.

Exit code: 0 no fault, 1 the heap is at fault on the trace, 2 the command line or the trace is at
fault.")]
pub struct Arguments {
    #[command(flatten)]
    heap: HeapArgument,

    /// A second heap, in step with the first
    #[arg(value_name = "HEAP2", conflicts_with = "plain")]
    second: Option<String>,

    /// Begins with the operation on this line of the trace, or the first one below it
    #[arg(long, value_name = "LINE")]
    at: Option<u32>,

    /// Shows this many steps at most
    #[arg(long, value_name = "N", requires = "plain", value_parser = parse_count::<NonZeroUsize>)]
    steps: Option<NonZeroUsize>,

    /// Shows below each step what the allocator wrote, with the line of its source
    #[arg(long, requires = "plain")]
    words: bool,

    /// Prints one step a line, for pipes and screen readers
    #[arg(long)]
    plain: bool,

    #[command(flatten)]
    machine: Machine,
}

/// Host memory that a heap and its film may take, in bytes.
const HOST_BYTES: u64 = 3 << 30;

impl Arguments {
    /// Returns whether the run is shown on the whole terminal.
    pub(super) fn is_screen(&self) -> bool {
        !self.plain
    }
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let mut heaps = vec![arguments.heap.name()];
    heaps.extend(arguments.second.clone());
    lab.choose(&heaps)?;
    if arguments.is_screen() {
        expect_terminal()?;
        if arguments.machine.machine.trace.is_empty() {
            return play(arguments, &heaps);
        }
    }
    with_good(arguments.machine.machine.wanted(), &*Terminal::listener(), |mut traces| {
        match (traces.inputs.pop(), traces.inputs.len()) {
            (Some(input), 0) if arguments.plain => plain::run_on(arguments, &heaps[0], &input),
            (Some(input), 0) => show(arguments, &heaps, input),
            (_, others) => Err(Failure::Input(format!(
                "error: `step` shows one trace, but there are {}\nhelp: name a file with --trace",
                others + 1
            ))),
        }
    })
}

/// Checks that there is a terminal to show the run on, with a screen.
///
/// # Errors
/// If there is not.
pub(super) fn expect_terminal() -> Outcome {
    let why = match io::stdout().is_terminal() {
        false => "standard output is not a terminal",
        // So editors and logs call a terminal that shows text and nothing else.
        true if env::var_os("TERM").is_some_and(|name| name == "dumb") => {
            "the terminal has no screen: TERM is `dumb`"
        }
        true => return Ok(()),
    };
    Err(Failure::Input(format!(
        "error: {why}\nhelp: `step --plain --trace FILE` prints one step a line"
    )))
}

#[cfg(feature = "screen")]
fn show(arguments: &Arguments, heaps: &[String], input: Input) -> Outcome {
    screen::show(arguments, heaps, input)
}

#[cfg(feature = "screen")]
fn play(arguments: &Arguments, heaps: &[String]) -> Outcome {
    screen::play(arguments, heaps)
}

#[cfg(not(feature = "screen"))]
fn show(_: &Arguments, _: &[String], _: Input) -> Outcome {
    Err(without_screen())
}

#[cfg(not(feature = "screen"))]
fn play(_: &Arguments, _: &[String]) -> Outcome {
    Err(without_screen())
}

/// Returns what a program without the screen answers.
#[cfg(not(feature = "screen"))]
fn without_screen() -> Failure {
    Failure::Input(
        "error: this program was built without the feature `screen`\n\
         help: `step --plain --trace FILE` prints one step a line"
            .to_owned(),
    )
}

/// Returns what to say if there is not a step on a line, nor below it.
fn no_such_step(input: &Input, line: u32, steps: usize) -> Failure {
    let last = steps.checked_sub(1).map(|last| input.trace.line(last));
    let last = last.map_or(String::new(), |line| format!("; the last one is on line {line}"));
    Failure::Input(format!(
        "error: {}: there is no step on line {line} or below it{last}",
        input.path.visible()
    ))
}

/// Prints why the run of a heap ended before its trace did.
fn remark_on_fault(
    arguments: &Arguments,
    heap: &str,
    input: &Input,
    (steps, failure): (usize, &FilmFailure),
) {
    let line = steps.checked_sub(1).map(|last| input.trace.line(last));
    let repeat = Repeat::command(&arguments.machine, heap, &input.path, line);
    print::remark(format_args!(
        "{heap} is at fault on {}: {}: {}\nexplained by: {repeat}\n",
        input.path.visible(),
        failure.code,
        failure.message
    ));
}
