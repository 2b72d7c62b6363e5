//! `heaplab lab`: builds and runs a lab's own program with cargo.

use crate::{Failure, Outcome};
use heaplab_assess::Workspace;
use std::env;
use std::process::Command;

/// Arguments of `heaplab lab`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  heaplab lab 1-implicit hint        the same as: cargo run -p lab-1-implicit -- hint")]
pub struct Arguments {
    /// The lab: `1-implicit`
    #[arg(value_name = "LAB")]
    lab: String,

    /// The arguments of its program: none, or `hint`, `list`, `run`, `watch`, ...
    #[arg(value_name = "WORDS", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Builds and runs the lab's program.
pub fn run(arguments: &Arguments) -> Outcome {
    let lab = Workspace::find()?.lab(&arguments.lab)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", &format!("lab-{}", lab.lab.name), "--"])
        .args(&arguments.words)
        .current_dir(lab.workspace().root())
        .status()
        .map_err(|error| Failure::Input(format!("error: can't run cargo: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::Heap),
        // The program or cargo has already said why.
        _ => Err(Failure::Input(String::new())),
    }
}
