//! `heaplab bench-programs`: real programs under several mallocs, as whole processes.

mod list;
pub mod measured;

use super::plot::write_svg;
use super::print::{self, Format};
use super::progress::Terminal;
use super::values::{parse_count, parse_seconds};
use crate::{Failure, Outcome};
use heaplab_programs::bench::{self, NotMeasured, Request};
use heaplab_report::Report;
use heaplab_worker::Heaps;
use std::env;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Arguments of `heaplab bench-programs`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab bench-programs --list
  heaplab bench-programs
  heaplab bench-programs --program sqlite --malloc libc --malloc quick --rounds 9
  heaplab bench-programs --malloc libc --malloc ./libmine.so --program 'sort=sort words.txt'

The command measures whole processes: elapsed, user and system time, peak resident memory, page faults. None of these \
is the lab's utilization or throughput. Each program first runs with its own malloc, and then under each of the \
mallocs: its output and its exit code must be the same.

Exit code: 0 fine, 1 a program failed under a malloc, 2 the command line or this machine is at fault.")]
pub struct Arguments {
    /// A program of --list, or one of your own as 'name=command line', with the words of the
    /// command as a shell reads them; may be repeated [default: all that are installed]
    #[arg(long, value_name = "NAME|NAME=COMMAND")]
    program: Vec<String>,

    /// A malloc: libc; jemalloc, tcmalloc, mimalloc, snmalloc or rpmalloc, if --list finds its
    /// library; a heap such as `explicit:address`; or the path of a shared library: ./libmine.so;
    /// may be repeated [default: all that are installed, explicit, and quick]
    #[arg(long, value_name = "NAME|FILE")]
    malloc: Vec<String>,

    /// Lists the programs and the mallocs, and which of them are installed
    #[arg(long, conflicts_with_all = ["program", "malloc"])]
    list: bool,

    /// The number of runs of each program under each malloc
    #[arg(long, default_value_t = DEFAULT_ROUNDS, value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    rounds: NonZeroU32,

    /// Does a twentieth of the work, once: a test of the setup, not a measurement
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,

    /// The time limit for one run: a run that takes longer is ended, and the malloc is at fault
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS", value_parser = parse_seconds)]
    timeout: f64,

    /// The output format
    #[arg(long, default_value = "table")]
    format: Format,

    /// Draws elapsed times and memory into an SVG file
    #[arg(long, value_name = "FILE", value_parser = crate::commands::destination::beside_a_table())]
    svg: Option<PathBuf>,
}

/// Few enough that all programs are done in some minutes.
const DEFAULT_ROUNDS: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    if arguments.list {
        return list::run();
    }
    let helper = env::current_exe().map_err(Failure::input)?;
    let (percent, rounds) = if arguments.quick { (5, 1) } else { (100, arguments.rounds.get()) };
    let request = Request {
        programs: &arguments.program,
        mallocs: &arguments.malloc,
        percent,
        rounds,
        timeout_seconds: arguments.timeout,
        helper: &helper,
    };
    let measured = bench::run(lab, &request, &*Terminal::listener());
    let results = measured.map_err(|why| match why {
        NotMeasured::Input(error) => error.into(),
        NotMeasured::Malloc(error) => {
            print::remark(format_args!("{error}\n"));
            Failure::Heap
        }
    })?;
    print::report(&results, arguments.format)?;
    if let Some(file) = &arguments.svg {
        write_svg(file, &heaplab_plot::programs(&results.json()?)?)?;
    }
    match results.faults() {
        faults if faults.is_empty() => Ok(()),
        faults => {
            print::remark(format_args!("{faults}"));
            Err(Failure::Heap)
        }
    }
}
