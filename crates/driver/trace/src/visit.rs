//! Visits the operations of a trace, one after the other.

use crate::{Id, Op};

/// Takes the operations of a trace as they are read, so that they need not be in memory.
pub trait Visit {
    /// Takes the next operation, and the line it stands on.
    fn op(&mut self, op: Op, line: u32);

    /// Takes a `free(NULL)` of a script, written with an id that holds no block or -1 (`None`).
    fn free_of_null(&mut self, id: Option<Id>, line: u32) {
        let _ = id;
        self.op(Op::FreeNull, line);
    }

    /// Takes a remark that stands before the next operation.
    fn comment(&mut self, text: &str) {
        let _ = text;
    }
}
