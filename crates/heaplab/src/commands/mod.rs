//! The subcommands, a file each.

mod heaps;
mod record;
mod run;
mod trace;

use crate::Outcome;
use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Replay traces on heaps: validity, utilization, throughput.
    Run(run::Arguments),
    /// List the heaps and their policies.
    Heaps(heaps::Arguments),
    /// Make, measure and convert traces.
    Trace(trace::Arguments),
    /// Record a real program's heap operations as a trace.
    Record(record::Arguments),
}

impl Command {
    /// Runs the chosen subcommand.
    pub fn run(self) -> Outcome {
        match self {
            Command::Run(arguments) => run::run(arguments),
            Command::Heaps(arguments) => heaps::run(arguments),
            Command::Trace(arguments) => trace::run(arguments),
            Command::Record(arguments) => record::run(arguments),
        }
    }
}
