//! `heaplab trace`: make, measure and convert trace files.

mod convert;
mod files;
mod generate;
mod plot;
mod stats;

use crate::Outcome;
use clap::builder::PossibleValue;
use clap::{Subcommand, ValueEnum};
use heaplab_logs::Tool;
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
    /// Write a trace in another dialect, or make one of a log of another tracer.
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

/// What a file may be on the command line: a trace in a dialect, or a log of a tool.
#[derive(Clone, Copy)]
enum Source {
    Dialect(DialectName),
    Log(Tool),
}

impl Source {
    /// The dialect, if it is a trace.
    fn dialect(self) -> Option<Dialect> {
        match self {
            Source::Dialect(name) => Some(name.into()),
            Source::Log(_) => None,
        }
    }

    /// The tool, if it is a log.
    fn tool(self) -> Option<Tool> {
        match self {
            Source::Dialect(_) => None,
            Source::Log(tool) => Some(tool),
        }
    }
}

impl ValueEnum for Source {
    fn value_variants<'a>() -> &'a [Source] {
        &[
            Source::Dialect(DialectName::Classic),
            Source::Dialect(DialectName::Ranges),
            Source::Dialect(DialectName::Peak),
            Source::Dialect(DialectName::Script),
            Source::Dialect(DialectName::Extended),
            Source::Log(Tool::Mtrace),
            Source::Log(Tool::Ltrace),
            Source::Log(Tool::Valgrind),
            Source::Log(Tool::Heaptrack),
            Source::Log(Tool::Utrace),
            Source::Log(Tool::Android),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Source::Dialect(name) => name.to_possible_value(),
            Source::Log(tool) => {
                let help = format!("{}: {}", tool.log(), tool.lines());
                Some(PossibleValue::new(tool.name()).help(help))
            }
        }
    }
}
