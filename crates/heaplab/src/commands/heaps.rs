//! Placeholder.

use crate::{Failure, Outcome};

/// Arguments.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(_arguments: Arguments) -> Outcome {
    Err(Failure::input("error: not written yet"))
}
