//! Heaps and production allocators side by side.
//!
//! | question | job |
//! |---|---|
//! | Is every answer of a production allocator right? | [`Answers`] |
//! | How fast are contenders, turn by turn? | [`TakeTurns`] |
//! | How much memory does one take of the host? | [`Weigh`] |
//! | What does one hand out beyond the request? | [`AskBeyond`] |
//! | Can a shared library be loaded? | [`Load`] |
#![forbid(unsafe_code)]

mod jobs;

pub use jobs::{Answers, AskBeyond, CompareJobs, Load, OneContender, TakeTurns, Weigh};
