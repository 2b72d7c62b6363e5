//! `heaplab bench-programs`: real programs under several mallocs, as whole processes.
//!
//! 1. [`programs`] makes what the programs work on; [`own`] reads those that the user gives.
//! 2. [`mallocs`] finds who can be put in front of them; [`library`] tries a library of the
//!    user's.
//! 3. [`rounds`] runs each program under each malloc in turns; each run is the only child
//!    of a process of its own ([`measured`]), which asks the kernel what the run took.
//! 4. [`table`] shows medians, and [`picture`] draws them.

mod csv;
mod json;
mod library;
mod list;
mod mallocs;
pub mod measured;
mod own;
mod picture;
mod programs;
mod rounds;
mod table;

use super::print;
use super::values::{parse_count, parse_seconds};
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_trace::Visible;
use heaplab_worker::{Heaps, did_you_mean};
use programs::{Program, Ready};
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

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

/// Few enough that all is done in some minutes.
const DEFAULT_ROUNDS: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");

/// How to show the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Table,
    /// For programs; the schema is `heaplab.programs.v1`.
    Json,
    /// For spreadsheets: a line for each run.
    Csv,
    /// A Markdown table.
    Md,
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    if arguments.list {
        return list::run();
    }
    let folder = super::preload::temporary_folder()?;
    let percent = if arguments.quick { 5 } else { 100 };
    let ready = chosen_programs(&arguments.program, folder.path(), percent)?;
    let mallocs = mallocs::choose(lab, &arguments.malloc, folder.path())?;
    let terms = rounds::Terms {
        rounds: if arguments.quick {
            1
        } else {
            arguments.rounds.get()
        },
        timeout_seconds: arguments.timeout,
        folder: folder.path(),
    };
    let results = rounds::run(&ready, &mallocs, &terms)?;
    match arguments.format {
        Format::Table => print::styled(&table::render(&results))?,
        Format::Md => print::bytes(table::render_markdown(&results).as_bytes())?,
        Format::Csv => csv::print(&results)?,
        Format::Json => json::print(&results)?,
    }
    if let Some(file) = &arguments.svg {
        let svg = picture::draw(&results)?;
        fs::write(file, svg).map_err(|error| {
            Failure::Input(format!("error: can't write {}: {error}", file.visible()))
        })?;
    }
    match results.faults() {
        faults if faults.is_empty() => Ok(()),
        faults => {
            print::remark(format_args!("{faults}"));
            Err(Failure::Heap)
        }
    }
}

/// The programs that were asked for, with all that they work on; all that are installed if
/// none was.
fn chosen_programs(names: &[String], folder: &Path, percent: u32) -> Result<Vec<Ready>, Failure> {
    let mut ready: Vec<Ready> = Vec::new();
    for name in names {
        let program = match own::parse(name)? {
            Some(own) => own,
            None => {
                let program = find_program(name)?;
                let cannot = |why| Failure::Input(format!("error: {name}: {why}"));
                if ready.iter().any(|one| one.name == *name) {
                    return Err(cannot("it is asked for twice".to_owned()));
                }
                program.prepare(folder, percent).map_err(cannot)?
            }
        };
        if ready.iter().any(|one| one.name == program.name) {
            return Err(Failure::Input(format!(
                "error: there are two programs of the name `{}`",
                program.name
            )));
        }
        ready.push(program);
    }
    if names.is_empty() {
        for program in programs::all() {
            match program.prepare(folder, percent) {
                Ok(program) => ready.push(program),
                Err(why) => print::remark(format_args!("left out: {}: {why}\n", program.name)),
            }
        }
    }
    match ready.is_empty() {
        true => Err(Failure::input("error: none of the programs is installed")),
        false => Ok(ready),
    }
}

fn find_program(name: &str) -> Result<&'static Program, Failure> {
    programs::all()
        .find(|program| program.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = programs::all().map(|program| program.name).collect();
            let meant = did_you_mean(name, &known);
            Failure::Input(format!(
                "error: there is no program `{name}`{meant}\nhelp: the programs are {}; \
                 one of your own is given as 'name=command line'",
                known.join(", ")
            ))
        })
}
