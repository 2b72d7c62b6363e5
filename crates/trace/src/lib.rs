//! Traces: what a program asked of its heap, as a file or in memory.
#![forbid(unsafe_code)]

mod op;
mod trace;

pub use op::{Id, Op};
pub use trace::{Trace, Weight};
