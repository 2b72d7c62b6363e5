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
//! | [`traces`] | what a lab is graded on, and its hash |
//! | [`harness`] | builds what submissions are built against |
//! | [`manifest`] | what of the crates' manifests matters to it |
//! | [`compile`] | makes a program of a source |
//! | [`graded`] | has a heap run all of a lab, and counts its points |
//! | [`one`] | one submission from its path to its record |
//! | [`class`] | many at once; goes on where it was |

mod class;
mod compile;
mod graded;
mod harness;
mod intake;
mod manifest;
mod one;
mod traces;

pub(crate) use class::{Class, Plan, Records, grade_all, write_for_people};
pub(crate) use compile::{Rival, rival};
pub(crate) use graded::{Graded, GradedTrace, grade_heap, not_run};
pub(crate) use harness::Harness;
pub(crate) use intake::{Submission, submissions};
pub(crate) use manifest::of_grading;
pub(crate) use one::{Grader, Taken, user_of};
pub(crate) use traces::{hash_of, traces_of};
