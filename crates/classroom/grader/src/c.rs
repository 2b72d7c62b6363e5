//! A submission in C: its file is compiled and run in sandboxes, and judged from outside.
//!
//! ```text
//!   mm.c -- rules -----> words that are not allowed           refused
//!        -- build -----> two programs                         does not compile
//!                        functions, variables, early code     refused
//!        -- worker ----> a process that is trusted runs the lab on the program, which is not
//!        -- speed -----> a third program does whole traces, in turns with the reference's
//! ```
//!
//! The trusted process has the machine, the break and the oracle
//! ([`RemoteDesign`](heaplab_c_heap::RemoteDesign)), so what a program does to its own memory
//! changes no figure.

mod build;
mod compiler;
mod rules;
mod run;
mod speed;
mod worker;

pub(crate) use build::{Built, Rejected, build};
pub(crate) use compiler::CCompiler;
pub(crate) use run::{CRun, run};
pub use worker::c_worker;

use heaplab_assess::LabFolder;
use heaplab_sandbox::Entry;
use heaplab_support::Error;

/// What submissions in C are built with.
pub(crate) struct CBase {
    pub(crate) compiler: CCompiler,
    /// The lab's headers: their names and texts.
    pub(crate) headers: Vec<(String, String)>,
    /// The command that starts the trusted process: see [`c_worker`].
    pub(crate) worker: Entry,
    /// Whether programs that do whole traces are built too.
    pub(crate) is_timed: bool,
    /// The lab's reference, if speeds are compared with it.
    pub(crate) reference: Option<Built>,
}

impl CBase {
    /// Finds the compiler, and reads the lab's headers. If speed is measured, builds the reference
    /// as the user `timed_by`.
    ///
    /// # Errors
    /// If there is no compiler, a header can't be read, or the reference does not build.
    pub(crate) fn new(
        lab: &LabFolder,
        timed_by: Option<u32>,
        entry: &Entry,
    ) -> Result<CBase, Error> {
        let worker = Entry { arguments: vec![WORKER.to_owned()], ..entry.clone() };
        let (compiler, headers) = (CCompiler::find()?, lab.c_headers()?);
        let is_timed = timed_by.is_some();
        let base = CBase { compiler, headers, worker, is_timed, reference: None };
        let reference = timed_by.map(|user| reference(&base, lab, entry, user)).transpose()?;
        Ok(CBase { reference, ..base })
    }
}

/// The hidden command of the trusted process.
const WORKER: &str = "c-worker";

/// Builds the lab's reference as a submission.
fn reference(base: &CBase, lab: &LabFolder, entry: &Entry, user: u32) -> Result<Built, Error> {
    let built = build(base, &lab.lab, entry, &lab.solution()?, true, user)?;
    built.map_err(|rejected| wrong_reference(lab, &rejected.to_string()))
}

fn wrong_reference(lab: &LabFolder, what: &str) -> Error {
    Error::new(format!("error: lab {}: its reference {what}", lab.lab.name))
}
