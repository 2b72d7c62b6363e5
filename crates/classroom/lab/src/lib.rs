//! What a lab is: its definition, the starter that students begin with, and
//! what a source that is handed in may say.
//!
//! | question | answer |
//! |---|---|
//! | What are the stages, the holes, the points? | [`Lab`], read from a `lab.toml` |
//! | What does a student begin with? | [`starter`]: of a [`Reference`], what the student writes, and what the lab brings |
//! | Where is a section of a source? | [`sections`], by the markers `ANCHOR` and `ANCHOR_END`; [`functions`], by name |
//! | Is the heap as the handout says? | [`judge`] |
//! | How is a source written? | [`holes_left`], [`check_functions`] |
//! | May this source be built? | [`scan`], token by token |
//!
//! Nothing here prints, and nothing but [`Reference`] reads a file: texts come in,
//! texts and values go out.
#![forbid(unsafe_code)]

mod anchor;
mod definition;
mod error;
mod holes;
mod items;
mod judge;
mod parts;
mod plan;
mod reference;
mod scan;
mod starter;
mod style;

pub use anchor::{AnchorError, Section, lines, sections, without_markers};
pub use definition::{Check, Grading, Hole, Lab, LabError, Measure, Stage, What};
pub use error::StarterError;
pub use items::functions;
pub use judge::{Mismatch, MismatchRow, judge};
pub use reference::{Reference, crate_folder, crate_folders};
pub use scan::{Finding, scan};
pub use starter::{Starter, starter};
pub use style::{check_functions, holes_left};
