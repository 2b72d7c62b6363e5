//! `heaplab trace convert`: writes a trace in another dialect, or makes a trace of a log.

use super::files::{Output, Source, Visited};
use super::source;
use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_trace::{
    CannotExpress, Contents, Dialect, Evidence, Heading, Inexpressible, Losses, Reading, Visible,
    Writer, write,
};
use std::io;
use std::path::PathBuf;

/// Arguments.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The trace to read, or the log of another tracer; `-` is standard input.
    input: PathBuf,

    /// The file to write; compressed if its name ends in .gz [default: standard
    /// output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The dialect to write [default: script for a .script, otherwise that of the input; for a log:
    /// peak, or extended if peak can't express one of its calls].
    #[arg(long, value_name = "DIALECT")]
    to: Option<crate::commands::reading::DialectName>,

    #[command(flatten)]
    reading: source::Reading,

    /// Treats ids as names, such as the addresses in a tracer's log, and numbers the blocks in the
    /// order in which they appear.
    #[arg(long)]
    renumber: bool,

    /// Writes the closest match if the dialect can't express an operation: calloc and memalign
    /// become malloc, free(NULL) and writes are left out.
    #[arg(long)]
    rewrite: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    let options = arguments.reading.options(arguments.renumber);
    let source = Source::new(&arguments.input);
    let output = Output::from_option(arguments.output.clone());
    let mut contents = Contents::default();
    let converted = match source.visit(&options, &mut contents)? {
        Visited::Passed(summary) => {
            let dialect = arguments.dialect(summary.dialect, &output);
            let losses = contents
                .losses(summary.weight, dialect, arguments.inexpressible())
                .map_err(|error| arguments.refusal(&error))?;
            let heading = Heading::of(&summary);
            output.write_with(|out| {
                let mut writer = Writer::new(out, heading, dialect, losses);
                let again = source.visit_again(&options, &mut writer);
                again.map_err(|_| io::Error::other("the input has changed meanwhile"))?;
                writer.finish().map(|_| ())
            })?;
            Converted {
                read_as: format!("{} ({})", summary.dialect, summary.evidence),
                dialect,
                losses,
            }
        }
        Visited::Kept(reading) => arguments.convert_kept(&reading, &output)?,
    };
    print::remark(format_args!(
        "{}: read as {}, written as {} to {output}\n",
        arguments.input.visible(),
        converted.read_as,
        converted.dialect,
    ));
    report_losses(&converted.losses);
    Ok(())
}

/// The outcome of a conversion.
struct Converted {
    read_as: String,
    dialect: Dialect,
    losses: Losses,
}

impl Arguments {
    /// Converts a trace that is in memory.
    fn convert_kept(&self, reading: &Reading, output: &Output) -> Result<Converted, Failure> {
        let dialect = self.dialect(reading.dialect, output);
        let written = write(&reading.trace, dialect, self.inexpressible());
        let written = written.map_err(|error| self.refusal(&error))?;
        output.write(&written.bytes)?;
        Ok(Converted {
            read_as: match reading.evidence {
                Evidence::MadeOf(log) => log.to_owned(),
                evidence => format!("{} ({evidence})", reading.dialect),
            },
            dialect,
            losses: written.losses,
        })
    }

    /// Returns the dialect to write.
    fn dialect(&self, of_input: Dialect, output: &Output) -> Dialect {
        match self.to {
            Some(name) => Dialect::from(name),
            None if output.is_script() => Dialect::Script,
            None => of_input,
        }
    }

    fn inexpressible(&self) -> Inexpressible {
        if self.rewrite { Inexpressible::Rewrite } else { Inexpressible::Refuse }
    }

    fn refusal(&self, error: &CannotExpress) -> Failure {
        Failure::input(format!(
            "error: {}: {error}\nuse --rewrite to write the closest match, or --to extended \
             to keep everything",
            self.input.visible()
        ))
    }
}

fn report_losses(losses: &Losses) {
    for (count, what) in [
        (losses.callocs, "calloc written as malloc"),
        (losses.memaligns, "memalign written as malloc"),
        (losses.free_nulls, "free(NULL) left out"),
        (losses.writes, "write left out"),
        (losses.comments, "comment left out"),
    ] {
        if count > 0 {
            print::remark(format_args!("note: {count} x {what}\n"));
        }
    }
    if let Some(weight) = losses.weight {
        print::remark(format_args!("note: weight {} written as 1 (both)\n", weight.number()));
    }
}
