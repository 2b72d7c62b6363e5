//! `heaplab trace`: make, measure and convert trace files.

mod convert;
mod files;
mod generate;
mod plot;
mod stats;

use crate::Outcome;
use clap::{Subcommand, ValueEnum};
use heaplab_trace::Dialect;

/// Arguments.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do with traces.
#[derive(Subcommand)]
enum Command {
    /// Make a trace by rule.
    #[command(name = "gen")]
    Generate(generate::Arguments),
    /// Show what traces are like: calls, sizes, lifetimes, live bytes over time.
    Stats(stats::Arguments),
    /// Write a trace in another dialect.
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

/// A dialect on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum DialectName {
    /// The header of 2002: heap size, ids, operations, weight.
    Classic,
    /// The header of 2010 to 2015: weight, ids, operations, ignore-ranges flag.
    Ranges,
    /// The header since 2016: weight, ids, operations, peak live payload.
    Peak,
    /// No header, `#` comments (Stanford).
    Script,
    /// heaplab's own: adds calloc, memalign, free(NULL) and comments.
    Extended,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Dialect {
        match name {
            DialectName::Classic => Dialect::Classic,
            DialectName::Ranges => Dialect::Ranges,
            DialectName::Peak => Dialect::Peak,
            DialectName::Script => Dialect::Script,
            DialectName::Extended => Dialect::Extended,
        }
    }
}
