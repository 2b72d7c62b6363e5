//! Grades what students handed in.
//!
//! ```text
//!  a path -> intake -> scan -> compile -> run -> record
//!            one file   words   in a       in a    written whole,
//!                               sandbox    sandbox by its key
//! ```
//!
//! A submission in C takes another way, see `c`.
//!
//! | task | start at |
//! |---|---|
//! | find what was handed in | [`submissions`], [`Submission::named`] |
//! | grade one submission | [`Grader::new`], [`Grader::grade`] |
//! | grade many, and resume | [`grade_all`], [`Records`] |
//! | put the records of several folders together | [`merge_folders`] |
//! | see which submissions are alike | [`alike`] |
//! | see points of a lab that are probably a mistake | [`odd_points`] |
//! | add hidden traces and checks | [`HiddenParts`] |
//! | make feedback, before or after hidden parts may be seen | [`write_feedback`], [`ShowAfter`] |
//! | read a file in whatever encoding it has | [`decode`] |
//! | find what a grade depends on | [`hash_of`], [`Harness::identity_in`], [`closure`] |
//!
//! A submission is built and run by another process, which first confines itself. The
//! caller says which command starts such a process: a [`heaplab_sandbox::Entry`].
#![forbid(unsafe_code)]

mod c;
mod class;
mod closure;
mod compile;
mod harness;
mod hidden;
mod intake;
mod manifest;
mod odd_points;
mod one;
mod running;
mod setup;
mod show_after;
mod similar;
mod traces;
mod trouble;
mod watched;

pub use c::c_worker;
pub use class::{
    Class, Plan, Records, SetAside, grade_all, merge_folders, merged_records, write_feedback,
    write_for_people,
};
pub use closure::{closure, dependencies_of};
pub use harness::Harness;
pub use hidden::HiddenParts;
pub use intake::{HandedIn, Submission, Text, Wanted, WhenSaid, decode, submissions};
pub use manifest::of_grading;
pub use odd_points::odd_points;
pub use one::{Changed, Grader, Taken};
pub use setup::Setup;
pub use show_after::{NotATime, ShowAfter};
pub use similar::{Comparison, alike};
pub use traces::{hash_of, traces_of};
