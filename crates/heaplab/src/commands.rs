//! The subcommands, one file each.

#[cfg(feature = "production")]
mod bench_programs;
mod bound;
#[cfg(feature = "c-heaps")]
pub(crate) mod c_files;
#[cfg(feature = "grading")]
mod c_worker;
pub(crate) mod check;
#[cfg(feature = "grading")]
mod class;
#[cfg(feature = "production")]
mod compare;
#[cfg(feature = "manual")]
mod completions;
mod cost;
#[cfg(any(feature = "page", feature = "plots"))]
mod destination;
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
#[cfg(feature = "classroom")]
mod gradebook;
pub(crate) mod groups;
mod heap_arguments;
mod heaps;
#[cfg(feature = "grading")]
mod jail;
pub(crate) mod lab;
mod machine;
#[cfg(feature = "manual")]
mod man;
#[cfg(feature = "grading")]
mod new_lab;
#[cfg(feature = "classroom")]
mod overview;
#[cfg(feature = "plots")]
mod plot;
pub(crate) mod print;
pub(crate) mod progress;
mod reading;
#[cfg(feature = "production")]
mod record;
#[cfg(feature = "page")]
mod report;
mod run;
mod small;
#[cfg(feature = "grading")]
mod starter;
mod step;
mod through_cargo;
mod trace;
#[cfg(feature = "production")]
mod usable;
mod values;
mod waste;
mod wrap;

