//! Grading what was handed in.
//!
//! ```text
//!  a path -> intake -> scan -> compile -> run -> record
//!            one file   words   in a       in a    written whole,
//!                               sandbox    sandbox by its key
//! ```
//!
//! | file | does |
//! |---|---|
//! | [`intake`] | takes one source file out of a file, folder or archive |
//! | [`harness`] | builds what submissions are built against |
//! | [`compile`] | makes a program of a source |
//! | [`graded`] | has a heap run all of a lab, and counts its points |
//! | [`one`] | one submission from its path to its record |
//! | [`class`] | many at once; goes on where it was |

mod class;
mod compile;
mod graded;
mod harness;
mod intake;
mod one;

pub(crate) use class::{Plan, Records, grade_all, write_for_people};
pub(crate) use graded::{Graded, GradedTrace, grade_heap};
pub(crate) use harness::Harness;
pub(crate) use intake::submissions;
pub(crate) use one::{Grader, Taken};
