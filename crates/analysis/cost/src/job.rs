//! What operations cost, counted in a worker.

use crate::{Cost, Options, measure};
use heaplab_checks::{Validate, WatchedRun};
use heaplab_heap::Design;
use heaplab_replay::{Facts, Position, Settings, Stopped};
use heaplab_trace::Trace;
use heaplab_worker::{Job, JobContext, Stop};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Is every result of a heap on a trace right, and what does each operation cost?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CountCost {
    /// The heap, the trace and the machine.
    pub validate: Validate,
    /// What to count.
    pub options: Options,
}

/// Counts the cost of a design.
type Erased =
    Box<dyn Fn(&Trace, &Settings, &Options, &dyn Fn(Position)) -> Result<(Facts, Cost), Stopped>>;

impl Job for CountCost {
    const NAME: &'static str = "count-cost";
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = (Facts, Cost);

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |trace, settings, options, watch| {
            measure(&design, trace, settings, options, watch)
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<(Facts, Cost), Stop> {
        let count = context.erased::<CountCost>(&self.validate.heap)?;
        WatchedRun::begin(&self.validate, context)?
            .run(context, |trace, settings, watch| count(trace, settings, &self.options, watch))
    }

    fn timeout(&self) -> Duration {
        self.validate.timeout()
    }
}
