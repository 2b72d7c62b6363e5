//! `--from` and `--lenient`: how a command reads trace files.

use clap::ValueEnum;
use heaplab_trace::{Dialect, ReadOptions};

/// How to read trace files: the options of every command that reads them.
#[derive(clap::Args, Clone, Copy, Default)]
pub struct Reading {
    /// Reads trace files in this dialect instead of detecting it
    #[arg(long, value_name = "DIALECT")]
    from: Option<DialectName>,

    /// Accepts what other drivers accept (double frees, wrong counts, remarks, ...), with a warning
    /// for each
    #[arg(long)]
    lenient: bool,
}

impl Reading {
    /// Returns the reading options that these arguments give.
    pub fn options(self) -> ReadOptions {
        ReadOptions {
            dialect: self.from.map(Dialect::from),
            lenient: self.lenient,
            ..ReadOptions::STRICT
        }
    }

    /// Returns the arguments that give these reading options.
    pub fn of(options: ReadOptions) -> Reading {
        Reading { from: options.dialect.map(DialectName::from), lenient: options.lenient }
    }
}

/// A dialect on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub enum DialectName {
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

impl From<Dialect> for DialectName {
    fn from(dialect: Dialect) -> DialectName {
        match dialect {
            Dialect::Classic => DialectName::Classic,
            Dialect::Ranges => DialectName::Ranges,
            Dialect::Peak => DialectName::Peak,
            Dialect::Script => DialectName::Script,
            Dialect::Extended => DialectName::Extended,
        }
    }
}
