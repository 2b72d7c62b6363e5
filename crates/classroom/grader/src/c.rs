//! A submission in C: its file is compiled and run in sandboxes, and judged from outside.
//!
//! ```text
//!   mm.c -- rules -----> words that are not allowed           refused
//!        -- build -----> two programs                         does not compile
//!                        functions, variables, early code     refused
//!        -- worker ----> a process that is trusted runs the lab on the program, which is not
//! ```
//!
//! The trusted process has the machine, the break and the oracle
//! ([`RemoteDesign`](heaplab_c_heap::RemoteDesign)), so what a program does to its own memory
//! changes no figure.

mod build;
mod compiler;
mod rules;
mod worker;

pub(crate) use build::{Built, Rejected, build};
pub(crate) use compiler::CCompiler;
pub use worker::c_worker;

use heaplab_assess::{Assessor, Graded, GradedTrace, HOST_BYTES, LabFolder, MINE, grade_heap};
use heaplab_lab::{Measure, What};
use heaplab_sandbox::Entry;
use heaplab_support::{Error, Listener};
use heaplab_worker::pool::WorkerOptions;
use std::process::Command;
use std::sync::Arc;

/// What submissions in C are built with.
pub(crate) struct CBase {
    pub(crate) compiler: CCompiler,
    /// The lab's headers: their names and texts.
    pub(crate) headers: Vec<(String, String)>,
    /// The command that starts the trusted process: see [`c_worker`].
    pub(crate) worker: Entry,
}

impl CBase {
    /// Finds the compiler, and reads the lab's headers.
    ///
    /// # Errors
    /// If there is no compiler, or a header can't be read.
    pub(crate) fn new(lab: &LabFolder, entry: &Entry) -> Result<CBase, Error> {
        let worker = Entry { arguments: vec![WORKER.to_owned()], ..entry.clone() };
        Ok(CBase { compiler: CCompiler::find()?, headers: lab.c_headers()?, worker })
    }
}

/// The hidden command of the trusted process.
const WORKER: &str = "c-worker";

/// What submissions in C are run with.
pub(crate) struct CRun<'g> {
    pub(crate) base: &'g CBase,
    pub(crate) lab: &'g LabFolder,
    pub(crate) traces: &'g [GradedTrace],
    pub(crate) entry: &'g Entry,
    pub(crate) listener: &'g dyn Listener,
}

/// Lets a submission's program run all of the lab.
pub(crate) fn run(with: &CRun<'_>, built: &Built, user: u32) -> Result<Graded, Error> {
    let traces = with.lab.workspace().traces();
    let worker_options = worker_options(with.base, built, user);
    let mut assessor = Assessor::new(MINE, &traces, &worker_options, with.listener).sealed();
    let graded = grade_heap(&with.lab.lab, &mut assessor, with.traces, None)?;
    // What a heap in C keeps beside the machine is not in a value of Rust.
    Ok(Graded { struct_bytes: None, check_accesses: None, ..graded })
}

impl CRun<'_> {
    /// Returns `none` and `full` of each measure. For those that are relative, the lab's reference
    /// is built and run as a submission, and they are multiples of what it reaches.
    ///
    /// # Errors
    /// If it does not build, or does not reach a value.
    pub(crate) fn thresholds(&self, user: u32) -> Result<Vec<(f64, f64)>, Error> {
        let measures = &self.lab.lab.grade.measures;
        // A speed is a ratio already.
        let is_relative = |one: &Measure| one.relative && one.what != What::Throughput;
        if !measures.iter().any(is_relative) {
            return Ok(measures.iter().map(|measure| (measure.none, measure.full)).collect());
        }
        let source = self.lab.solution()?;
        let built = build(self.base, &self.lab.lab, self.entry, &source, true, user)?;
        let built = built.map_err(|rejected| self.wrong_reference(&rejected.to_string()))?;
        let graded = run(self, &built, user)?;
        let threshold = |(measure, of_reference): (&Measure, &heaplab_grade::Measure)| {
            if !is_relative(measure) {
                return Ok((measure.none, measure.full));
            }
            let value = of_reference.value.ok_or_else(|| {
                let name = &measure.name;
                self.wrong_reference(&format!("has no value for `{name}`: some trace fails"))
            })?;
            Ok((rounded(measure.none * value), rounded(measure.full * value)))
        };
        measures.iter().zip(&graded.measures).map(threshold).collect()
    }

    fn wrong_reference(&self, what: &str) -> Error {
        Error::new(format!("error: lab {}: its reference {what}", self.lab.lab.name))
    }
}

/// Returns a threshold to six decimals, as values are.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn worker_options(base: &CBase, built: &Built, user: u32) -> WorkerOptions {
    let worker = base.worker.clone();
    let arguments =
        [built.folder().display().to_string(), user.to_string(), built.interface.words()];
    WorkerOptions {
        launcher: Arc::new(move || {
            let mut command = Command::new(&worker.program);
            command.args(&worker.arguments).args(&arguments);
            Ok(command)
        }),
        patience: crate::running::PATIENCE,
        blames_the_heap: true,
        ..WorkerOptions::new(HOST_BYTES)
    }
}
