//! Heaps under test run in processes of their own.
//!
//! A heap that overflows its stack, loops for ever or eats all memory takes
//! its process with it. That must cost one row, not the program, so `run`
//! starts this program again as a *worker* (a hidden subcommand) and sends it
//! tasks:
//!
//! ```text
//!   run  --- task, a line of JSON on stdin --->  worker: thread that works
//!        <-- reply, a marked line on stdout ---         thread that watches the clock
//! ```
//!
//! | what the heap does | who notices | how |
//! |---|---|---|
//! | a wrong answer | the worker | [`heaplab_replay::validate`] |
//! | a panic | the worker | `catch_unwind` |
//! | an endless loop | the worker's watchdog | no new operation for some seconds |
//! | the same, in the timed run | [`pool`] | no word from the worker for longer |
//! | eats memory | the host | a limit on the worker's address space |
//! | a stack overflow, an abort | [`pool`] | the worker is gone; the task is done again by one that announces every operation |
//!
//! What a heap prints goes to standard error, so debugging with `println!`
//! works and does not get into the data.

mod diagnosis;
mod doing;
mod fault_report;
mod hunt;
mod memory_limit;
pub(crate) mod pool;
mod process;
mod protocol;
mod serve;
mod trace_file;
mod watchdog;

pub(crate) use diagnosis::{Diagnosis, HeapPicture, PictureRow, SourceLine};
pub(crate) use fault_report::FaultReport;
pub(crate) use hunt::{CaseFile, in_file, small_trace};
pub(crate) use protocol::{
    CheckTask, Common, CostTask, ExamineTask, FuzzTask, RaceTask, Refusal, Reply, ShrinkTask,
    SmallTrace, Task, TryTask, WasteTask,
};
pub(crate) use serve::{Arguments, serve};
