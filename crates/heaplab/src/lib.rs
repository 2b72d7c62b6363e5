//! The command. It alone prints, reads the clock for people and touches files;
//! everything it knows about heaps it asks of the floors below.
//!
//! A crate with an allocator of its own gets the whole command in three lines:
//!
//! ```no_run
//! # use heaplab_segregated::Policy as MyDesign;
//! fn main() -> std::process::ExitCode {
//!     heaplab::Lab::new().with::<MyDesign>().main()
//! }
//! ```
//!
//! | what | where |
//! |---|---|
//! | which heaps there are, and `implicit:next-fit` | [`Lab`], module `lab` |
//! | the labs of a workspace | module `labs` |
//! | the subcommands | module `commands`, a file each |
//! | running a heap that may crash, hang or eat all memory | module `worker` |
#![forbid(unsafe_code)]

mod commands;
mod grading;
mod lab;
mod labs;
mod outcome;
mod worker;

pub use lab::Lab;
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

impl Lab {
    /// Runs the command line of this process.
    pub fn main(self) -> ExitCode {
        let cli = Cli::parse();
        match cli.command.run(&self) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }
}
