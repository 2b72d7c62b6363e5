//! Short names of what stopped a mutant.

use heaplab_replay::{Fault, Kind, Stopped};

/// Returns what stopped a run: `load-live`, `check I5`.
pub fn code<T>(stopped: &Result<T, Stopped>) -> String {
    match stopped {
        Ok(_) => "nothing".to_owned(),
        Err(Stopped::Fault(fault)) => code_of(fault),
        Err(Stopped::NoMachine(error)) => error.to_string(),
    }
}

fn code_of(fault: &Fault) -> String {
    match &fault.kind {
        Kind::Check(violation) => format!("check I{}", violation.number()),
        kind => kind.code().to_owned(),
    }
}

/// Returns the operation at which a run stopped: 0 also for the empty heap.
pub fn op_index<T>(stopped: &Result<T, Stopped>) -> Option<usize> {
    match stopped {
        Err(Stopped::Fault(fault)) => Some(fault.at.map_or(0, |at| at.op_index)),
        _ => None,
    }
}
