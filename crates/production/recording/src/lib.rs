//! Records the heap calls of a real program as traces.
//!
//! [`record`] runs a program, and records the heap calls of it and of the programs that it starts:
//!
//! 1. `launch` runs the program with the recorder's library preloaded. The library writes a log for
//!    every process.
//! 2. [`log`] reads the logs, [`convert`] turns addresses into ids.
//! 3. [`ancestry`] explains frees of blocks that a forked child inherited.
//! 4. [`output`] writes a trace for every process.
//!
//! Recording needs Linux with glibc; elsewhere [`record`] returns an error that says so.
#![forbid(unsafe_code)]

pub mod ancestry;
mod attach;
pub mod convert;
mod failure;
mod launch;
pub mod log;
pub mod output;
mod record;
mod told;

/// The layout of the log, shared as source with the library that writes it: a dependency on that
/// crate would link its `malloc` into this process.
#[path = "../../recorder/src/format.rs"]
#[expect(dead_code, reason = "some of it is only for the writer")]
mod format;

pub use attach::refused;
pub use failure::{shown, unseen};
pub use format::DEFAULT_CAPACITY_RECORDS;
pub use record::{Process, Recording, Request, record};
pub use told::told;
