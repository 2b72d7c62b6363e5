//! `heaplab jail`: the hidden command that enters a sandbox, and then becomes another program. See
//! [`heaplab_sandbox`].

use crate::{Failure, Outcome};
use std::ffi::OsString;

/// Arguments of `heaplab jail`.
#[derive(clap::Args)]
pub struct Arguments {
    /// What the program may do
    order: String,

    /// The program and its arguments
    #[arg(last = true, required = true)]
    program: Vec<OsString>,
}

/// Enters the sandbox and becomes the program.
pub fn run(arguments: &Arguments) -> Outcome {
    let Some((program, words)) = arguments.program.split_first() else {
        return Err(Failure::input("error: there is no program"));
    };
    match heaplab_sandbox::jail_main(&arguments.order, program, words) {
        Ok(never) => match never {},
        Err(error) => Err(Failure::Jail(error.to_string())),
    }
}
