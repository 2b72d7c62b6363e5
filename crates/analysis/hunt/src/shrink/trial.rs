//! Tries candidates, and keeps the best one so far and the rest of the budget.

use super::edit::Edit;
use super::shrunk::{End, Origin, Shrunk};
use super::step::{Step, number_lives, steps_of, trace_of};
use crate::{Failure, Signature};
use heaplab_trace::{Trace, Weight};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The work that shrinking may take. It is counted, not timed, so that the same trace always
/// shrinks to the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Operations replayed. A trial counts as some hundreds more than it has, because it begins
    /// with a new machine; as one more for as many [steps](Trial::steps) of the heap as an
    /// operation usually takes; and as one more for every 16 KiB of a payload, which is written and
    /// read back.
    pub ops: u64,
    /// Candidates tried.
    pub trials: u64,
}

impl Default for Budget {
    /// Returns 200 million operations: some ten seconds for a heap that takes 50 ns for one.
    fn default() -> Budget {
        Budget { ops: 200_000_000, trials: u64::MAX }
    }
}

/// What running a candidate showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// How it fails, if it does.
    pub failure: Option<Failure>,
    /// Loads and stores of the heap, as far as they are known: searching a long list is more work
    /// than an operation should be.
    pub steps: u64,
    /// Whether the caller's time is up, so that this candidate is the last one. The trials of the
    /// original are made anyway.
    pub is_last: bool,
}

impl From<Option<Failure>> for Trial {
    fn from(failure: Option<Failure>) -> Trial {
        Trial { failure, steps: 0, is_last: false }
    }
}

/// The cost of a trial besides its operations, in operations: setting up a machine is as much work
/// as some hundreds of them.
const TRIAL_OPS: u64 = 250;

/// This many loads and stores are as much work as one operation.
const STEPS_AN_OP: u64 = 32;

/// This many bytes of a payload are as much work as one operation.
const PAYLOAD_BYTES_AN_OP: u64 = 16 << 10;

/// The error that another trial was due, but the budget is used up.
pub(super) struct BudgetUsed;

/// A run of trials: what is known to fail, and what the trials have cost.
pub(super) struct Trials<'a> {
    name: String,
    weight: Weight,
    /// The original's peak payload: no candidate may ask for more, or a heap that runs out of
    /// memory could be blamed for a request that is not in the original.
    peak_payload_bytes: u64,
    oracle: &'a mut dyn FnMut(&Trace) -> Trial,
    budget: Budget,
    /// The smallest candidate that fails.
    best: Vec<Step>,
    failure: Failure,
    /// The signature of the last trial, even if of another failure.
    last_seen: Option<Signature>,
    /// Candidates that did not fail as they should; rounds produce the same ones again.
    rejected: HashSet<u64>,
    trials: u64,
    ops_replayed: u64,
    /// Whether the oracle has reported that its time is up.
    is_out_of_time: bool,
}

