//! The command. It alone prints, reads the clock for people and touches files;
//! everything it knows about heaps it asks of the floors below.
#![forbid(unsafe_code)]

mod commands;
mod outcome;

pub use outcome::{Failure, Outcome};

use clap::Parser;
use std::process::ExitCode;

/// Build, run and compare memory allocators.
#[derive(Parser)]
#[command(name = "heaplab", version)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
