//! The subcommands, one file each.

#[cfg(feature = "production")]
mod bench_programs;
pub(crate) mod check;
#[cfg(feature = "grading")]
mod class;
#[cfg(feature = "production")]
mod compare;
#[cfg(feature = "manual")]
mod completions;
mod cost;
#[cfg(feature = "diff")]
mod diff;
#[cfg(feature = "production")]
mod exec;
pub(crate) mod explain;
#[cfg(feature = "classroom")]
mod export;
mod fuzz;
#[cfg(feature = "grading")]
mod grade;
pub(crate) mod groups;
mod heap_arguments;
mod heaps;
#[cfg(feature = "grading")]
mod jail;
pub(crate) mod lab;
mod machine;
#[cfg(feature = "manual")]
mod man;
pub(crate) mod print;
pub(crate) mod progress;
mod reading;
#[cfg(feature = "production")]
mod record;
mod run;
mod small;
#[cfg(feature = "grading")]
mod starter;
mod through_cargo;
mod trace;
#[cfg(feature = "production")]
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
    #[cfg(feature = "production")]
    Compare(Box<compare::Arguments>),
    /// Run a program with one of the heaps as its malloc.
    #[cfg(feature = "production")]
    Exec(exec::Arguments),
    /// Show what allocators hand out beyond the request.
    #[cfg(feature = "production")]
    Usable(usable::Arguments),
    /// Run real programs under several mallocs: time, memory, page faults.
    #[cfg(feature = "production")]
    BenchPrograms(bench_programs::Arguments),
    /// Show sections of two allocators beside each other.
    #[cfg(feature = "diff")]
    Diff(diff::Arguments),
    /// Look for failures that no trace has recorded, and make them small.
    Fuzz(Box<fuzz::Arguments>),
    /// List the heaps and their policies.
    Heaps(heaps::Arguments),
    /// Say what a term, a rule or an error code means.
    Explain(explain::Arguments),
    /// Make, measure and convert traces.
    Trace(trace::Arguments),
    /// Record a real program's heap operations as a trace.
    #[cfg(feature = "production")]
    Record(record::Arguments),
    /// Grade what students of a lab handed in.
    #[cfg(feature = "grading")]
    Grade(Box<grade::Arguments>),
    /// Put the records of several folders into one.
    #[cfg(feature = "grading")]
    Merge(class::MergeArguments),
    /// Show who of a class is first.
    #[cfg(feature = "grading")]
    Leaderboard(class::LeaderboardArguments),
    /// Show which submissions are alike.
    #[cfg(feature = "grading")]
    Similar(class::SimilarArguments),
    /// A lab's own program: what to do next, hints, the score.
    Lab(through_cargo::Arguments),
    /// Pack what grades a lab on a platform.
    #[cfg(feature = "classroom")]
    Export(export::Arguments),
    /// Make what students of a lab begin with, from the reference.
    #[cfg(feature = "grading")]
    Starter(starter::Arguments),
    /// Print what completes command lines in a shell.
    #[cfg(feature = "manual")]
    Completions(completions::Arguments),
    /// Write the man pages: `just dist` packs them.
    #[command(hide = true)]
    #[cfg(feature = "manual")]
    Man(man::Arguments),
    /// Become another program, shut in: `grade` starts it.
    #[command(hide = true)]
    #[cfg(feature = "grading")]
    Jail(jail::Arguments),
    /// Run a program and say what it took: `bench-programs` starts it.
    #[command(hide = true)]
    #[cfg(feature = "production")]
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
    #[cfg_attr(
        not(feature = "manual"),
        expect(unused_variables, reason = "only the manual is made of the command line")
    )]
    pub fn run(self, lab: &Heaps, cli: fn() -> clap::Command) -> Outcome {
        match self {
            Command::Run(arguments) => run::run(lab, &arguments),
            Command::Check(arguments) => check::run(lab, &arguments),
            Command::Waste(arguments) => waste::run(lab, &arguments),
            Command::Cost(arguments) => cost::run(lab, &arguments),
            #[cfg(feature = "production")]
            Command::Compare(arguments) => compare::run(lab, &arguments),
            #[cfg(feature = "production")]
            Command::Exec(arguments) => exec::run(lab, &arguments),
            #[cfg(feature = "diff")]
            Command::Diff(arguments) => diff::run(&arguments),
            Command::Fuzz(arguments) => fuzz::run(lab, &arguments),
            Command::Heaps(arguments) => heaps::run(lab, &arguments),
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Trace(arguments) => trace::run(arguments),
            #[cfg(feature = "production")]
            Command::Record(arguments) => record::run(&arguments),
            #[cfg(feature = "grading")]
            Command::Grade(arguments) => grade::run(&arguments),
            #[cfg(feature = "grading")]
            Command::Merge(arguments) => class::merge(&arguments),
            #[cfg(feature = "grading")]
            Command::Leaderboard(arguments) => class::leaderboard(&arguments),
            #[cfg(feature = "grading")]
            Command::Similar(arguments) => class::similar(&arguments),
            Command::Lab(arguments) => through_cargo::run(&arguments),
            #[cfg(feature = "classroom")]
            Command::Export(arguments) => export::run(&arguments),
            #[cfg(feature = "grading")]
            Command::Starter(arguments) => starter::run(&arguments),
            #[cfg(feature = "manual")]
            Command::Completions(arguments) => completions::run(&arguments, &cli()),
            #[cfg(feature = "manual")]
            Command::Man(arguments) => man::run(&arguments, cli()),
            #[cfg(feature = "production")]
            Command::Usable(arguments) => usable::run(lab, &arguments),
            #[cfg(feature = "production")]
            Command::BenchPrograms(arguments) => bench_programs::run(lab, &arguments),
            #[cfg(feature = "production")]
            Command::Measured(arguments) => bench_programs::measured::run(arguments),
            #[cfg(feature = "grading")]
            Command::Jail(arguments) => jail::run(&arguments),
            Command::Worker { words } => Ok(worker::serve(lab, Arguments::parse(&words)?)?),
        }
    }
}
