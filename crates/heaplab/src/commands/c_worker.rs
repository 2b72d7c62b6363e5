//! `heaplab c-worker`: the hidden command that runs a lab on the program of a submission in C. See
//! [`heaplab_grader::c_worker`].

use crate::{Failure, Outcome};
use heaplab_sandbox::Entry;
use std::path::PathBuf;

/// Arguments of `heaplab c-worker`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the programs
    folder: PathBuf,

    /// The user that they run as, if root grades
    user: u32,

    /// The functions that they have
    interface: String,

    /// The arguments of a worker
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    words: Vec<String>,
}

/// Serves until the grader has no more questions.
pub fn run(arguments: &Arguments) -> Outcome {
    let entry = Entry::this_program("jail").map_err(Failure::input)?;
    let Arguments { folder, user, interface, words } = arguments;
    Ok(heaplab_grader::c_worker(folder, *user, interface, entry, words)?)
}
