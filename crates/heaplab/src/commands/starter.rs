//! `heaplab starter`: makes, from the reference, the source with which students of a lab begin, and
//! the file that the lab provides with it.

use super::print;
use crate::{Failure, Outcome};
use heaplab_assess::{LabFolder, Workspace};
use heaplab_trace::Visible;
use std::path::PathBuf;

/// Arguments of `heaplab starter`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab starter 1-implicit                    print it
  heaplab starter 1-implicit --filled 2         with its first two holes filled in
  heaplab starter 1-implicit -o labs/1-implicit/src/lib.rs
  heaplab starter 1-implicit --given            print what the lab brings: src/given.rs
  heaplab starter --all                         write both files of all labs anew
  heaplab starter --all --check                 are they what the references make?

Exit code: 0 done, or they are; 1 a file is another; 2 the command line or a lab is at fault.")]
pub struct Arguments {
    /// The lab: `1-implicit`
    #[arg(value_name = "LAB", required_unless_present = "all")]
    lab: Option<String>,

    /// With this many of its holes filled in, in their order
    #[arg(long, value_name = "HOLES", default_value_t = 0, conflicts_with = "all")]
    filled: usize,

    /// With all of them: a source that earns full marks
    #[arg(long, conflicts_with_all = ["filled", "all"])]
    solution: bool,

    /// What the lab brings beside it: `src/given.rs`
    #[arg(long, conflicts_with_all = ["filled", "solution", "all"])]
    given: bool,

    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "FILE", conflicts_with = "all")]
    output: Option<PathBuf>,

    /// Write `src/lib.rs` and `src/given.rs` of every lab
    #[arg(long, conflicts_with = "lab")]
    all: bool,

    /// Only compare
    #[arg(long, requires = "all")]
    check: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let workspace = Workspace::find()?;
    if let Some(name) = &arguments.lab {
        return one(&workspace.lab(name)?, arguments);
    }
    let others = workspace.other_starters()?;
    for (path, text) in &others {
        if arguments.check {
            print::remark(format_args!("{} is not what the reference makes\n", path.visible()));
        } else {
            print::to(Some(path), text)?;
            print::remark(format_args!("wrote {}\n", path.visible()));
        }
    }
    match arguments.check && !others.is_empty() {
        true => Err(Failure::Heap),
        false => Ok(()),
    }
}

fn one(lab: &LabFolder, arguments: &Arguments) -> Outcome {
    let holes = lab.lab.holes.len();
    if arguments.filled > holes {
        return Err(Failure::Input(format!(
            "error: the lab {} has {holes} holes, and {} are to be filled in",
            lab.lab.name, arguments.filled
        )));
    }
    let text = if arguments.solution {
        lab.solution()?
    } else if arguments.given {
        lab.given()?
    } else {
        lab.starter(arguments.filled)?.lib
    };
    print::to(arguments.output.as_deref(), &text)
}
