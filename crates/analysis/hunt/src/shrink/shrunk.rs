//! A trace made small, and where its operations come from.

use crate::Failure;
use heaplab_trace::{Op, Trace};

/// A trace made small.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The small trace, with its ids renumbered.
    pub trace: Trace,
    /// Where each of its operations comes from.
    pub origins: Vec<Origin>,
    /// How it fails: with the signature of the original.
    pub failure: Failure,
    /// How many operations the original has.
    pub ops_before: usize,
    /// Candidates tried.
    pub trials: u64,
    /// Operations replayed, as the [`Budget`](crate::Budget) counts them.
    pub ops_replayed: u64,
    /// Why it is not smaller.
    pub end: End,
}

/// Why a trace is not smaller than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is 1-minimal: no single edit keeps the failure.
    Minimal,
    /// The budget, or the caller's time, is used up; it might become smaller still.
    BudgetUsed,
}

/// Where an operation of a shrunk trace comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its index in the original trace.
    pub op_index: usize,
    /// Its line in the original trace's file.
    pub line: u32,
    /// The operation in the original trace.
    pub op: Op,
}

impl Shrunk {
    /// Returns the small trace with remarks: for each operation the line it comes from, and the
    /// original operation if it has changed.
    pub fn annotated(&self) -> Trace {
        let ops = self.trace.ops().iter().zip(&self.origins);
        (0..).zip(ops).fold(self.trace.clone(), |trace, (index, (op, origin))| {
            trace.with_comment_before(index, &origin.remark(*op))
        })
    }
}

impl Origin {
    /// Returns the remark on how the operation has changed.
    fn remark(&self, now: Op) -> String {
        let renamed = match now.id() {
            Some(id) => self.op.with_id(id),
            None => self.op,
        };
        if renamed == now {
            format!("line {}", self.line)
        } else {
            format!("line {}, `{}` there", self.line, self.op)
        }
    }
}
