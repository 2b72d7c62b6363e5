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
//! | the heaps of a program, with a command | [`Lab`] |
//! | the labs of a workspace | module `labs` |
//! | grading what was handed in | module `grading` |
//! | packages for grading platforms | module `export` |
//! | the subcommands | module `commands`, a file each |
//! | running a heap that may crash, hang or eat all memory; `implicit:next-fit` | [`heaplab_worker`] |
#![forbid(unsafe_code)]

mod commands;
mod export;
mod grading;
mod lab;
mod labs;
mod outcome;

pub use lab::Lab;
pub use outcome::{Failure, Outcome};
