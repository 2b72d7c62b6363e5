//! The command. Only this crate prints, reads the clock for people and touches files; it gets
//! everything about heaps from the crates below.
//!
//! A crate with its own allocator gets the whole command in three lines:
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
//! | the command over a program's heaps | [`Lab`] |
//! | a lab on a heap: stages, points | `heaplab_assess` |
//! | grading submissions | `heaplab_grader` |
//! | packages for grading platforms | `heaplab_export` |
//! | the subcommands | module `commands`, one file each |
//! | heaps that may crash, hang or use up memory; `implicit:next-fit` | [`heaplab_worker`] |
#![forbid(unsafe_code)]

mod commands;
mod lab;
mod outcome;

pub use lab::Lab;
pub use outcome::{Failure, Outcome};
