//! `heaplab measured`: one run of `bench-programs`, in a separate process.

use crate::Outcome;
use heaplab_programs::bench::measured::{self, Request};
use std::ffi::OsString;
use std::path::PathBuf;

/// Arguments of the process; [`Request::command`] writes them.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where the measurement goes.
    #[arg(long)]
    to: PathBuf,
    /// Where what the program prints goes.
    #[arg(long)]
    stdout: PathBuf,
    /// And what it complains of.
    #[arg(long)]
    stderr: PathBuf,
    /// Put in front of the program.
    #[arg(long)]
    preload: Option<OsString>,
    /// If the program takes more seconds, it is ended.
    #[arg(long)]
    timeout: f64,
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Runs the program and writes the measurement.
pub fn run(arguments: Arguments) -> Outcome {
    Ok(measured::run(&Request {
        to: arguments.to,
        stdout: arguments.stdout,
        stderr: arguments.stderr,
        preload: arguments.preload,
        timeout_seconds: arguments.timeout,
        program: arguments.program,
    })?)
}
