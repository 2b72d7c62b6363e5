//! A lab: its definition, the starter that students begin
//! with, and the rules for a source that is handed in.
//!
//! | question | answer |
//! |---|---|
//! | What are the stages, the holes, the points? | [`Lab`], read from a `lab.toml` |
//! | Which checks do students not have? | [`HiddenFile`], read from a `hidden.toml` |
//! | What does a student begin with? | [`starter`], made from a [`Reference`] |
//! | Where is a section of a source? | [`sections`], by the markers `ANCHOR` and `ANCHOR_END`; [`functions`], by name |
//! | Does the heap match the handout? | [`compare_with_handout`] |
//! | How is a source written? | [`holes_left`], [`check_functions`] |
//! | May this source be built? | [`scan`], token by token |
//!
//! Nothing here prints, and only [`Reference`] reads files:
//! the functions map texts to texts and values.
#![forbid(unsafe_code)]

mod anchor;
mod c_lab;
mod c_scan;
mod definition;
mod error;
mod handout;
mod hidden;
mod holes;
mod items;
mod lab_error;
mod parts;
mod plan;
mod reference;
mod scan;
mod starter;
mod style;

pub use anchor::{AnchorError, Section, lines, sections, without_markers};
pub use c_lab::{CLab, Language};
pub use c_scan::{is_allowed, scan_c, scan_c_file};
pub use definition::{Check, Grading, Hole, Lab, Measure, Stage, What};
pub use error::StarterError;
pub use handout::{Mismatch, MismatchRow, compare_with_handout};
pub use hidden::{DateOrText, HiddenFile, OnGradescope};
pub use items::functions;
pub use lab_error::LabError;
pub use reference::{Reference, crate_folder, crate_folders};
pub use scan::{Finding, scan, uses_given};
pub use starter::{Starter, starter};
pub use style::{check_functions, holes_left};
