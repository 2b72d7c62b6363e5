//! `heaplab lab`: builds and runs a lab's own program with cargo.

use crate::{Failure, Outcome};
use heaplab_assess::{LabFolder, Workspace};
use std::env;
use std::ffi::{OsStr, OsString};
use std::process::Command;

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
    let mut cargo = Command::new(cargo());
    cargo.current_dir(lab.workspace().root()).arg("run").args(options);
    outcome_of(lab, cargo, words)
}

/// Has cargo build the lab's program with a feature, and run it with these words in the folder of
/// this process, from which their paths lead.
#[cfg(not(feature = "page"))]
pub(super) fn run_lab_here(lab: &LabFolder, feature: &str, words: &[impl AsRef<OsStr>]) -> Outcome {
    let mut cargo = Command::new(cargo());
    cargo.args(["run", "--quiet", "--features", feature, "--manifest-path"]);
    cargo.arg(lab.workspace().root().join("Cargo.toml"));
    outcome_of(lab, cargo, words)
}

fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn outcome_of(lab: &LabFolder, mut cargo: Command, words: &[impl AsRef<OsStr>]) -> Outcome {
    let status = cargo
        .args(["--package", &format!("lab-{}", lab.lab.name), "--"])
        .args(words)
        .status()
        .map_err(|error| Failure::Input(format!("error: can't run cargo: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::Heap),
        // The program or cargo has already said why.
        _ => Err(Failure::Input(String::new())),
    }
}
