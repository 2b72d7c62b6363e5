//! Hunts the failures of a heap.
//!
//! | I want to | start at |
//! |---|---|
//! | make a failing trace as small as it can be | [`shrink`] |
//! | find failures that no recorded trace shows | [`fuzz`](fuzz()) |
//! | find out which failures are the same one | [`Signature`] |
//!
//! Both take a function that runs a heap. [`run_case`] is such a function, on the checked machine.
//! In a worker they are the jobs [`Fuzz`], [`Try`] and [`Shrink`].
#![forbid(unsafe_code)]

mod coverage;
mod fuzz;
mod jobs;
mod on_design;
mod saved;
mod search;
mod shrink;
mod shrinker;
mod signature;

pub use coverage::Coverage;
pub use fuzz::{Case, FuzzReport, FuzzSettings, Outcome, Progress, fuzz};
pub use jobs::{
    CaseFile, Failing, Fuzz, Fuzzed, HuntJobs, Shrink, SmallTrace, Try, in_file, small_trace,
};
pub use on_design::{least_limit_bytes, run_case};
pub use saved::{choose_file, parse as parse_small, save};
pub use search::{FailedCase, Search, Searched};
pub use shrink::{Budget, CannotShrink, End, Origin, Shrunk, Trial, shrink};
pub use shrinker::Shrinker;
pub use signature::{Failure, Signature};
