//! One heap on one trace: is every result right?

use heaplab_heap::Design;
use heaplab_replay::{Facts, Position, Settings, Stopped, validate};
use heaplab_trace::Trace;
use heaplab_worker::{Common, Error, FaultReport, Job, JobContext, Stop, TraceSource};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;

/// Is every result of a heap on a trace right? And the facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Validate {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// Call the heap's own `check` each time after this many operations, and not only at
    /// the end.
    pub check_every: Option<NonZeroU32>,
}

/// Validates a design.
type Erased = Box<dyn Fn(&Trace, &Settings, &dyn Fn(Position)) -> Result<Facts, Stopped>>;

impl Job for Validate {
    const NAME: &'static str = "validate";
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = Facts;

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |trace, settings, watch| validate(&design, trace, settings, watch))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Facts, Stop> {
        let validate = context.erased::<Validate>(&self.heap)?;
        WatchedRun::begin(self, context)?
            .run(context, |trace, settings, watch| validate(trace, settings, watch))
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }
}

/// A watched run, whose faults and panics are reported in the same way in every analysis.
pub struct WatchedRun {
    trace: std::sync::Arc<Trace>,
    settings: Settings,
}

impl WatchedRun {
    /// Reads the trace and starts the watch.
    ///
    /// # Errors
    /// If the trace can't be read.
    pub fn begin(job: &Validate, context: &mut JobContext<'_>) -> Result<WatchedRun, Error> {
        Ok(WatchedRun {
            trace: context.begin(&job.trace, job.common)?,
            settings: Settings { check_every: job.check_every, ..job.common.settings() },
        })
    }

    /// Does the work.
    ///
    /// # Errors
    /// A fault or a panic of the heap; or the host can't give a machine for it.
    pub fn run<T>(
        &self,
        context: &JobContext<'_>,
        work: impl FnOnce(&Trace, &Settings, &dyn Fn(Position)) -> Result<T, Stopped>,
    ) -> Result<T, Stop> {
        let watch = |position: Position| context.step(position);
        match context.catch(&self.trace, || work(&self.trace, &self.settings, &watch))? {
            Ok(done) => Ok(done),
            Err(Stopped::Fault(fault)) => Err(FaultReport::new(&fault).into()),
            Err(Stopped::NoMachine(error)) => Err(Error::new(error).into()),
        }
    }
}
