//! One heap on many generated cases, until one fails.

use super::case_file::CaseFile;
use super::deadline::{Deadline, or_time};
use super::{SAID_EVERY, patience};
use crate::{Case, Coverage, FuzzSettings, Outcome, Progress, Signature, fuzz};
use crate::{least_limit_bytes, run_case};
use heaplab_arena::{Refuse, ReserveError};
use heaplab_heap::{Align, Design};
use heaplab_replay::{Position, Stopped};
use heaplab_trace::{Trace, Weight};
use heaplab_worker::{Common, Error, Job, JobContext, Stop};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A search may take this many times its seconds, to finish the current case.
const LONGEST_OVERRUN: f64 = 1.05;

/// One heap on many cases that were never recorded, until one fails.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fuzz {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Where the cases come from: the same seed makes the same cases.
    pub seed: u64,
    /// The most operations to run.
    pub ops: u64,
    /// The most seconds to search. The case that runs then may take a twentieth more.
    pub seconds: f64,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
    /// Where each case is written before it is run, so that it is known if the worker is lost.
    pub case_file: PathBuf,
}

/// How far the search got, and how the last case failed, if it did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fuzzed {
    /// How far.
    pub progress: Progress,
    /// How the last case failed.
    pub signature: Option<String>,
}

/// What fuzzing needs of a design.
pub trait Fuzzable {
    /// Runs a case on the checked machine.
    ///
    /// # Errors
    /// If the host has no machine for it.
    fn run_case(
        &self,
        align: Align,
        case: &Case,
        coverage: &Coverage,
        watch: &dyn Fn(Position),
    ) -> Result<Outcome, ReserveError>;

    /// Returns the smallest heap limit for a case.
    ///
    /// # Errors
    /// If the heap can't be set up.
    fn least_limit_bytes(&self, align: Align, watch: &dyn Fn(Position)) -> Result<u32, Stopped>;

    /// Returns whether the heap has a `memalign`: the interfaces for C have none.
    fn has_memalign(&self) -> bool;
}

impl<D: Design> Fuzzable for D {
    fn run_case(
        &self,
        align: Align,
        case: &Case,
        coverage: &Coverage,
        watch: &dyn Fn(Position),
    ) -> Result<Outcome, ReserveError> {
        run_case(self, align, case, coverage, watch)
    }

    fn least_limit_bytes(&self, align: Align, watch: &dyn Fn(Position)) -> Result<u32, Stopped> {
        least_limit_bytes(self, align, watch)
    }

    fn has_memalign(&self) -> bool {
        !D::IS_NATIVE
    }
}

impl Job for Fuzz {
    const NAME: &'static str = "fuzz";
    type Erased = Box<dyn Fuzzable>;
    type Answer = Fuzzed;

    fn erase<D: Design>(design: D) -> Box<dyn Fuzzable> {
        Box::new(design)
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Fuzzed, Stop> {
        let heap = context.erased::<Fuzz>(&self.heap)?;
        let align = self.common.align();
        let cannot_write = |error: io::Error| {
            Error::new(format!("error: can't write {}: {error}", self.case_file.display()))
        };
        let file = File::create(&self.case_file).map_err(cannot_write)?;
        let search_until = Deadline::in_seconds(self.seconds);
        let case_until = Deadline::in_seconds(self.seconds * LONGEST_OVERRUN);
        let watch = |position: Position| {
            context.step(position);
            case_until.check();
        };
        // Until the first case, this one runs.
        let nothing = nothing(self.common.limit_bytes)?;
        CaseFile::write(&file, &nothing).map_err(cannot_write)?;
        context.watch_over(Arc::new(nothing.trace), self.common.timeout());
        let set_up = |position: Position| context.step(position);
        let least_limit_bytes = match heap.least_limit_bytes(align, &set_up) {
            Ok(bytes) => bytes,
            Err(Stopped::Fault(fault)) => {
                return Ok(Fuzzed {
                    progress: Progress::default(),
                    signature: Some(Signature::of(&fault).to_string()),
                });
            }
            Err(Stopped::NoMachine(error)) => return Err(Error::new(error).into()),
        };
        let settings = FuzzSettings {
            seed: self.seed,
            ops: self.ops,
            least_limit_bytes,
            bad_pointers: self.bad_pointers,
            memalign: heap.has_memalign(),
        };
        let impossible = Cell::new(None);
        let run = |case: &Case, coverage: &Coverage| {
            let patience = patience(&case.trace, case.limit_bytes, self.common.timeout());
            context.watch_over(Arc::new(case.trace.clone()), patience);
            let written = CaseFile::write(&file, case).map_err(cannot_write);
            let outcome = written.and_then(|()| {
                // A case that is not done in time has shown nothing.
                or_time(|| heap.run_case(align, case, coverage, &watch))
                    .unwrap_or(Ok(Outcome::Sound))
                    .map_err(Error::new)
            });
            outcome.unwrap_or_else(|failure| {
                impossible.set(Some(failure));
                Outcome::Sound
            })
        };
        let mut said = Instant::now();
        let report = fuzz(&settings, run, |so_far| {
            let possible = impossible.take().is_none_or(|failure| {
                impossible.set(Some(failure));
                false
            });
            if said.elapsed() > SAID_EVERY {
                said = Instant::now();
                context.say(format!(
                    "{} cases, {} operations; {} paths through the allocator",
                    so_far.cases, so_far.ops, so_far.ways
                ));
            }
            possible && !search_until.has_passed()
        });
        match impossible.take() {
            Some(failure) => Err(failure.into()),
            None => Ok(Fuzzed {
                progress: report.progress,
                signature: report.found.map(|(_, failure)| failure.signature.to_string()),
            }),
        }
    }
}

/// Returns the case that only sets a heap up.
fn nothing(limit_bytes: u32) -> Result<Case, Error> {
    Ok(Case {
        number: 0,
        trace: Trace::from_ops("nothing", Weight::None, Vec::new()).map_err(Error::new)?,
        limit_bytes,
        refuse: Refuse::Never,
        bad_pointers: false,
    })
}
