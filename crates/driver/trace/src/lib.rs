//! Traces: what a program asked of its heap, as a file or in memory.
//!
//! | I want to | start at |
//! |---|---|
//! | read a file | [`Trace::read`], [`Trace::parse`] |
//! | go through one that does not fit into memory | [`Trace::visit`] |
//! | make a trace of my own operations | [`Trace::from_ops`], [`Trace::of_line`] |
//! | make one by rule | [`Generator`] |
//! | write a file | [`write`](write()) and [`compress`] |
//! | know what it is like | [`Stats`] |
//! | know which blocks are live at some point | [`Ledger`] |
//! | deal one over several heaps | [`Trace::deal`] |
//! | know which thread made each call | [`Trace::threads`] |
//!
//! The crate works on bytes and values: it opens no file and prints nothing.
#![forbid(unsafe_code)]

mod deal;
mod diagnostic;
mod dialect;
mod generate;
mod gzip;
mod ledger;
mod losses;
mod op;
mod parse;
mod problem;
mod render;
mod short;
mod source_lines;
mod stats;
mod threads;
mod trace;
mod visible;
mod visit;
mod write;

pub use deal::{Dealing, UnknownThreads};
pub use diagnostic::{Diagnostic, Place, Report, Severity};
pub use dialect::{Dialect, Evidence};
pub use generate::{Classic, GENERATORS, Generator, Kind, Parameters, RandomSource};
pub use gzip::{compress, packer};
pub use ledger::{Ledger, Misuse, Slot};
pub use losses::{CannotExpress, Contents, Inexpressible, Losses};
pub use op::{Id, Op};
pub use parse::{ReadOptions, Reading, Summary};
pub use problem::{Counts, Field, Problem};
pub use short::ShortTraceError;
pub use stats::{Calls, Lifetimes, Measurement, Peak, SizeClass, SizeCount, Sizes, Stats, Stretch};
pub use threads::thread_of_remark;
pub use trace::{Comment, InvalidOp, Trace, Weight};
pub use visible::{Visible, path_text};
pub use visit::Visit;
pub use write::{Heading, Writer, Written, write};
