//! The program that a trace stands for, reduced to its use of the heap.

use heaplab_arena::Addr;
use heaplab_heap::{Heap, HeapError};
use heaplab_replay::{Live, LiveBlock, LiveBlocks, call};
use heaplab_trace::{Op, Trace};

/// A heap under a program that runs a trace and knows which blocks it holds.
pub(crate) struct Program<'a, H> {
    pub(crate) heap: H,
    trace: &'a Trace,
    pub(crate) live: LiveBlocks,
}

impl<'a, H: Heap> Program<'a, H> {
    pub(crate) fn new(heap: H, trace: &'a Trace) -> Self {
        Program { heap, trace, live: LiveBlocks::new(trace) }
    }

    /// Performs the operation with this index. Returns the payload that the program now writes, if
    /// it got one.
    pub(crate) fn step(&mut self, index: usize) -> Result<Option<Live>, HeapError> {
        let op = self.trace.ops()[index];
        let old = op.id().and_then(|id| self.live.of(id));
        if matches!(op, Op::Write { .. }) {
            // The program has written all of the block already.
            return Ok(None);
        }
        let old_payload = old.map_or(Addr::NULL, |block| block.addr);
        let payload = call(&mut self.heap, op, old_payload)?;
        if let Some(id) = op.id() {
            self.live.let_go(id);
        }
        let (id, size) = match op {
            // On a live id, size 0 frees the block.
            Op::Realloc { size: 0, .. } if old.is_some() => return Ok(None),
            Op::Malloc { id, size }
            | Op::Calloc { id, size }
            | Op::Memalign { id, size, .. }
            | Op::Realloc { id, size } => (id, size),
            Op::Free { .. } | Op::FreeNull | Op::Write { .. } => return Ok(None),
        };
        let block = LiveBlock { addr: payload, size, usable_bytes: size, ..LiveBlock::default() };
        self.live.hold(id, block);
        Ok(Some(Live { payload, size }))
    }
}
