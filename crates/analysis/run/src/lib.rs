//! Heaps on traces: is each valid, what does it take, how fast is it, and which score does
//! that make?
//!
//! | step | start at |
//! |---|---|
//! | every heap is checked on every trace, in parallel | [`check_all`] |
//! | the same, and what passed is timed, alone and in turns | [`measure`] |
//! | means over the traces, and the score | [`summarize`] |
#![forbid(unsafe_code)]

mod measure;
mod results;
mod score;
mod summary;

pub use measure::{Checking, Plan, check_all, measure};
pub use results::{Cell, Results, Row};
pub use score::{Means, Rule, Score};
pub use summary::{Line, Summary, summarize};
