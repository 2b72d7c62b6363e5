//! The job that runs a heap for a page, in a worker.

use crate::gather::{Gathered, Stopped, gather};
use crate::sampling::Sampling;
use heaplab_heap::Design;
use heaplab_replay::{Position, Settings};
use heaplab_trace::Trace;
use heaplab_worker::{Common, Error, FaultReport, Job, JobContext, Stop, TraceSource};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What does a page show of a heap on a trace?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GatherRun {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// How much to keep.
    pub sampling: Sampling,
    /// Only this many operations: those before a fault.
    pub ops: Option<usize>,
}

type Erased = Box<
    dyn Fn(&Trace, usize, &Settings, &Sampling, &dyn Fn(Position)) -> Result<Gathered, Stopped>,
>;

impl Job for GatherRun {
    const NAME: &'static str = "gather-run";
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = Gathered;

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |trace, ops, settings, sampling, watch| {
            gather(&design, trace, ops, settings, sampling, watch)
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Gathered, Stop> {
        let gather = context.erased::<GatherRun>(&self.heap)?;
        let trace = context.begin(&self.trace, self.common)?;
        let all = trace.ops().len();
        let ops = self.ops.map_or(all, |ops| ops.min(all));
        let settings = self.common.settings();
        let watch = |position: Position| context.step(position);
        let gathered =
            context.catch(&trace, || gather(&trace, ops, &settings, &self.sampling, &watch))?;
        gathered.map_err(|stopped| match stopped {
            Stopped::Fault(fault) => FaultReport::new(&fault).into(),
            Stopped::Differs(message) => FaultReport::of_the_whole("second-run", message).into(),
            Stopped::NoMachine(error) => Error::new(error).into(),
        })
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }
}
