//! Traces: what a program asked of its heap, as a file or in memory.
//!
//! | I want to | start at |
//! |---|---|
//! | read a file | [`Trace::parse`] |
//! | make a trace of my own operations | [`Trace::from_ops`] |
//! | pack a file | [`compress`] |
//! | know which blocks are live at some point | [`Ledger`] |
//!
//! The crate works on bytes and values: it opens no file and prints nothing.
#![forbid(unsafe_code)]

mod diagnostic;
mod dialect;
mod gzip;
mod ledger;
mod op;
mod parse;
mod problem;
mod render;
mod trace;

pub use diagnostic::{Diagnostic, Place, Report, Severity};
pub use dialect::{Dialect, Evidence};
pub use gzip::compress;
pub use ledger::{Ledger, Misuse, Slot};
pub use op::{Id, Op};
pub use parse::{ReadOptions, Reading};
pub use problem::{Field, Problem};
pub use trace::{Comment, InvalidOp, Trace, Weight};
