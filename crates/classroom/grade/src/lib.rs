//! Grades: what a submission did, what it is worth, and how that is told.
//!
//! ```text
//!   facts of the run ---> points ---> Record ---> formats      one submission
//!                                        |
//!                              merge, leaderboard              a class
//! ```
//!
//! A [`Record`] says everything that is known of one submission. It is a pure
//! function of three things: the submission's bytes, the lab's, and the
//! harness's. Their hashes are in it, and its [`Key`] is the hash of the three.
//! It holds no times, no paths and nothing of the machine, so that grading again
//! gives the same bytes.
//!
//! Nothing here reads a file, a clock or a heap: everything is a function from
//! values to values.
#![forbid(unsafe_code)]

mod digest;
#[cfg(test)]
mod examples;
pub mod formats;
mod leaderboard;
mod merge;
mod points;
mod record;
mod rules;
#[cfg(test)]
mod schemas;
mod shard;
pub mod similarity;
mod stage;
mod trace;

pub use digest::{Digest, Key};
pub use leaderboard::{Leaderboard, Names, Standing};
pub use merge::{Group, MergeError, merge};
pub use points::{NotPoints, Points};
pub use record::{BadRecord, Finding, Harness, Lab, Record, Schema, Style, Submission, Verdict};
pub use rules::{BadRule, Measure, MeasureRule, What, touches_per_op, utilization};
pub use shard::Shard;
pub use stage::{Check, Fault, Stage, StageRule};
pub use trace::{Counts, TraceResult};
