//! Compares the memory of several heaps with that of one.
//!
//! 1. [`measure`] deals each trace over several heaps, and has a separate heap run each part.
//! 2. [`Results`] compares what they take together with what one heap takes for the whole trace,
//!    and separates the effect of the dealing from that of the heaps.

mod data;
mod measure;
mod report;
mod results;
mod table;

pub use measure::{Plan, measure};
pub use report::SplitReport;
pub use results::{Fault, Parts, Ratios, Results, Row, Split, Taken, word};
pub use table::told_faults;
