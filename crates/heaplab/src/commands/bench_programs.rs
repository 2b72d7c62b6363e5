//! `heaplab bench-programs`: real programs under several mallocs, as whole processes.

mod list;
pub mod measured;

use super::print::{self, Format};
use super::progress::Terminal;
use super::values::{parse_count, parse_seconds};
use crate::{Failure, Outcome};
use heaplab_programs::bench::{self, NotMeasured, Request};
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
  heaplab bench-programs --program sqlite --malloc libc --malloc tuned --rounds 9
  heaplab bench-programs --malloc libc --malloc ./libmine.so --program 'sort=sort words.txt'

What is measured is a whole process: elapsed, user and system time, the most resident memory, page faults. None of \
these is the lab's utilization or throughput. Each program first runs with nothing in front of it: what it prints then, \
and its exit code, are what is expected under every malloc.

Exit code: 0 fine, 1 a program went wrong under a malloc, 2 the command line or this machine is at fault.")]
pub struct Arguments {
    /// A program of --list; or one of your own, as 'name=command line', with the words of
    /// the command as a shell reads them. Again for more [default: all that are installed]
    #[arg(long, value_name = "NAME|NAME=COMMAND")]
    program: Vec<String>,

    /// A malloc: libc; jemalloc, tcmalloc, mimalloc, snmalloc or rpmalloc, if --list finds
    /// its library; a heap such as `explicit:address`; or a shared library by its path:
    /// ./libmine.so. Again for more [default: all that are installed, explicit, and
    /// tuned]
    #[arg(long, value_name = "NAME|FILE")]
    malloc: Vec<String>,

    /// List the programs and the mallocs, and what of them is here
    #[arg(long, conflicts_with_all = ["program", "malloc"])]
    list: bool,

    /// How often to run each program under each malloc
    #[arg(long, default_value_t = DEFAULT_ROUNDS, value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    rounds: NonZeroU32,

    /// Do a twentieth of the work, once: to see whether all goes well, and not to measure
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,

    /// A run that takes longer is ended, and the malloc is at fault
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS", value_parser = parse_seconds)]
    timeout: f64,

    /// How to show the results
    #[arg(long, default_value = "table")]
    format: Format,

    /// Draw elapsed times and memory into a file
    #[arg(long, value_name = "FILE")]
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
        print::file(file, results.svg()?.as_bytes())?;
    }
    match results.faults() {
        faults if faults.is_empty() => Ok(()),
        faults => {
            print::remark(format_args!("{faults}"));
            Err(Failure::Heap)
        }
    }
}
