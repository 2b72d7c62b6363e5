//! `heaplab lab`: builds and runs a lab's own program with cargo.

use super::print;
use crate::{Failure, Outcome};
use heaplab_assess::{LabFolder, Workspace};
use std::env;
use std::ffi::OsStr;
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
    let mut command = cargo_run(lab, options, words);
    ended(command.current_dir(lab.workspace().root()))
}

/// Has cargo build the lab's program with a feature that it was built without, and run it in this
/// folder with the words that this program was started with.
pub(super) fn with_feature(lab: &LabFolder, feature: &str) -> Outcome {
    print::remark(format_args!(
        "this needs the feature `{feature}`; building it takes a minute the first time\n"
    ));
    let words: Vec<_> = env::args_os().skip(1).collect();
    ended(&mut cargo_run(lab, &["--quiet", "--features", feature], &words))
}

/// Returns the command that builds the lab's program, with these options, and runs it.
fn cargo_run(lab: &LabFolder, options: &[&str], words: &[impl AsRef<OsStr>]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--package", &format!("lab-{}", lab.lab.name)]);
    command.arg("--manifest-path").arg(lab.workspace().root().join("Cargo.toml"));
    command.args(options).arg("--").args(words);
    command
}

/// Runs it, and turns its exit code into an outcome.
fn ended(command: &mut Command) -> Outcome {
    let status = command
        .status()
        .map_err(|error| Failure::Input(format!("error: can't run cargo: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::Heap),
        // The program or cargo has already said why.
        _ => Err(Failure::Input(String::new())),
    }
}
