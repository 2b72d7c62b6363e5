//! The commands of a lab's own program: `cargo run -p lab-1-implicit`.
//!
//! | command | shows |
//! |---|---|
//! | none, or `next` | the next stage that is not finished: what to do, what fails and why |
//! | `stage` | one stage, or one check of it |
//! | `list` | all stages |
//! | `hint` | help with the next stage, a step at a time |
//! | `run` | the traces, beside the reference and the C library, and the score |
//! | `watch` | `next`, again after each save |
//! | `history` | how the score changed |
//! | `restart` | the starter again; the old file is kept |

mod assessing;
mod hint;
mod history;
mod list;
mod next;
mod report;
mod restart;
mod run;
mod watch;

use super::{check, cost, explain, fuzz, heaps, step, through_cargo, trace, waste};
use crate::Outcome;
use clap::{Parser, Subcommand};
use heaplab_assess::Workspace;
use heaplab_worker::{Arguments as WorkerArguments, Heaps};

/// A lab: the next task, hints, and the score.
#[derive(Parser)]
#[command(after_help = "\
Your heap is called `mine`: `check mine`, `cost mine:best-fit`.

Exit code: 0 no fault, 1 your heap is at fault, 2 the command line is at fault.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Subcommand)]
enum Command {
    /// Shows the next unfinished stage: what to do, and what fails (the default).
    Next(next::Arguments),
    /// Shows one stage, or one check of it, finished or not.
    Stage(next::StageArguments),
    /// Lists all stages, and which of them are finished.
    List,
    /// Gives a hint for the next unfinished stage; repeat the command for more.
    Hint(hint::Arguments),
    /// Runs the traces beside the reference and the C library, and shows the score.
    Run(run::Arguments),
    /// Builds and checks again after every save.
    Watch,
    /// Shows how the score changed.
    History,
    /// Begins the lab again, and keeps the old file.
    Restart,
    /// Examines a heap access by access, and explains its first fault.
    Check(Box<check::Arguments>),
    /// Accounts for every byte of a heap.
    Waste(waste::Arguments),
    /// Counts the memory accesses of each operation.
    Cost(cost::Arguments),
    /// Shows a run operation by operation, with all that each one changed.
    Step(Box<step::Arguments>),
    /// Writes a page on which the runs of heaps are seen side by side.
    #[cfg(feature = "page")]
    Report(super::report::Arguments),
    /// Writes a page on which the runs of heaps are seen side by side.
    #[cfg(not(feature = "page"))]
    #[command(disable_help_flag = true)]
    Report {
        /// `mine --trace FILE -o FILE`; `--help` shows all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<std::ffi::OsString>,
    },
    /// Draws pictures of heaps: blocks, bytes and cost over time, growth.
    #[cfg(feature = "plots")]
    Plot(Box<super::plot::Arguments>),
    /// Draws pictures of heaps: blocks, bytes and cost over time, growth.
    #[cfg(not(feature = "plots"))]
    #[command(disable_help_flag = true)]
    Plot {
        /// `map mine --trace FILE -o FILE`; `--help` shows all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<std::ffi::OsString>,
    },
    /// Tests a heap with generated operations.
    Fuzz(Box<fuzz::Arguments>),
    /// Lists the heaps and their policies.
    Heaps(heaps::Arguments),
    /// Explains a term, a rule or an error code.
    Explain(explain::Arguments),
    /// Makes, measures and converts traces.
    Trace(trace::Arguments),
    /// Runs heaps that may crash, in a separate process.
    #[command(hide = true)]
    Worker {
        /// The worker's own arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// Runs the command line of a lab's program; `heaps` includes the student's.
pub(crate) fn main(heaps: &Heaps, name: &str) -> Outcome {
    heaplab_replay::show_what_heaps_say();
    match Cli::parse().command.unwrap_or(Command::Next(next::Arguments::default())) {
        Command::Worker { words } => {
            Ok(heaplab_worker::serve(heaps, WorkerArguments::parse(&words)?)?)
        }
        Command::Check(arguments) => check::run(heaps, &arguments),
        Command::Waste(arguments) => waste::run(heaps, &arguments),
        Command::Cost(arguments) => cost::run(heaps, &arguments),
        Command::Step(arguments) if arguments.is_screen() && !cfg!(feature = "screen") => {
            step::expect_terminal()?;
            through_cargo::with_feature(&Workspace::find()?.lab(name)?, "screen")
        }
        Command::Step(arguments) => step::run(heaps, &arguments),
        #[cfg(feature = "page")]
        Command::Report(arguments) => super::report::run(heaps, &arguments),
        #[cfg(not(feature = "page"))]
        Command::Report { .. } => {
            through_cargo::with_feature(&Workspace::find()?.lab(name)?, "page")
        }
        #[cfg(feature = "plots")]
        Command::Plot(arguments) => super::plot::run(heaps, &arguments),
        #[cfg(not(feature = "plots"))]
        Command::Plot { .. } => {
            through_cargo::with_feature(&Workspace::find()?.lab(name)?, "plots")
        }
        Command::Fuzz(arguments) => fuzz::run(heaps, &arguments),
        Command::Heaps(arguments) => heaps::run(heaps, &arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Trace(arguments) => trace::run(arguments),
        command => {
            let lab = Workspace::find()?.lab(name)?;
            match command {
                Command::Stage(arguments) => next::stage(heaps, &lab, &arguments),
                Command::List => list::run(&lab),
                Command::Hint(arguments) => hint::run(&lab, &arguments),
                Command::Run(arguments) => run::run(heaps, &lab, &arguments),
                Command::Watch => watch::run(&lab),
                Command::History => history::run(&lab),
                Command::Restart => restart::run(&lab),
                Command::Next(arguments) => next::run(&lab, &arguments),
                _ => next::run(&lab, &next::Arguments::default()),
            }
        }
    }
}
