//! Stores for operations as they are read.

use crate::source_lines::SourceLines;
use crate::{Comment, Id, Op, Trace, Visit, Weight};
use std::collections::HashMap;

/// A store for the operations of a file.
pub(super) trait Store: Visit {
    /// Notes that the next operation allocates over a live block, which leaks (lenient reading).
    fn leaks_next(&mut self);
}

/// A store that keeps all operations.
#[derive(Default)]
pub(super) struct Kept {
    ops: Vec<Op>,
    lines: SourceLines,
    comments: Vec<Comment>,
    /// See [`Trace`].
    null_ids: Vec<(u32, Option<Id>)>,
    /// Indices of operations that allocate over a live block.
    overwrites: Vec<usize>,
}

impl Kept {
    /// Returns a store with room for `ops` operations.
    pub(super) fn with_capacity(ops: usize) -> Kept {
        Kept { ops: Vec::with_capacity(ops), ..Kept::default() }
    }

    /// Returns the trace, once nothing is wrong with it.
    pub(super) fn into_trace(
        mut self,
        name: &str,
        weight: Weight,
        mut ids: u32,
        peak_payload_bytes: u64,
    ) -> Trace {
        if !self.overwrites.is_empty() {
            ids = separate_leaked_blocks(&mut self.ops, &self.overwrites, ids);
            // The id may be that of a block that has leaked.
            self.null_ids.clear();
        }
        // An unused reserve would count against 12 bytes an operation.
        self.ops.shrink_to_fit();
        self.lines.shrink_to_fit();
        Trace {
            name: name.to_owned(),
            weight,
            ids,
            ops: self.ops,
            lines: self.lines,
            comments: self.comments,
            null_ids: self.null_ids,
            peak_payload_bytes,
        }
    }

    fn index(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX)
    }
}

impl Visit for Kept {
    #[inline(always)]
    fn op(&mut self, op: Op, line: u32) {
        self.ops.push(op);
        self.lines.push(line);
    }

    fn free_of_null(&mut self, id: Option<Id>, line: u32) {
        self.null_ids.push((self.index(), id));
        self.op(Op::FreeNull, line);
    }

    fn comment(&mut self, text: &str) {
        self.comments.push(Comment { before_op: self.index(), text: text.to_owned() });
    }
}

impl Store for Kept {
    fn leaks_next(&mut self) {
        self.overwrites.push(self.ops.len());
    }
}

/// A store that passes operations on and keeps none.
pub(super) struct Passed<'v, V> {
    pub(super) visitor: &'v mut V,
    pub(super) ops: usize,
    /// Some block leaked: another block has its id now, which only the whole trace can repair.
    pub(super) leaks: bool,
}

impl<V: Visit> Visit for Passed<'_, V> {
    #[inline(always)]
    fn op(&mut self, op: Op, line: u32) {
        self.ops += 1;
        self.visitor.op(op, line);
    }

    fn free_of_null(&mut self, id: Option<Id>, line: u32) {
        self.ops += 1;
        self.visitor.free_of_null(id, line);
    }

    fn comment(&mut self, text: &str) {
        self.visitor.comment(text);
    }
}

impl<V: Visit> Store for Passed<'_, V> {
    fn leaks_next(&mut self) {
        self.leaks = true;
    }
}

/// Gives each block that is allocated over a live one an id of its own from there on, so that the
/// old block stays live to the end: it leaks, as it does in a driver that just overwrites its
/// pointer. Returns the new number of ids.
fn separate_leaked_blocks(ops: &mut [Op], overwrites: &[usize], ids: u32) -> u32 {
    let mut next_id = ids;
    let mut renamed = HashMap::new();
    let mut overwrites = overwrites.iter().copied().peekable();
    for (index, op) in ops.iter_mut().enumerate() {
        let Some(id) = op.id() else { continue };
        if overwrites.next_if_eq(&index).is_some() {
            renamed.insert(id, Id(next_id));
            next_id += 1;
        }
        if let Some(&new_id) = renamed.get(&id) {
            *op = op.with_id(new_id);
        }
    }
    next_id
}
