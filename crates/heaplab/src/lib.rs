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
//! | a lab on a heap: stages, points | `heaplab_assess` |
//! | grading what was handed in | `heaplab_grader` |
//! | packages for grading platforms | `heaplab_export` |
//! | the subcommands | module `commands`, a file each |
//! | running a heap that may crash, hang or eat all memory; `implicit:next-fit` | [`heaplab_worker`] |
#![forbid(unsafe_code)]

mod commands;
mod lab;
mod outcome;

pub use lab::Lab;
pub use outcome::{Failure, Outcome};
