//! Grades: what a submission did, what it is worth, and how that is reported.
//!
//! ```text
//!   facts of the run ---> points ---> Record ---> formats      one submission
//!                                        |
//!                              merge, leaderboard              a class
//! ```
//!
//! A [`Record`] holds everything that is known of one submission. It is a pure function
//! of three things: the submission's bytes, the lab's, and the harness's. Their hashes
//! are in it, and its [`Key`] is the hash of the three. It holds no times, paths or
//! properties of the machine, so that grading again gives the same bytes.
//!
//! A program that only counts points is built without the feature `records`.
//!
//! Nothing here reads a file, a clock or a heap: everything is a function from
//! values to values.
#![forbid(unsafe_code)]

#[cfg(feature = "records")]
mod digest;
#[cfg(test)]
mod examples;
#[cfg(feature = "records")]
pub mod formats;
#[cfg(feature = "records")]
mod hidden;
#[cfg(feature = "records")]
mod leaderboard;
#[cfg(feature = "records")]
mod merge;
mod points;
#[cfg(feature = "records")]
mod record;
mod rules;
#[cfg(test)]
mod schemas;
#[cfg(feature = "records")]
mod shard;
#[cfg(feature = "records")]
pub mod similarity;
mod stage;
mod trace;

#[cfg(feature = "records")]
pub use digest::{Digest, Key};
#[cfg(feature = "records")]
pub use hidden::Hidden;
#[cfg(feature = "records")]
pub use leaderboard::{Leaderboard, Names, Standing};
#[cfg(feature = "records")]
pub use merge::{Group, MergeError, merge};
pub use points::{NotPoints, Points};
#[cfg(feature = "records")]
pub use record::{
    BadRecord, Finding, Harness, Lab, Record, Schema, Style, Submission, Submitter, Verdict,
};
pub use rules::{BadRule, Measure, MeasureRule, What, touches_per_op, utilization};
#[cfg(feature = "records")]
pub use shard::Shard;
pub use stage::{Check, Fault, Stage, StageRule};
pub use trace::{Counts, TraceResult};
