//! One heap on one trace: how does it fail, if it does?

use super::patience;
use crate::{Failure, Trial};
use heaplab_checks::Conditions;
use heaplab_heap::Design;
use heaplab_replay::{CheckCounts, CheckSettings, Position, Steps, Stopped, check_accesses_with};
use heaplab_trace::{ReadOptions, Trace};
use heaplab_worker::{Activity, Error, Job, JobContext, Stop};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How does a heap fail on a trace, if it does?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Try {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace, as a file has it.
    pub trace: String,
    /// The conditions that it is checked under.
    pub conditions: Conditions,
}

/// How it fails.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failing {
    /// A line that is the same for the same failure.
    pub signature: String,
    /// At which operation, if the failure is that of a single operation.
    pub op_index: Option<usize>,
}

/// Examines a design; the number of steps measures the work, even if it ends with a fault.
pub type Examiner =
    Box<dyn Fn(&Trace, &CheckSettings, &dyn Fn(Position), &Steps) -> Result<CheckCounts, Stopped>>;

/// Returns the checker of a design.
pub(super) fn examiner<D: Design>(design: D) -> Examiner {
    Box::new(move |trace, settings, watch, steps| {
        check_accesses_with(&design, trace, settings, watch, steps)
    })
}

impl Job for Try {
    const NAME: &'static str = "try";
    type Erased = Examiner;
    type Answer = Option<Failing>;

    fn erase<D: Design>(design: D) -> Examiner {
        examiner(design)
    }

    fn timeout(&self) -> Duration {
        self.conditions.common.timeout()
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Option<Failing>, Stop> {
        let heap = context.erased::<Try>(&self.heap)?;
        let reading = Trace::parse("trial", self.trace.as_bytes(), &ReadOptions::default());
        let trace = reading.map_err(Error::new)?.trace;
        let settings = self.conditions.settings();
        let patience = patience(&trace, settings.limit_bytes, self.conditions.common.timeout());
        context.watch_over(Arc::new(trace.clone()), patience);
        let announced = |position: Position| {
            context.step(position);
            // Always: a trial that ends the process has failed at this operation.
            context.announce(Activity::from(position));
        };
        let trial = try_out(&heap, &trace, &settings, &announced)?;
        Ok(trial.failure.map(|failure| Failing {
            signature: failure.signature.to_string(),
            op_index: failure.op_index,
        }))
    }
}

/// Returns how a heap fails on a trace, if it does, and how much work the trial was.
pub(super) fn try_out(
    heap: &Examiner,
    trace: &Trace,
    settings: &CheckSettings,
    watch: &dyn Fn(Position),
) -> Result<Trial, Error> {
    let steps = Steps::default();
    let failure = match heap(trace, settings, watch, &steps) {
        Ok(_) => None,
        Err(Stopped::Fault(fault)) => Some(Failure::from(&*fault)),
        Err(Stopped::NoMachine(error)) => return Err(Error::new(error)),
    };
    let steps = steps.count();
    Ok(Trial { failure, steps, is_last: false })
}
