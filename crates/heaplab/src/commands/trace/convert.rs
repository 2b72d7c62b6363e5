//! `heaplab trace convert`: write a trace in another dialect, or one of a log.

use super::files::{Output, Reader};
use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_trace::{Dialect, Evidence, Inexpressible, Losses, Visible, write};
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

    /// The dialect to write [default: script for a .script, otherwise that of
    /// the input; for a log peak, or extended if peak lacks a call of it].
    #[arg(long, value_name = "DIALECT")]
    to: Option<super::DialectName>,

    #[command(flatten)]
    reader: Reader,

    /// Write the nearest thing where the dialect has no word for an operation:
    /// calloc and memalign become malloc, free(NULL) is left out.
    #[arg(long)]
    rewrite: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    let reading = arguments.reader.read(&arguments.input)?;
    let output = Output::from_option(arguments.output.clone());
    let dialect = match arguments.to {
        Some(name) => Dialect::from(name),
        None if output.is_script() => Dialect::Script,
        None => reading.dialect,
    };
    let inexpressible = if arguments.rewrite {
        Inexpressible::Rewrite
    } else {
        Inexpressible::Refuse
    };
    let written = write(&reading.trace, dialect, inexpressible).map_err(|error| {
        Failure::input(format!(
            "error: {}: {error}\nwrite the nearest thing with --rewrite, or keep everything \
             with --to extended",
            arguments.input.visible()
        ))
    })?;
    output.write(&written.bytes)?;
    let read_as = match reading.evidence {
        Evidence::MadeOf(log) => log.to_owned(),
        evidence => format!("{} ({evidence})", reading.dialect),
    };
    print::remark(format_args!(
        "{}: read as {read_as}, written as {dialect} to {output}\n",
        arguments.input.visible(),
    ));
    report_losses(&written.losses);
    Ok(())
}

fn report_losses(losses: &Losses) {
    for (count, what) in [
        (losses.callocs, "calloc written as malloc"),
        (losses.memaligns, "memalign written as malloc"),
        (losses.free_nulls, "free(NULL) left out"),
        (losses.comments, "comment left out"),
    ] {
        if count > 0 {
            print::remark(format_args!("note: {count} x {what}\n"));
        }
    }
    if let Some(weight) = losses.weight {
        print::remark(format_args!(
            "note: weight {} written as 1 (both)\n",
            weight.number()
        ));
    }
}
