//! Heaps as pages to look at: files without links to anything else.
//!
//! [`page`] shows the runs of heaps on traces, [`process_page`] the heaps of real processes.
//!
//! | step of a report | where |
//! |---|---|
//! | run each heap on each trace, in workers, up to its fault if it has one | [`gather_all`], its job [`GatherRun`] |
//! | choose what is kept of a long run | [`Sampling`] |
//! | pack the numbers | `packed`, `document` |
//! | write the page | [`page`] |
//!
//! A page is a template, a style sheet and scripts (`src/assets`; what all pages share is in
//! `shared`), and the data. All that a report shows is counted here or in the crates below: facts
//! and words by `cost`, bytes by `waste`. The scripts only look numbers up and draw them.
#![forbid(unsafe_code)]

mod assemble;
mod document;
mod gather;
mod html;
mod job;
mod lifetimes;
mod packed;
pub mod process;
mod results;
mod sampling;

pub use gather::{ColumnCost, FreeSizes, Gathered, Worst};
pub use html::page;
pub use job::GatherRun;
pub use process::process_page;
pub use results::{Cell, Checked, Results, gather_all};
pub use sampling::Sampling;
