//! Hunts the failures of a heap.
//!
//! | I want to | start at |
//! |---|---|
//! | make a failing trace as small as it can be | [`shrink`] |
//! | find failures that no recorded trace shows | [`fuzz`](fuzz()) |
//! | say which failures are the same one | [`Signature`] |
//!
//! The crate opens no file, reads no clock and prints nothing. It runs no heap
//! either: whoever calls it hands it a function that does.
#![forbid(unsafe_code)]

mod coverage;
mod fuzz;
mod shrink;
mod signature;

pub use coverage::Coverage;
pub use fuzz::{Case, FuzzReport, FuzzSettings, Outcome, Progress, fuzz};
pub use shrink::{Budget, CannotShrink, End, Origin, Shrunk, shrink};
pub use signature::{Failure, Signature};
