//! The operations of a trace while it is being made.

use crate::{Id, Op};

/// Operations, and the next unused id.
#[derive(Default)]
pub(super) struct TraceBuilder {
    pub(super) ops: Vec<Op>,
    next_id: u32,
    live_blocks: u32,
}

impl TraceBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Allocates a block under a new id.
    pub(super) fn malloc(&mut self, size: u32) -> Id {
        let id = Id(self.next_id);
        self.next_id += 1;
        self.live_blocks += 1;
        self.ops.push(Op::Malloc { id, size });
        id
    }

    /// Allocates a zeroed block under a new id.
    pub(super) fn calloc(&mut self, size: u32) -> Id {
        let id = self.malloc(size);
        self.instead(Op::Calloc { id, size })
    }

    /// Allocates an aligned block under a new id.
    pub(super) fn memalign(&mut self, align_log2: u8, size: u32) -> Id {
        let id = self.malloc(size);
        self.instead(Op::Memalign { id, align_log2, size })
    }

    /// Adds `realloc(NULL, size)`, under a new id.
    pub(super) fn realloc_null(&mut self, size: u32) -> Id {
        let id = self.malloc(size);
        self.instead(Op::Realloc { id, size })
    }

    /// Replaces the last call by another one for the same block.
    fn instead(&mut self, op: Op) -> Id {
        self.ops.pop();
        self.ops.push(op);
        Id(self.next_id - 1)
    }

    /// Resizes a live block; `size` is not 0.
    pub(super) fn realloc(&mut self, id: Id, size: u32) {
        self.ops.push(Op::Realloc { id, size });
    }

    /// Frees a live block.
    pub(super) fn free(&mut self, id: Id) {
        self.live_blocks -= 1;
        self.ops.push(Op::Free { id });
    }

    /// Frees a live block by `realloc(p, 0)`.
    pub(super) fn free_by_realloc(&mut self, id: Id) {
        self.live_blocks -= 1;
        self.ops.push(Op::Realloc { id, size: 0 });
    }

    /// Adds `free(NULL)`.
    pub(super) fn free_null(&mut self) {
        self.ops.push(Op::FreeNull);
    }

    /// Frees live blocks in the order given.
    pub(super) fn free_all(&mut self, ids: impl IntoIterator<Item = Id>) {
        for id in ids {
            self.free(id);
        }
    }

    /// Returns how many blocks are live.
    pub(super) fn live_blocks(&self) -> u32 {
        self.live_blocks
    }

    /// Returns whether a step of up to `step` operations, none of which frees, still leaves room
    /// to free everything within `limit` operations.
    pub(super) fn has_room(&self, step: u32, limit: u32) -> bool {
        // Each allocation needs a free later on.
        let needed = self.ops.len() as u64 + u64::from(self.live_blocks) + 2 * u64::from(step);
        needed <= u64::from(limit)
    }
}
