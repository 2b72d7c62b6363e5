//! A record in the forms that programs, platforms and people
//! read. Every format is a function from records to a text.
//!
//! | format | for | |
//! |---|---|---|
//! | [`json()`] | programs, and to be merged again | the record itself |
//! | [`csv`] | gradebooks | a row for each submission |
//! | [`gradescope`] | Gradescope | `results.json` |
//! | [`autolab`] | Autolab | the last line of the output |
//! | [`classroom`] | GitHub Classroom | a step's output |
//! | [`junit()`] | CI systems | XML |
//! | [`markdown()`] | students | which points were lost, where and why |
//!
//! The first two are for instructors and hold everything. Students may see the others: of a
//! hidden trace these give the name and which rule was broken there, and nothing that is in it.
//!
//! A student may have written any text in a record: names of files, messages of
//! panics, what the compiler quotes. Each format stays well formed for every text.

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
pub use markdown::{markdown, prose};

pub(crate) use json::{compact, pretty};
pub(crate) use words::line;
