//! Pictures that are drawn from a document: of a new measurement, or from a file.

use super::output::Output;
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::MachineArguments;
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_report::Report;
use heaplab_run::{GrowthPlan, grow_all};
use heaplab_support::{Error, open_file};
use heaplab_trace::Visible;
use heaplab_worker::Heaps;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Arguments of `heaplab plot growth`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab plot growth -o growth.svg
  heaplab cost --grow --format json > growth.json; heaplab plot growth --figures growth.json -o growth.svg

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or the figures are at fault.")]
pub struct Growth {
    #[command(flatten)]
    heaps: HeapArguments,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    from: From,

    /// The largest number of allocated blocks in an experiment; there are half as many free blocks
    #[arg(
        long,
        default_value_t = 4096,
        value_name = "N",
        value_parser = crate::commands::cost::parse_most_blocks
    )]
    most_blocks: u32,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Where the figures come from.
#[derive(clap::Args)]
pub(super) struct From {
    /// Draws the figures in this file, and measures nothing: it is the JSON that another command
    /// printed, see docs/see.md
    #[arg(
        long = "figures",
        value_name = "FILE",
        conflicts_with_all = ["heaps", "more_heaps", "trace"]
    )]
    pub(super) file: Option<PathBuf>,
}

/// Draws how costs grow.
pub fn growth(lab: &Heaps, arguments: &Growth) -> Outcome {
    arguments.output.check()?;
    if let Some(file) = &arguments.from.file {
        return arguments.output.write(&drawn(file, heaplab_plot::growth)?);
    }
    let heaps = lab.choose(&arguments.heaps.all())?;
    let plan = GrowthPlan {
        common: arguments.machine.common(),
        jobs: None,
        most_blocks: arguments.most_blocks,
        keep: None,
    };
    let grown = grow_all(&plan, &heaps, &Terminal::listener())?;
    let faults = heaplab_run::told_faults(
        grown.results(),
        crate::commands::machine::again(grown.results().common),
    );
    write_or_tell(&arguments.output, heaplab_plot::growth(&grown.json()?), &faults)
}

/// Writes the picture, if there is one, and prints the faults, if there are some.
pub(super) fn write_or_tell(
    output: &Output,
    picture: Result<heaplab_plot::Picture, Error>,
    faults: &str,
) -> Outcome {
    if !faults.is_empty() {
        print::remark(format_args!("{faults}"));
    }
    match picture {
        Ok(picture) => output.write(&picture)?,
        Err(error) if !faults.is_empty() => print::remark(format_args!("{error}\n")),
        Err(error) => return Err(error.into()),
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Heap) }
}

/// Arguments of `heaplab plot programs`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  heaplab bench-programs --format json > programs.json
  heaplab plot programs --figures programs.json -o programs.svg")]
pub struct Programs {
    #[command(flatten)]
    output: Output,

    /// What `bench-programs --format json` printed
    #[arg(long, value_name = "FILE")]
    figures: PathBuf,
}

/// Draws how programs run.
pub fn programs(arguments: &Programs) -> Outcome {
    arguments.output.check()?;
    arguments.output.write(&drawn(&arguments.figures, heaplab_plot::programs)?)
}

/// Draws the figures in a file.
pub(super) fn drawn(
    file: &Path,
    draw: impl FnOnce(&[u8]) -> Result<heaplab_plot::Picture, Error>,
) -> Result<heaplab_plot::Picture, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Input(format!("error: can't read {}: {error}", file.visible()))
    };
    let mut document = Vec::new();
    let mut opened = open_file(file).map_err(|error| failed(&error))?;
    opened.read_to_end(&mut document).map_err(|error| failed(&error))?;
    draw(&document).map_err(|error| Failure::Input(format!("{error}\n  in {}", file.visible())))
}
