//! The program that a trace stands for, as far as its heap is concerned.

use heaplab_arena::Addr;
use heaplab_heap::{Heap, HeapError};
use heaplab_replay::{Live, call};
use heaplab_trace::{Op, Trace};

/// A heap under a program that does what a trace says and knows what it holds.
pub(crate) struct Program<'a, H> {
    pub(crate) heap: H,
    trace: &'a Trace,
    /// What each id holds.
    held: Vec<Option<Live>>,
    live_bytes: u64,
}

impl<'a, H: Heap> Program<'a, H> {
    pub(crate) fn new(heap: H, trace: &'a Trace) -> Self {
        Program {
            heap,
            trace,
            held: vec![None; trace.ids() as usize],
            live_bytes: 0,
        }
    }

    /// Performs the operation with this index. Returns the payload that the
    /// program now writes, if it got one.
    pub(crate) fn step(&mut self, index: usize) -> Result<Option<Live>, HeapError> {
        let op = self.trace.ops()[index];
        let old = op.id().and_then(|id| self.held[id.index()]);
        if matches!(op, Op::Write { .. }) {
            // The program has written all of the block already.
            return Ok(None);
        }
        let payload = call(
            &mut self.heap,
            op,
            old.map_or(Addr::NULL, |live| live.payload),
        )?;
        let new = match op {
            Op::Malloc { size, .. } | Op::Calloc { size, .. } | Op::Memalign { size, .. } => {
                Some(Live { payload, size })
            }
            // On a live id, size 0 frees.
            Op::Realloc { size: 0, .. } if old.is_some() => None,
            Op::Realloc { size, .. } => Some(Live { payload, size }),
            Op::Free { .. } | Op::FreeNull | Op::Write { .. } => None,
        };
        let bytes = |live: Option<Live>| live.map_or(0, |live| u64::from(live.size));
        self.live_bytes = self.live_bytes - bytes(old) + bytes(new);
        if let Some(id) = op.id() {
            self.held[id.index()] = new;
        }
        Ok(new)
    }

    /// Requested bytes of all live blocks.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    /// The payloads that the program holds, by rising address. What a
    /// `malloc(0)` got may be no block.
    pub(crate) fn live(&self) -> Vec<Live> {
        let held = self.held.iter().flatten().copied();
        let mut live: Vec<Live> = held.filter(|live| !live.payload.is_null()).collect();
        live.sort_unstable();
        live
    }
}