use crate::Outcome;
use clap::Subcommand;
use heaplab_worker::{self as worker, Arguments, Heaps};

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Replays traces on heaps: validity, utilization, throughput.
    Run(Box<run::Arguments>),
    /// Examines a heap access by access, and explains its first fault.
    Check(Box<check::Arguments>),
    /// Accounts for every byte of a heap: headers, padding, free blocks.
    Waste(waste::Arguments),
    /// Shows how small a heap could be: ceilings of utilization, and an offline packing.
    Bound(bound::Arguments),
    /// Counts the memory accesses of each operation: exact on every machine.
    Cost(cost::Arguments),
    /// Shows a run operation by operation, with all that each one changed.
    Step(Box<step::Arguments>),
    /// Writes a page on which the runs of heaps are seen side by side, to be opened in a browser.
    #[cfg(feature = "page")]
    Report(report::Arguments),
    /// Draws pictures of heaps: blocks, bytes and cost over time, growth, memory against speed.
    #[cfg(feature = "plots")]
    Plot(Box<plot::Arguments>),
    /// Compares the speed and memory of heaps and production allocators.
    #[cfg(feature = "production")]
    Compare(Box<compare::Arguments>),
    /// Runs a program with one of the heaps as its malloc.
    #[cfg(feature = "production")]
    Exec(exec::Arguments),
    /// Shows how many bytes allocators hand out beyond the request.
    #[cfg(feature = "production")]
    Usable(usable::Arguments),
    /// Runs real programs under several mallocs: time, memory, page faults.
    #[cfg(feature = "production")]
    BenchPrograms(bench_programs::Arguments),
    /// Shows sections of two allocators side by side.
    #[cfg(feature = "diff")]
    Diff(diff::Arguments),
    /// Tests a heap with generated operations, and shrinks a failure that it finds.
    Fuzz(Box<fuzz::Arguments>),
    /// Lists the heaps and their policies.
    Heaps(heaps::Arguments),
    /// Explains a term, a rule or an error code.
    Explain(explain::Arguments),
    /// Makes, measures and converts traces.
    Trace(trace::Arguments),
    /// Records a real program's heap operations as a trace.
    #[cfg(feature = "production")]
    Record(record::Arguments),
    /// Grades the submissions of a lab.
    #[cfg(feature = "grading")]
    Grade(Box<grade::Arguments>),
    /// Merges the records of several output folders into one folder.
    #[cfg(feature = "grading")]
    Merge(class::MergeArguments),
    /// Makes the feedback of a class anew: hidden traces and checks are shown after a date.
    #[cfg(feature = "grading")]
    Feedback(class::FeedbackArguments),
    /// Makes the table of grades that a platform imports: late days, adjustments, a roster.
    #[cfg(feature = "classroom")]
    Gradebook(Box<gradebook::Arguments>),
    /// Shows how a class did, as a page with pictures: points, stages, traces.
    #[cfg(feature = "classroom")]
    Statistics(overview::StatisticsArguments),
    /// Shows what grading again changed: who gained or lost points, and at which check.
    #[cfg(feature = "classroom")]
    GradeDiff(overview::DifferencesArguments),
    /// Ranks the submissions of a class, the best first.
    #[cfg(feature = "grading")]
    Leaderboard(class::LeaderboardArguments),
    /// Shows which submissions are alike.
    #[cfg(feature = "grading")]
    Similar(class::SimilarArguments),
    /// Runs a lab's own program: the next task, hints, the score.
    Lab(through_cargo::Arguments),
    /// Packs a lab and its grader into one file for a grading platform.
    #[cfg(feature = "classroom")]
    Export(export::Arguments),
    /// Makes the source that students of a lab begin with, from the reference.
    #[cfg(feature = "grading")]
    Starter(starter::Arguments),
    /// Makes a lab of your own, from one that is there.
    #[cfg(feature = "grading")]
    NewLab(new_lab::Arguments),
    /// Prints a script that completes command lines in a shell.
    #[cfg(feature = "manual")]
    Completions(completions::Arguments),
    /// Writes the man pages: `just dist` packs them.
    #[command(hide = true)]
    #[cfg(feature = "manual")]
    Man(man::Arguments),
    /// Runs a lab on the program of a submission in C: `grade` starts it.
    #[command(hide = true)]
    #[cfg(feature = "grading")]
    CWorker(c_worker::Arguments),
    /// Enters a sandbox and becomes another program: `grade` starts it.
    #[command(hide = true)]
    #[cfg(feature = "grading")]
    Jail(jail::Arguments),
    /// Runs a program and measures it: `bench-programs` starts it.
    #[command(hide = true)]
    #[cfg(feature = "production")]
    Measured(bench_programs::measured::Arguments),
    /// Runs heaps that may crash, in a separate process: `run` starts it.
    #[command(hide = true)]
    Worker {
        /// The worker's own arguments.
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
            Command::Bound(arguments) => bound::run(lab, &arguments),
            Command::Cost(arguments) => cost::run(lab, &arguments),
            Command::Step(arguments) => step::run(lab, &arguments),
            #[cfg(feature = "page")]
            Command::Report(arguments) => report::run(lab, &arguments),
            #[cfg(feature = "plots")]
            Command::Plot(arguments) => plot::run(lab, &arguments),
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
            Command::Feedback(arguments) => class::feedback(&arguments),
            #[cfg(feature = "classroom")]
            Command::Gradebook(arguments) => gradebook::run(&arguments),
            #[cfg(feature = "classroom")]
            Command::Statistics(arguments) => overview::statistics(&arguments),
            #[cfg(feature = "classroom")]
            Command::GradeDiff(arguments) => overview::differences(&arguments),
            #[cfg(feature = "grading")]
            Command::Leaderboard(arguments) => class::leaderboard(&arguments),
            #[cfg(feature = "grading")]
            Command::Similar(arguments) => class::similar(&arguments),
            Command::Lab(arguments) => through_cargo::run(&arguments),
            #[cfg(feature = "classroom")]
            Command::Export(arguments) => export::run(&arguments),
            #[cfg(feature = "grading")]
            Command::Starter(arguments) => starter::run(&arguments),
            #[cfg(feature = "grading")]
            Command::NewLab(arguments) => new_lab::run(&arguments),
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
            Command::CWorker(arguments) => c_worker::run(&arguments),
            #[cfg(feature = "grading")]
            Command::Jail(arguments) => jail::run(&arguments),
            Command::Worker { words } => Ok(worker::serve(lab, Arguments::parse(&words)?)?),
        }
    }
}
