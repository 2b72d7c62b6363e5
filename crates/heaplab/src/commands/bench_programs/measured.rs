//! `heaplab measured`: one run of `bench-programs`, in a separate process.

use crate::Outcome;
use heaplab_programs::bench::measured::{self, Request};
use std::ffi::OsString;
use std::path::PathBuf;

/// Arguments of the process; [`Request::command`] writes them.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file for the measurement.
    #[arg(long)]
    to: PathBuf,
    /// The file for the program's standard output.
    #[arg(long)]
    stdout: PathBuf,
    /// The file for the program's standard error.
    #[arg(long)]
    stderr: PathBuf,
    /// The library to preload into the program.
    #[arg(long)]
    preload: Option<OsString>,
    /// The time limit in seconds: a program that takes longer is ended.
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
