//! The subcommands, a file each.

mod bench_programs;
pub(crate) mod check;
mod class;
mod compare;
mod completions;
mod cost;
mod diff;
mod drawing;
mod exec;
mod export;
mod fuzz;
mod grade;
mod heaps;
mod jail;
pub(crate) mod lab;
mod machine;
mod man;
pub(crate) mod print;
pub(crate) mod progress;
mod reading;
mod record;
mod run;
mod small;
mod starter;
mod through_cargo;
mod trace;
mod usable;
mod values;
mod waste;

use crate::Outcome;
use clap::Subcommand;
use heaplab_worker::{self as worker, Arguments, Heaps};

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Replay traces on heaps: validity, utilization, throughput.
    Run(Box<run::Arguments>),
    /// Examine a heap access by access, and explain its first fault.
    Check(Box<check::Arguments>),
    /// Account for every byte of a heap: headers, padding, free blocks.
    Waste(waste::Arguments),
    /// Count what operations cost in memory accesses: exact on every machine.
    Cost(cost::Arguments),
    /// Put heaps and production allocators side by side: speed and memory.
    Compare(Box<compare::Arguments>),
    /// Run a program with one of the heaps as its malloc.
    Exec(exec::Arguments),
    /// Show what allocators hand out beyond the request.
    Usable(usable::Arguments),
    /// Run real programs under several mallocs: time, memory, page faults.
    BenchPrograms(bench_programs::Arguments),
    /// Show sections of two allocators beside each other.
    Diff(diff::Arguments),
    /// Look for failures that no trace has recorded, and make them small.
    Fuzz(Box<fuzz::Arguments>),
    /// List the heaps and their policies.
    Heaps(heaps::Arguments),
    /// Make, measure and convert traces.
    Trace(trace::Arguments),
    /// Record a real program's heap operations as a trace.
    Record(record::Arguments),
    /// Grade what students of a lab handed in.
    Grade(Box<grade::Arguments>),
    /// Put the records of several folders into one.
    Merge(class::MergeArguments),
    /// Show who of a class is first.
    Leaderboard(class::LeaderboardArguments),
    /// Show which submissions are alike.
    Similar(class::SimilarArguments),
    /// A lab's own program: what to do next, hints, the score.
    Lab(through_cargo::Arguments),
    /// Pack what grades a lab on a platform.
    Export(export::Arguments),
    /// Make what students of a lab begin with, from the reference.
    Starter(starter::Arguments),
    /// Print what completes command lines in a shell.
    Completions(completions::Arguments),
    /// Write the man pages: `just dist` packs them.
    #[command(hide = true)]
    Man(man::Arguments),
    /// Become another program, shut in: `grade` starts it.
    #[command(hide = true)]
    Jail(jail::Arguments),
    /// Run a program and say what it took: `bench-programs` starts it.
    #[command(hide = true)]
    Measured(bench_programs::measured::Arguments),
    /// A process of its own for heaps that may crash: `run` starts it.
    #[command(hide = true)]
    Worker {
        /// Read by the worker itself.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

impl Command {
    /// Runs the chosen subcommand. `cli` makes the definition of the whole command line.
    pub fn run(self, lab: &Heaps, cli: fn() -> clap::Command) -> Outcome {
        match self {
            Command::Run(arguments) => run::run(lab, &arguments),
            Command::Check(arguments) => check::run(lab, &arguments),
            Command::Waste(arguments) => waste::run(lab, &arguments),
            Command::Cost(arguments) => cost::run(lab, &arguments),
            Command::Compare(arguments) => compare::run(lab, &arguments),
            Command::Exec(arguments) => exec::run(lab, &arguments),
            Command::Diff(arguments) => diff::run(&arguments),
            Command::Fuzz(arguments) => fuzz::run(lab, &arguments),
            Command::Heaps(arguments) => heaps::run(lab, &arguments),
            Command::Trace(arguments) => trace::run(arguments),
            Command::Record(arguments) => record::run(&arguments),
            Command::Grade(arguments) => grade::run(&arguments),
            Command::Merge(arguments) => class::merge(&arguments),
            Command::Leaderboard(arguments) => class::leaderboard(&arguments),
            Command::Similar(arguments) => class::similar(&arguments),
            Command::Lab(arguments) => through_cargo::run(&arguments),
            Command::Export(arguments) => export::run(&arguments),
            Command::Starter(arguments) => starter::run(&arguments),
            Command::Completions(arguments) => completions::run(&arguments, &cli()),
            Command::Man(arguments) => man::run(&arguments, cli()),
            Command::Usable(arguments) => usable::run(lab, &arguments),
            Command::BenchPrograms(arguments) => bench_programs::run(lab, &arguments),
            Command::Measured(arguments) => bench_programs::measured::run(arguments),
            Command::Jail(arguments) => jail::run(&arguments),
            Command::Worker { words } => Ok(worker::serve(lab, Arguments::parse(&words)?)?),
        }
    }
}
