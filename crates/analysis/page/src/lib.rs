//! Runs of heaps on traces as one page to look at: a file without links to anything else.
//!
//! | step | where |
//! |---|---|
//! | run each heap on each trace, in workers, up to its fault if it has one | [`gather_all`], its job [`GatherRun`] |
//! | choose what is kept of a long run | [`Sampling`] |
//! | pack the numbers | `packed`, `document` |
//! | write the page | [`page`] |
//!
//! The page is a template, a style sheet and scripts (`src/assets`), and the data. All that it
//! shows is counted here or in the crates below: facts and words by `cost`, bytes by `waste`. The
//! scripts only look numbers up and draw them.
#![forbid(unsafe_code)]

mod document;
mod gather;
mod html;
mod job;
mod lifetimes;
mod packed;
mod results;
mod sampling;

pub use gather::{ColumnCost, FreeSizes, Gathered, Worst};
pub use html::page;
pub use job::GatherRun;
pub use results::{Cell, Checked, Results, gather_all};
pub use sampling::Sampling;
