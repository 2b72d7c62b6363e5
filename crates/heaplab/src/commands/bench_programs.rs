//! `heaplab bench-programs`: real programs under several mallocs, as whole processes.
//!
//! 1. [`programs`] makes what the programs work on.
//! 2. [`mallocs`] finds who can be put in front of them.
//! 3. [`rounds`] runs each program under each malloc in turns; each run is the only child
//!    of a process of its own ([`measured`]), which asks the kernel what the run took.
//! 4. [`table`] shows medians.

mod csv;
mod json;
mod mallocs;
pub mod measured;
mod programs;
mod rounds;
mod table;

use super::print;
use super::values::parse_count;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_worker::{Heaps, did_you_mean};
use std::num::NonZeroU32;

/// Arguments of `heaplab bench-programs`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab bench-programs
  heaplab bench-programs --program sqlite --malloc libc --malloc segregated --rounds 9

What is measured is a whole process: elapsed and user time, the most resident memory, page faults. None of these \
is the lab's utilization or throughput.

Exit code: 0 fine, 1 a program went wrong under a malloc, 2 the command line or this machine is at fault.")]
pub struct Arguments {
    /// A program, see below. Again for more [default: all that are installed]
    #[arg(long, value_name = "NAME")]
    program: Vec<String>,

    /// A malloc: libc, jemalloc, tcmalloc or mimalloc as the system has them, or a heap
    /// such as `explicit:address`. Again for more [default: all that are installed,
    /// explicit, and segregated]
    #[arg(long, value_name = "NAME")]
    malloc: Vec<String>,

    /// How often to run each program under each malloc
    #[arg(long, default_value_t = DEFAULT_ROUNDS, value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    rounds: NonZeroU32,

    /// How to show the results
    #[arg(long, default_value = "table")]
    format: Format,
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
    let chosen = chosen_programs(&arguments.program)?;
    let mallocs = mallocs::choose(lab, &arguments.malloc)?;
    let folder = super::preload::temporary_folder()?;
    let mut ready = Vec::new();
    for program in chosen {
        match programs::prepare(program, folder.path()) {
            Ok(program) => ready.push(program),
            // Who asked for it wants to know; else it is left out, and that is said.
            Err(why) if !arguments.program.is_empty() => {
                return Err(Failure::Input(format!("error: {}: {why}", program.name)));
            }
            Err(why) => print::remark(format_args!("left out: {}: {why}\n", program.name)),
        }
    }
    if ready.is_empty() {
        return Err(Failure::input("error: none of the programs is installed"));
    }
    let results = rounds::run(&ready, &mallocs, arguments.rounds.get(), folder.path())?;
    match arguments.format {
        Format::Table => print::styled(&table::render(&results))?,
        Format::Md => print::bytes(table::render_markdown(&results).as_bytes())?,
        Format::Csv => csv::print(&results)?,
        Format::Json => json::print(&results)?,
    }
    match results.faults() {
        faults if faults.is_empty() => Ok(()),
        faults => {
            print::remark(format_args!("{faults}"));
            Err(Failure::Heap)
        }
    }
}

fn chosen_programs(names: &[String]) -> Result<Vec<&'static programs::Program>, Failure> {
    if names.is_empty() {
        return Ok(programs::ALL.iter().collect());
    }
    let known: Vec<&str> = programs::ALL.iter().map(|program| program.name).collect();
    let find = |name: &String| {
        let found = programs::ALL.iter().find(|program| program.name == *name);
        found.ok_or_else(|| {
            let meant = did_you_mean(name, &known);
            Failure::Input(format!(
                "error: there is no program `{name}`{meant}\nhelp: the programs are {}",
                known.join(", ")
            ))
        })
    };
    names.iter().map(find).collect()
}
