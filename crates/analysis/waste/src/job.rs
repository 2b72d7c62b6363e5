//! The job that finds where the bytes of a heap are, in a worker.

use crate::{Position, Settings, Stopped, Waste, measure};
use heaplab_heap::Design;
use heaplab_replay::validate;
use heaplab_trace::Trace;
use heaplab_worker::{Activity, Common, Error, FaultReport, Job, JobContext, Stop, TraceSource};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where are the bytes of a heap on a trace? First checks all its answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CountBytes {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// How many samples to take over time.
    pub samples: u32,
}

/// Validates a design, then counts its bytes.
type Erased = Box<
    dyn Fn(
        &CountBytes,
        &Trace,
        &dyn Fn(Activity),
    ) -> Result<Result<Waste, Stopped>, heaplab_replay::Stopped>,
>;

impl Job for CountBytes {
    const NAME: &'static str = "count-bytes";
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = Waste;

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |job, trace, watch| {
            let settings = job.common.settings();
            validate(&design, trace, &settings, &|position| watch(position.into()))?;
            let counting = Settings {
                align: settings.align,
                limit_bytes: settings.limit_bytes,
                samples: job.samples,
            };
            Ok(measure(&design, trace, &counting, &|position| watch(position.into())))
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Waste, Stop> {
        let count = context.erased::<CountBytes>(&self.heap)?;
        let trace = context.begin(&self.trace, self.common)?;
        let watch = |activity: Activity| context.step(activity);
        match context.catch(&trace, || count(self, &trace, &watch))? {
            Ok(Ok(waste)) => Ok(waste),
            Ok(Err(Stopped::Fault(fault))) | Err(heaplab_replay::Stopped::Fault(fault)) => {
                Err(FaultReport::new(&fault).into())
            }
            Ok(Err(stopped @ Stopped::Differs { .. })) => {
                Err(FaultReport::of_the_whole("second-run", stopped.to_string()).into())
            }
            Ok(Err(Stopped::NoMachine(error))) | Err(heaplab_replay::Stopped::NoMachine(error)) => {
                Err(Error::new(error).into())
            }
        }
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }
}

impl From<Position> for Activity {
    fn from(position: Position) -> Activity {
        match position {
            Position::Build => Activity::Build,
            Position::Op(index) => Activity::Op(index),
            Position::Blocks(done) => Activity::Blocks { done },
        }
    }
}
