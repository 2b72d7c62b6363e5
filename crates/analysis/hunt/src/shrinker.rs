//! The smallest trace that shows a fault, made by workers: also for a heap that ends its process.

use crate::{Budget, Failing, Failure, Shrink, Signature, SmallTrace, Trial, Try};
use crate::{in_file, shrink, small_trace};
use heaplab_checks::Conditions;
use heaplab_support::{Listener, Work};
use heaplab_trace::{ReadOptions, Trace};
use heaplab_worker::pool::{WorkerOptions, WorkerSlot};
use heaplab_worker::{Common, Error};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Host memory that a heap and its shadow may take, in bytes.
pub(crate) const HOST_BYTES: u64 = 3 << 30;

/// The most work, in operations: some ten seconds on the checked machine.
const BUDGET_OPS: u64 = 120_000_000;

/// The most trials if each may cost a process.
const BUDGET_PROCESSES: u64 = 1000;

/// How long a heap that hangs does so in each trial.
const TRIAL_TIMEOUT_SECONDS: f64 = 1.0;

/// Runs trials of traces on one heap.
pub struct Shrinker<'a> {
    heap: &'a str,
    /// When to stop trying candidates; none for no limit.
    until: Option<Instant>,
    slot: WorkerSlot<'a>,
}

impl<'a> Shrinker<'a> {
    /// Returns a shrinker for this heap; the terms are [`Shrinker::worker_options`].
    pub fn new(heap: &'a str, worker_options: &'a WorkerOptions) -> Shrinker<'a> {
        Shrinker { heap, until: None, slot: WorkerSlot::new(worker_options) }
    }

    /// Tries no candidates after this time.
    pub fn until(self, until: Option<Instant>) -> Shrinker<'a> {
        Shrinker { until, ..self }
    }

    /// Returns whether that time has come.
    pub fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Returns the terms for a shrinker, and the work that they are part of.
    pub fn worker_options(listener: &Arc<dyn Listener>) -> (Work<'_>, WorkerOptions) {
        let work = Work::begin(&**listener, "shrinking", None);
        (work, WorkerOptions::told(listener, HOST_BYTES))
    }

    /// Returns the smallest trace on which the heap fails as on the one in this file; if there is
    /// none, why, in words.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn shrink(
        &mut self,
        path: &Path,
        trace: &Trace,
        conditions: &Conditions,
    ) -> Result<Result<SmallTrace, String>, Error> {
        let job = Shrink {
            heap: self.heap.to_owned(),
            trace: path.into(),
            conditions: *conditions,
            ops: BUDGET_OPS,
            // JSON has no infinity.
            seconds: self.until.map_or(f64::MAX, |until| {
                until.saturating_duration_since(Instant::now()).as_secs_f64()
            }),
        };
        match self.slot.answer(&job, trace)? {
            Ok(shrunk) => Ok(shrunk),
            // The heap ended the process.
            Err(_) => self.shrink_by_processes(trace, conditions),
        }
    }

    /// Shrinks with each trial in a process that may be lost.
    fn shrink_by_processes(
        &mut self,
        trace: &Trace,
        conditions: &Conditions,
    ) -> Result<Result<SmallTrace, String>, Error> {
        let conditions = Conditions {
            common: Common {
                timeout_seconds: conditions.common.timeout_seconds.min(TRIAL_TIMEOUT_SECONDS),
                ..conditions.common
            },
            ..*conditions
        };
        let mut impossible = None;
        let oracle = |candidate: &Trace| {
            let failure = match &impossible {
                Some(_) => None,
                None => self.failure(candidate, &conditions).unwrap_or_else(|failure| {
                    impossible = Some(failure);
                    None
                }),
            };
            Trial { is_last: self.is_late(), ..Trial::from(failure) }
        };
        let budget = Budget { ops: BUDGET_OPS, trials: BUDGET_PROCESSES };
        let shrunk = shrink(trace, oracle, budget);
        match impossible {
            Some(failure) => Err(failure),
            None => {
                Ok(shrunk.map(|shrunk| small_trace(&shrunk)).map_err(|error| error.to_string()))
            }
        }
    }

    /// Returns how the heap fails on a trace, if it does.
    fn failure(
        &mut self,
        trace: &Trace,
        conditions: &Conditions,
    ) -> Result<Option<Failure>, Error> {
        let job = Try {
            heap: self.heap.to_owned(),
            trace: String::from_utf8_lossy(&in_file(trace)).into_owned(),
            conditions: Conditions {
                common: Common { reading: ReadOptions::STRICT, ..conditions.common },
                ..*conditions
            },
        };
        let failure =
            |signature, op_index| Failure { signature: Signature::new(signature), op_index };
        Ok(match self.slot.answer(&job, trace)? {
            Ok(found) => found.map(|Failing { signature, op_index }| failure(signature, op_index)),
            Err(failed) => Some(failure(failed.fault.code, failed.fault.op_index)),
        })
    }

    /// Returns whether the heap fails in this way on this machine.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn fails(
        &mut self,
        trace: &Trace,
        conditions: &Conditions,
        signature: &str,
    ) -> Result<bool, Error> {
        let failure = self.failure(trace, conditions)?;
        Ok(failure.is_some_and(|failure| failure.signature.as_str() == signature))
    }
}
