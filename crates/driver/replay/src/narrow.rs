//! Finds the operation after which the heap's own `check` first fails, or its blocks first do not
//! account for its bytes.
//!
//! A check walks the whole heap; one after every operation would take time quadratic in the trace's
//! length. So the trace is run again and again, with a few checks each time that get closer and
//! closer.

use crate::access::Call;
use crate::fault::{Fault, Kind};
use crate::watch::Stopped;
use std::ops::Range;

/// When `check` is called before the end of the trace: after every `stride`-th operation, counted
/// from when `after` operations are done.
pub(crate) struct Checks {
    after: usize,
    stride: usize,
}

impl Checks {
    pub(crate) const NONE: Checks = Checks::every(usize::MAX);

    /// Checks after every `stride` operations.
    pub(crate) const fn every(stride: usize) -> Checks {
        Checks { after: 0, stride }
    }

    pub(crate) fn is_due(&self, done: usize) -> bool {
        done > self.after && (done - self.after).is_multiple_of(self.stride)
    }
}

/// How many checks one run makes.
const CHECKS_A_RUN: usize = 256;

/// Returns the fault that `run`, which runs the trace with checks, finds first. `check` passes
/// after `bounds.start` operations, and after `bounds.end` there is `fault`: `check` fails, or the
/// operation itself is wrong. Also returns how many operations are done when it fails.
///
/// # Errors
/// If a run ends for a reason other than a fault.
pub(crate) fn first_failing_check(
    bounds: Range<usize>,
    fault: Fault,
    mut run: impl FnMut(Checks) -> Result<(), Stopped>,
) -> Result<(usize, Kind), Stopped> {
    let Range { start: mut good, end: mut bad } = bounds;
    let mut kind = fault.kind;
    while bad > good + 1 {
        let stride = (bad - good).div_ceil(CHECKS_A_RUN);
        let checks = Checks { after: good, stride };
        match run(checks) {
            Err(Stopped::Fault(fault)) if is_found_by_check(&fault.kind) && fault.at.is_some() => {
                bad = fault.at.map_or(bad, |at| at.op_index + 1);
                good = bad.saturating_sub(stride);
                kind = fault.kind;
            }
            Err(stopped @ Stopped::NoMachine(_)) => return Err(stopped),
            _ => good += (bad - good - 1) / stride * stride,
        }
    }
    Ok((bad, kind))
}

/// Returns whether `check` or the account finds the fault, or is stopped by it.
pub(crate) fn is_found_by_check(kind: &Kind) -> bool {
    let only_looks = |call: Call| matches!(call, Call::Check | Call::Blocks);
    match kind {
        Kind::Check(_) | Kind::Miscounted(_) => true,
        Kind::Access(access) => only_looks(access.call),
        Kind::EndlessLoop(endless) => only_looks(endless.call),
        _ => false,
    }
}
