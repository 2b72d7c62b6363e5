//! A class as a whole.
//!
//! | task | start at |
//! |---|---|
//! | see what grading again changed | [`Differences::between`] |
//! | compute how a class did | [`Statistics::of`] |
//! | show that as one page with pictures | [`page`] |
//!
//! Nothing here reads a file: everything is a function from records to values and texts.
#![forbid(unsafe_code)]

mod differences;
#[cfg(test)]
mod examples;
mod page;
mod statistics;

pub use differences::{CheckChange, Difference, Differences, PartChange};
pub use page::page;
pub use statistics::{FailedCheck, Five, OfMeasure, OfStage, OfTrace, Statistics};
