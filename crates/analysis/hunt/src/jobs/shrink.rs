//! The smallest trace on which one heap fails as on this one.

use super::deadline::{Deadline, or_time};
use super::trial::{Examiner, examiner, try_out};
use super::{SAID_EVERY, in_file, patience};
use crate::{Budget, End, Shrunk, Trial, shrink};
use heaplab_checks::Conditions;
use heaplab_heap::Design;
use heaplab_replay::Position;
use heaplab_trace::Trace;
use heaplab_worker::{Job, JobContext, Stop, TraceSource};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The smallest trace on which a heap fails as on this one, or why there is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shrink {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The conditions that it is checked under.
    pub conditions: Conditions,
    /// The most operations to replay.
    pub ops: u64,
    /// The most seconds to take, except for two trials of the trace itself.
    pub seconds: f64,
}

/// A trace made small.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SmallTrace {
    /// The trace, as a file has it, with a remark on each operation.
    pub trace: String,
    /// How the heap fails on it, in one line that is the same for the same failure.
    pub signature: String,
    /// How many operations the original trace had.
    pub ops_before: usize,
    /// How many traces were tried.
    pub trials: u64,
    /// Whether no operation can be left out.
    pub is_minimal: bool,
}

/// Shrinking begins with this many trials of the whole trace.
const TRIALS_OF_ITSELF: u64 = 3;

impl Job for Shrink {
    const NAME: &'static str = "shrink";
    type Erased = Examiner;
    type Answer = Result<SmallTrace, String>;

    fn erase<D: Design>(design: D) -> Examiner {
        examiner(design)
    }

    fn timeout(&self) -> Duration {
        self.conditions.common.timeout()
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Self::Answer, Stop> {
        let heap = context.erased::<Shrink>(&self.heap)?;
        let trace = context.read(&self.trace, self.conditions.common)?;
        let settings = self.conditions.settings();
        let until = Deadline::in_seconds(self.seconds);
        let (mut said, mut trials, mut impossible) = (Instant::now(), 0u64, None);
        let oracle = |candidate: &Trace| {
            trials += 1;
            if said.elapsed() > SAID_EVERY {
                said = Instant::now();
                let ops = candidate.ops().len();
                context.say(format!("trial {trials}, of {ops} operations"));
            }
            let patience =
                patience(candidate, settings.limit_bytes, self.conditions.common.timeout());
            context.watch_over(Arc::new(candidate.clone()), patience);
            // The first trials are of the trace itself: without them there is no result.
            let may_stop = trials > TRIALS_OF_ITSELF;
            let watch = |position: Position| {
                context.step(position);
                if may_stop {
                    until.check();
                }
            };
            let trial = match or_time(|| try_out(&heap, candidate, &settings, &watch)) {
                Some(Ok(trial)) => trial,
                None => Trial::from(None),
                Some(Err(failure)) => {
                    impossible.get_or_insert(failure);
                    Trial::from(None)
                }
            };
            Trial { is_last: until.has_passed(), ..trial }
        };
        let budget = Budget { ops: self.ops, ..Budget::default() };
        let shrunk = shrink(&trace, oracle, budget);
        match impossible {
            Some(failure) => Err(failure.into()),
            None => {
                Ok(shrunk.map(|shrunk| small_trace(&shrunk)).map_err(|error| error.to_string()))
            }
        }
    }
}

/// Returns the report of a trace made small.
pub fn small_trace(shrunk: &Shrunk) -> SmallTrace {
    SmallTrace {
        trace: String::from_utf8_lossy(&in_file(&shrunk.annotated())).into_owned(),
        signature: shrunk.failure.signature.to_string(),
        ops_before: shrunk.ops_before,
        trials: shrunk.trials,
        is_minimal: shrunk.end == End::Minimal,
    }
}
