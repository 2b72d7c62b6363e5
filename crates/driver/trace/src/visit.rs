//! Going through the operations of a trace, one after the other.

use crate::{Id, Op};

/// Takes the operations of a trace as they are read, so that they need not be in memory.
pub trait Visit {
    /// The next operation, and the line it stands on.
    fn op(&mut self, op: Op, line: u32);

    /// A `free(NULL)` of a script, which says it by the id of no block or by -1 (`None`).
    fn free_of_null(&mut self, id: Option<Id>, line: u32) {
        let _ = id;
        self.op(Op::FreeNull, line);
    }

    /// A remark that stands before the next operation.
    fn comment(&mut self, text: &str) {
        let _ = text;
    }
}
