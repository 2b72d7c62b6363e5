//! `heaplab trace`: make, measure and convert trace files.

mod convert;
mod files;
mod generate;
mod plot;
mod source;
mod stats;

use crate::Outcome;
use clap::Subcommand;

/// Arguments.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do with traces.
#[derive(Subcommand)]
enum Command {
    /// Generates a trace.
    #[command(name = "gen")]
    Generate(generate::Arguments),
    /// Shows statistics of traces: calls, sizes, lifetimes, live bytes over time.
    Stats(stats::Arguments),
    /// Writes a trace in a different dialect, or makes a trace from a log of another tracer.
    Convert(convert::Arguments),
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Generate(arguments) => generate::run(arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
    }
}
