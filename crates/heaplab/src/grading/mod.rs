//! Grading what was handed in.
//!
//! ```text
//!  a path -> intake -> scan -> compile -> judge -> record
//!            one file   words   in a       in a      written whole,
//!                               sandbox    sandbox   by its key
//! ```

mod graded;
mod intake;

pub(crate) use graded::{Graded, GradedTrace, grade_heap};
