//! `--from`, `--pid` and `--lenient`: how a command reads traces and logs.

use crate::commands::reading::DialectName;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use heaplab_logs::{Options, Tool};
use heaplab_trace::{Dialect, ReadOptions};

/// How to read files that are traces or logs of other tracers.
#[derive(clap::Args)]
pub(super) struct Reading {
    /// Reads files in this dialect, or as logs of this tool, instead of detecting what they are
    #[arg(long, value_name = "DIALECT")]
    from: Option<Source>,

    /// For a log of several processes (ltrace, valgrind, utrace), takes the calls of this process;
    /// for ltrace also of several that are threads of one process
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pid: Vec<u32>,

    /// Accepts what other drivers accept (double frees, wrong counts, remarks, ...), with a warning
    /// for each
    #[arg(long)]
    lenient: bool,
}

impl Reading {
    /// Returns the options that these arguments give.
    pub(super) fn options(&self, renumber: bool) -> Options {
        Options {
            tool: self.from.and_then(Source::tool),
            pids: self.pid.clone(),
            ..Options::from(ReadOptions {
                dialect: self.from.and_then(Source::dialect),
                lenient: self.lenient,
                renumber,
                ..ReadOptions::STRICT
            })
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
    /// Returns the dialect, if this is a trace.
    fn dialect(self) -> Option<Dialect> {
        match self {
            Source::Dialect(name) => Some(name.into()),
            Source::Log(_) => None,
        }
    }

    /// Returns the tool, if this is a log.
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
