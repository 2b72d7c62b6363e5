//! A record as programs, platforms and people read it. Every format is a
//! function from records to a text.
//!
//! | format | for | |
//! |---|---|---|
//! | [`json()`] | programs, and to be merged again | the record itself |
//! | [`csv`] | gradebooks | a row for each submission |
//! | [`gradescope`] | Gradescope | `results.json` |
//! | [`autolab`] | Autolab | the last line of the output |
//! | [`classroom`] | GitHub Classroom | a step's output |
//! | [`junit()`] | CI systems | XML |
//! | [`markdown()`] | students | what was lost, where and why |
//!
//! The first two are for instructors and hold everything. The others may be seen
//! by students: of a hidden trace they tell its name and which rule was broken
//! there, and nothing of what is in it.
//!
//! All text in a record may be a student's: names of files, messages of panics,
//! what the compiler quotes. Each format stays well formed whatever they say.

pub mod autolab;
pub mod classroom;
pub mod csv;
pub mod gradescope;
mod json;
mod junit;
mod markdown;
mod parts;
mod words;

pub use json::json;
pub use junit::junit;
pub use markdown::markdown;

pub(crate) use json::{compact, pretty};
pub(crate) use markdown::prose;
pub(crate) use words::line;
