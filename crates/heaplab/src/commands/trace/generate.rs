//! `heaplab trace gen`: makes a trace by rule.

use super::files::Output;
use crate::commands::print;
use crate::{Failure, Outcome};
use clap::builder::{PossibleValue, PossibleValuesParser};
use heaplab_support::grouped;
use heaplab_trace::{Dialect, GENERATORS, Generator, Inexpressible, Kind, Parameters, write};
use std::path::PathBuf;

/// Arguments.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The kind of trace; see --list.
    #[arg(required_unless_present = "list", hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    kind: Option<String>,

    /// Lists the kinds of traces.
    #[arg(long, exclusive = true)]
    list: bool,

    /// The seed of the random numbers.
    #[arg(long)]
    seed: Option<u64>,

    /// The approximate number of operations.
    #[arg(long, value_parser = clap::value_parser!(u32).range(16..=100_000_000))]
    ops: Option<u32>,

    /// The maximum number of blocks that are live at once.
    #[arg(long, value_name = "BLOCKS")]
    #[arg(value_parser = clap::value_parser!(u32).range(16..=10_000_000))]
    max_live: Option<u32>,

    /// Makes every block this many times as large.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    size_factor: Option<u32>,

    /// The dialect to write.
    #[arg(long, value_name = "DIALECT", default_value = "extended")]
    to: crate::commands::reading::DialectName,

    /// The file to write; compressed if its name ends in .gz [default: standard
    /// output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn names() -> Vec<PossibleValue> {
    GENERATORS
        .iter()
        .map(|generator| PossibleValue::new(generator.name).help(generator.about))
        .collect()
}

/// Runs the command.
pub(super) fn run(arguments: Arguments) -> Outcome {
    let generator = arguments.kind.as_deref().and_then(Generator::named);
    let Some(generator) = generator else {
        return print::bytes(list().as_bytes());
    };
    refuse_unused_options(generator, &arguments)?;
    let parameters = Parameters {
        seed: arguments.seed.unwrap_or(generator.defaults.seed),
        ops: arguments.ops.unwrap_or(generator.defaults.ops),
        max_live_blocks: arguments.max_live.unwrap_or(generator.defaults.max_live_blocks),
        size_factor: arguments.size_factor.unwrap_or(generator.defaults.size_factor),
    };
    let trace = generator.generate(&parameters);
    let written = write(&trace, Dialect::from(arguments.to), Inexpressible::Refuse)
        .map_err(|error| Failure::input(format!("error: {error}")))?;
    let output = Output::from_option(arguments.output);
    output.write(&written.bytes)?;
    print::remark(format_args!(
        "{}: {} operations, peak payload {} bytes, to {output}\n",
        generator.command(&parameters),
        grouped(trace.ops().len() as u64),
        grouped(trace.peak_payload_bytes()),
    ));
    Ok(())
}

/// Rejects an option that has no effect, which is probably a mistake.
fn refuse_unused_options(generator: &Generator, arguments: &Arguments) -> Outcome {
    let obeys_seed = generator.kind != Kind::Fixed;
    let obeys_size = generator.kind == Kind::Program;
    let unused = if arguments.seed.is_some() && !obeys_seed {
        "--seed"
    } else if arguments.ops.is_some() && !obeys_size {
        "--ops"
    } else if arguments.max_live.is_some() && !obeys_size {
        "--max-live"
    } else if arguments.size_factor.is_some() && !obeys_size {
        "--size-factor"
    } else {
        return Ok(());
    };
    Err(Failure::input(format!(
        "error: {unused} has no effect on `{}`, a trace of fixed length; leave it out",
        generator.name
    )))
}

fn list() -> String {
    let mut text = String::new();
    for (kind, title) in [
        (Kind::Fixed, "Classic, always the same:"),
        (Kind::Random, "Classic, by --seed:"),
        (Kind::Program, "Like programs, by --seed, --ops, --max-live and --size-factor:"),
        (Kind::Stress, "Stress, unlike the traces of programs, by --seed:"),
    ] {
        text += &format!("{title}\n");
        for generator in GENERATORS.iter().filter(|g| g.kind == kind) {
            text += &format!("  {:18} {}\n", generator.name, generator.about);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
