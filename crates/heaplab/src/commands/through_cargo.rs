//! `heaplab lab`: builds and runs a lab's own program with cargo.

use crate::{Failure, Outcome};
use heaplab_assess::{LabFolder, Workspace};
use std::env;
use std::ffi::OsStr;
use std::io;
use std::process::{Command, ExitStatus};

/// Arguments of `heaplab lab`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  heaplab lab 1-implicit hint        the same as: cargo run -p lab-1-implicit -- hint")]
pub struct Arguments {
    /// The lab, such as `1-implicit`
    #[arg(value_name = "LAB")]
    lab: String,

    /// The arguments of the lab's program: none, or `hint`, `list`, `run`, `watch`, ...
    #[arg(value_name = "WORDS", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Builds and runs the lab's program.
pub fn run(arguments: &Arguments) -> Outcome {
    run_lab(&Workspace::find()?.lab(&arguments.lab)?, &["--quiet"], &arguments.words)
}

/// Has cargo build the lab's program, with these options, and run it with these words.
pub(super) fn run_lab(lab: &LabFolder, options: &[&str], words: &[impl AsRef<OsStr>]) -> Outcome {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--package", &format!("lab-{}", lab.lab.name)])
        .args(options)
        .arg("--")
        .args(words)
        .current_dir(lab.workspace().root())
        .status();
    outcome(status)
}

/// Has cargo build the lab's program with a feature, and run it with these words in the folder
/// where this program runs, so that files have the same names.
#[cfg(not(feature = "plots"))]
pub(super) fn run_lab_with(lab: &LabFolder, feature: &str, words: &[String]) -> Outcome {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", &format!("lab-{}", lab.lab.name)])
        .args(["--features", feature, "--manifest-path"])
        .arg(lab.workspace().root().join("Cargo.toml"))
        .arg("--")
        .args(words)
        .status();
    outcome(status)
}

fn outcome(status: io::Result<ExitStatus>) -> Outcome {
    let status =
        status.map_err(|error| Failure::Input(format!("error: can't run cargo: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::Heap),
        // The program or cargo has already said why.
        _ => Err(Failure::Input(String::new())),
    }
}
