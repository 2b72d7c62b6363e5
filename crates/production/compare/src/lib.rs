//! Heaps and production allocators side by side.
//!
//! | question | job |
//! |---|---|
//! | Is every answer of a production allocator right? | [`Answers`] |
//! | How fast are contenders, turn by turn? | [`TakeTurns`] |
//! | How much memory does one take of the host? | [`Weigh`] |
//! | What does one hand out beyond the request? | [`AskBeyond`] |
//! | Can a shared library be loaded? | [`Load`] |
//!
//! | I want to | start at |
//! |---|---|
//! | know who is meant by a name | [`contenders()`] |
//! | measure all of it | [`measure()`] |
//! | know who is faster than whom, and which differences are none | [`rank`] |
//! | know what many heaps take instead of one | [`split`] |
#![forbid(unsafe_code)]

mod contenders;
mod document;
mod jobs;
mod libraries;
mod measure;
mod plan;
mod ranking;
mod records;
mod report;
mod results;
pub mod split;
mod table;
mod wine;

pub use contenders::{WITH_ALL, contenders};
pub use jobs::{Answers, AskBeyond, CompareJobs, Load, OneContender, TakeTurns, Weigh};
pub use libraries::NoContender;
pub use measure::measure;
pub use plan::Plan;
pub use ranking::{Place, Ranking, rank};
pub use report::CompareReport;
pub use results::{Cell, Contender, Kind, Results, Row, WINE_NAME};
pub use table::told_faults;
