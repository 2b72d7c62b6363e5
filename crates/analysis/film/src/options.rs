//! The machine that a film is recorded in, and where it ends.

use crate::step::Failure;
use heaplab_arena::Refuse;
use heaplab_checks::{CheckAccesses, CheckSettings};
use heaplab_heap::Align;
use heaplab_worker::{FaultReport, Outcome};
use serde::{Deserialize, Serialize};

/// The machine that a film is recorded in, and where it ends.
#[derive(Clone, Debug)]
pub struct Options {
    /// The alignment of payloads.
    pub align: Align,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// Which calls of `sbrk` are refused below the limit.
    pub refuse: Refuse,
    /// Whether a call may fail if the machine refuses it memory.
    pub may_run_out: bool,
    /// What is known to be wrong.
    pub fault: Option<KnownFault>,
}

impl Options {
    /// Returns those of a check, with what it found.
    pub fn of(check: &CheckSettings, fault: Option<KnownFault>) -> Options {
        let settings = check.conditions.settings();
        Options {
            align: settings.align,
            limit_bytes: settings.limit_bytes,
            refuse: settings.refuse,
            may_run_out: settings.may_run_out,
            fault,
        }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            align: Align::Sixteen,
            limit_bytes: 1 << 30,
            refuse: Refuse::Never,
            may_run_out: false,
            fault: None,
        }
    }
}

/// A fault that a check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFault {
    /// The operation, from 0: it is the film's last. None if the fault is that of the whole run.
    pub op_index: Option<usize>,
    /// What is wrong.
    pub failure: Failure,
    /// Whether the operation ends the process: then it is not performed.
    pub is_fatal: bool,
}

impl KnownFault {
    /// Returns a fault that a worker reported; `is_fatal` if it ended the job.
    pub fn new(fault: FaultReport, is_fatal: bool) -> KnownFault {
        let FaultReport { code, message, op_index, .. } = fault;
        KnownFault { op_index, failure: Failure { code, message }, is_fatal }
    }

    /// Returns what a check found; none if it found nothing.
    pub fn of_check(outcome: Outcome<CheckAccesses>) -> Option<KnownFault> {
        match outcome {
            Ok(Ok(_)) => None,
            Ok(Err(diagnosis)) => Some(KnownFault::new(diagnosis.fault, false)),
            Err(failed) => Some(KnownFault::new(failed.fault, true)),
        }
    }
}
