//! Heaps under test run in processes of their own.
//!
//! A heap that overflows its stack, loops for ever or takes all memory ends its process. That must
//! cost one row, not the program, so the command starts a *worker* (by default itself, with a
//! hidden subcommand) and sends it jobs. This crate contains processes, messages, limits and the
//! watch, but no analysis: those are [`Job`]s of other crates.
//!
//! ```text
//!   command  --- a secret, then a job a line in JSON, on stdin  --->  worker: thread that works
//!            <-- replies, lines on stdout that carry the secret ---          thread that watches the clock
//! ```
//!
//! | side | what it calls |
//! |---|---|
//! | the worker: any program with some [`Heaps`] and the jobs that it serves ([`Serving`]) | [`main`], or [`serve`] |
//! | the caller | [`pool::do_all`], with the [`Launcher`] that starts a worker, in a sandbox if need be |
//!
//! | what the heap does | detected by | how |
//! |---|---|---|
//! | a wrong answer | the worker | [`heaplab_replay::validate`] |
//! | a panic | the worker | `catch_unwind` |
//! | an endless loop | the worker's watchdog, a thread | no new operation for some seconds of the process's CPU time, or asleep for as long |
//! | the same, where times or memory are measured | the worker, by a signal of its CPU clock | no new operation for some seconds of CPU time |
//! | it sleeps there | [`pool`] | asleep at every look for as long |
//! | takes all memory | the host | a limit on the worker's address space |
//! | a stack overflow, an abort | [`pool`] | the worker is gone; the job is done again by one that announces every operation |
//!
//! What a heap prints goes to standard error, so debugging with `println!` works and does not get
//! into the data. A forged reply does not either: a line without the secret counts as printed by
//! the heap.
#![forbid(unsafe_code)]

mod activity;
mod arguments;
mod common;
mod context;
mod entries;
mod fault_report;
mod heaps;
mod job;
mod jobs;
mod line;
mod memory_limit;
mod message;
mod options;
pub mod pool;
mod process;
mod secret;
mod serve;
mod stop;
mod task_state;
mod trace_source;
mod watchdog;

pub use activity::Activity;
pub use arguments::{Arguments, WORKER};
pub use common::{Common, Refusal};
pub use context::{JobContext, keep_panics, last_panic};
pub use entries::{Entry, Maker};
pub use fault_report::{FaultReport, Frames, OtherBlock};
pub use heaplab_support::Error;
pub use heaps::{Heaps, Serving};
pub use job::{Job, Process};
pub use jobs::{Jobs, Server};
pub use options::{Launcher, Listener, this_program};
pub use pool::Outcome;
pub use serve::{do_here, main, serve};
pub use stop::{Failed, Stop};
pub use trace_source::TraceSource;
pub use watchdog::name_functions;
