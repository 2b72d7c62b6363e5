//! Runs heaps on traces: is each valid, how much does it need, how fast is it, and what score does
//! that give?
//!
//! | step | start at |
//! |---|---|
//! | every heap is checked on every trace, in parallel | [`check_all`] |
//! | the same, and what passed is timed, alone and in turns | [`measure`] |
//! | means over the traces, and the score | [`summarize`] |
//! | what operations cost, by a law | [`grow_all`] |
//! | all of that shown | [`RunReport`], [`CostReport`], [`Grown`] |
#![forbid(unsafe_code)]

mod costs;
mod document;
mod faults;
mod grid;
mod growth;
mod measure;
mod records;
mod report;
mod results;
mod score;
mod summary;

pub use costs::CostReport;
pub use faults::told_faults;
pub use growth::{Grown, GrowthPlan, grow_all};
pub use measure::{Checking, Plan, check_all, measure};
pub use report::RunReport;
pub use results::{Cell, OverTime, Results, Row};
pub use score::{Means, Rule, Score};
pub use summary::{Line, Summary, summarize};
