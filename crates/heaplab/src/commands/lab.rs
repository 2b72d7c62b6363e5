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

mod assessing;
mod hint;
mod list;
mod next;
mod report;
mod run;
mod watch;

use super::{check, cost, explain, fuzz, heaps, trace, waste};
use crate::Outcome;
use clap::{Parser, Subcommand};
use heaplab_assess::Workspace;
use heaplab_worker::{Arguments as WorkerArguments, Heaps};

/// A lab: what to do next, and how far it is.
#[derive(Parser)]
#[command(after_help = "\
Your heap is called `mine` beside the others: `check mine`, `cost mine:best-fit`.

Exit code: 0 all is as it should be, 1 your heap is at fault, 2 the command line is.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Subcommand)]
enum Command {
    /// The next unfinished stage: what to do, and what fails (the default).
    Next,
    /// One stage, or one check of it, finished or not.
    Stage(next::StageArguments),
    /// All stages, and which are finished.
    List,
    /// Help with the next unfinished stage; again for more.
    Hint(hint::Arguments),
    /// The traces, beside the reference and the C library, and the score.
    Run(run::Arguments),
    /// Build and look again after every save.
    Watch,
    /// Examine a heap access by access, and explain its first fault.
    Check(Box<check::Arguments>),
    /// Account for every byte of a heap.
    Waste(waste::Arguments),
    /// Count what operations cost in memory accesses.
    Cost(cost::Arguments),
    /// Look for failures that no trace has recorded.
    Fuzz(Box<fuzz::Arguments>),
    /// List the heaps and their policies.
    Heaps(heaps::Arguments),
    /// Say what a term, a rule or an error code means.
    Explain(explain::Arguments),
    /// Make, measure and convert traces.
    Trace(trace::Arguments),
    /// A process of its own for heaps that may crash.
    #[command(hide = true)]
    Worker {
        /// Read by the worker itself.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// Runs the command line of a lab's program; `heaps` includes the student's.
pub(crate) fn main(heaps: &Heaps, name: &str) -> Outcome {
    match Cli::parse().command.unwrap_or(Command::Next) {
        Command::Worker { words } => {
            Ok(heaplab_worker::serve(heaps, WorkerArguments::parse(&words)?)?)
        }
        Command::Check(arguments) => check::run(heaps, &arguments),
        Command::Waste(arguments) => waste::run(heaps, &arguments),
        Command::Cost(arguments) => cost::run(heaps, &arguments),
        Command::Fuzz(arguments) => fuzz::run(heaps, &arguments),
        Command::Heaps(arguments) => heaps::run(heaps, &arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Trace(arguments) => trace::run(arguments),
        command => {
            let lab = Workspace::find()?.lab(name)?;
            match command {
                Command::Stage(arguments) => next::stage(&lab, &arguments),
                Command::List => list::run(&lab),
                Command::Hint(arguments) => hint::run(&lab, &arguments),
                Command::Run(arguments) => run::run(heaps, &lab, &arguments),
                Command::Watch => watch::run(&lab),
                _ => next::run(&lab),
            }
        }
    }
}
