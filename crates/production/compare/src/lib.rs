//! Compares heaps and production allocators.
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
//! | resolve a contender's name | [`contenders()`] |
//! | take all measurements | [`measure()`] |
//! | rank contenders by speed, and see which differences don't count | [`rank`] |
//! | compare several heaps with one | [`split`] |
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
