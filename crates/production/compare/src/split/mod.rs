//! How much more memory do several heaps take than one?
//!
//! 1. [`measure`] deals each trace over several heaps, and has a heap of its own run
//!    each part.
//! 2. [`Results`] sets what they take together against what one heap takes for the
//!    whole trace, and says which part of it is whose.

mod data;
mod measure;
#[cfg(feature = "plots")]
mod picture;
mod report;
mod results;
mod table;

pub use measure::{Plan, measure};
pub use report::SplitReport;
pub use results::{Fault, Parts, Ratios, Results, Row, Split, Taken, word};
pub use table::told_faults;