impl<'a> Trials<'a> {
    /// Returns the trials of `trace`; `first`, with its `failure`, is the oracle's result for it.
    pub(super) fn new(
        trace: &Trace,
        first: &Trial,
        failure: Failure,
        oracle: &'a mut dyn FnMut(&Trace) -> Trial,
        budget: Budget,
    ) -> Trials<'a> {
        let mut trials = Trials {
            name: trace.name().to_owned(),
            weight: trace.weight(),
            peak_payload_bytes: trace.peak_payload_bytes(),
            oracle,
            budget,
            best: steps_of(trace),
            failure,
            last_seen: None,
            rejected: HashSet::new(),
            trials: 0,
            ops_replayed: 0,
            is_out_of_time: false,
        };
        let steps = std::mem::take(&mut trials.best);
        trials.pay(&steps, first);
        trials.best = steps;
        trials
    }

    /// Returns whether the original fails again, under new ids and cut after the operation that
    /// showed the failure, or else in its full length.
    pub(super) fn repeats(&mut self) -> bool {
        let all = self.best.clone();
        let cut = after_failure(&all, &self.failure);
        (cut < all.len() && self.run(all[..cut].to_vec())) || self.run(all)
    }

    /// Returns the signature of the last trial.
    pub(super) fn seen_last(&self) -> Option<Signature> {
        self.last_seen.clone()
    }

    /// Keeps only the lives that were touched last: the last one, two, four, ... until the failure
    /// shows. Most failures are about few blocks, and these trials cost almost nothing.
    pub(super) fn keep_latest_lives(&mut self) {
        let mut seen = HashSet::new();
        let latest: Vec<u32> = (self.best.iter().rev())
            .map(|step| step.life)
            .filter(|&life| seen.insert(life))
            .collect();
        let mut count = 1;
        while count < latest.len() {
            let kept: HashSet<u32> = latest[..count].iter().copied().collect();
            let steps = self.best.iter().filter(|step| kept.contains(&step.life));
            match self.try_steps(steps.copied().collect()) {
                Ok(false) => count *= 2,
                Ok(true) | Err(BudgetUsed) => break,
            }
        }
    }

    /// Makes an edit wherever this keeps the failure: at all its sites at once, then in parts of
    /// half as many, down to one; but in at most `most_parts`. Returns whether anything has
    /// changed.
    pub(super) fn make(&mut self, edit: &Edit, most_parts: usize) -> Result<bool, BudgetUsed> {
        number_lives(&mut self.best);
        let mut sites = edit.sites(&self.best);
        let mut changed = false;
        let mut part = sites.len();
        while part > 0 && sites.len().div_ceil(part) <= most_parts {
            let mut left = Vec::with_capacity(sites.len());
            for sites in sites.chunks(part) {
                if self.try_steps(edit.make(&self.best, sites))? {
                    changed = true
                } else {
                    left.extend(sites)
                }
            }
            sites = left;
            part = if part == 1 { 0 } else { part.div_ceil(2) };
        }
        Ok(changed)
    }

    /// Runs a candidate unless its outcome is known; fails if the budget is used up. Returns
    /// whether it is the best from now on.
    fn try_steps(&mut self, steps: Vec<Step>) -> Result<bool, BudgetUsed> {
        if steps == self.best || self.rejected.contains(&hash_of(&steps)) {
            return Ok(false);
        }
        let is_spent = self.trials >= self.budget.trials || self.ops_replayed >= self.budget.ops;
        if is_spent || self.is_out_of_time {
            return Err(BudgetUsed);
        }
        Ok(self.run(steps))
    }

    /// Runs a candidate. If it fails as it should, makes it the best and returns true.
    fn run(&mut self, steps: Vec<Step>) -> bool {
        let Some(trace) = trace_of(&steps, &self.name, self.weight) else {
            debug_assert!(false, "an edit made nonsense");
            return false;
        };
        if trace.peak_payload_bytes() > self.peak_payload_bytes {
            self.rejected.insert(hash_of(&steps));
            return false;
        }
        let trial = (self.oracle)(&trace);
        self.pay(&steps, &trial);
        let failure = trial.failure;
        self.last_seen = failure.as_ref().map(|failure| failure.signature.clone());
        match failure {
            Some(failure) if failure.signature == self.failure.signature => {
                let cut = after_failure(&steps, &failure);
                let shorter = (cut < steps.len()).then(|| steps[..cut].to_vec());
                self.best = steps;
                self.failure = failure;
                // Operations after the failure should not be needed; a run of the heap decides.
                if let Some(shorter) = shorter.filter(|_| !self.is_out_of_time) {
                    self.run(shorter);
                }
                true
            }
            _ => {
                self.rejected.insert(hash_of(&steps));
                false
            }
        }
    }

    /// Charges a trial of these operations, which ended like this, to the budget.
    fn pay(&mut self, steps: &[Step], trial: &Trial) {
        let ops = steps.len();
        let failure = trial.failure.as_ref();
        let replayed =
            failure.and_then(|failure| failure.op_index).map_or(ops, |index| (index + 1).min(ops));
        self.trials += 1;
        let payload_bytes = steps[..replayed].iter().filter_map(|step| step.op.size());
        let payload_ops = payload_bytes.map(|bytes| u64::from(bytes) / PAYLOAD_BYTES_AN_OP);
        self.ops_replayed +=
            replayed as u64 + TRIAL_OPS + trial.steps / STEPS_AN_OP + payload_ops.sum::<u64>();
        self.is_out_of_time |= trial.is_last;
    }

    /// Returns the best candidate, with its report.
    pub(super) fn finish(self, original: &Trace, end: End) -> Shrunk {
        let origins = self.best.iter().map(|step| {
            let op_index = step.origin as usize;
            Origin { op_index, line: original.line(op_index), op: original.ops()[op_index] }
        });
        let origins = origins.collect();
        let trace = trace_of(&self.best, &self.name, self.weight);
        Shrunk {
            // The best candidate was a valid trace when it was tried.
            trace: trace.unwrap_or_else(|| original.clone()),
            origins,
            failure: self.failure,
            ops_before: original.ops().len(),
            trials: self.trials,
            ops_replayed: self.ops_replayed,
            end,
        }
    }
}

/// Returns how many steps there are up to the failure and including it.
fn after_failure(steps: &[Step], failure: &Failure) -> usize {
    failure.op_index.map_or(steps.len(), |index| (index + 1).min(steps.len()))
}

/// Returns a hash: equal for the same operations on the same lives, also in another run.
fn hash_of(steps: &[Step]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for step in steps {
        step.op.hash(&mut hasher);
    }
    hasher.finish()
}
