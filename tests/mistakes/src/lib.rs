//! Typical mistakes in the labs, one edit each, and what a student reads about each.
//!
//! The mistakes are listed in `src/list`, a file for each lab: what is wrong, where, the text to
//! put there, and what the diagnosis must say. `TABLE.md` shows each with the first two lines of
//! its diagnosis. After a change, `UPDATE=1 cargo test -p heaplab-mistakes` writes it anew.
#![forbid(unsafe_code)]

pub mod list;
pub mod mistake;
mod student;
pub mod switch;
mod table;

include!(concat!(env!("OUT_DIR"), "/labs.rs"));

pub use student::{Told, Visitor, tell_all};
pub use table::table;
