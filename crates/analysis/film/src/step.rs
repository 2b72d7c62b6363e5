//! What one operation did to a heap.

use crate::access::{Access, Source};
use serde::{Deserialize, Serialize};

/// One operation, and what it changed. Addresses are those of the simulated machine; a block is
/// named by its payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The operation's index, from 0.
    pub op_index: usize,
    /// Its line in the trace's file, from 1.
    pub line: u32,
    /// The operation, in the trace's words: `a 0 24`.
    pub operation: String,
    /// The call, with its arguments: `malloc(24)`.
    pub call: String,
    /// What came of it.
    pub result: Returned,
    /// The blocks that are not as they were before, by ascending address.
    pub blocks: Vec<BlockChange>,
    /// The free lists that are not as they were before.
    pub lists: Vec<ListChange>,
    /// The words and ranges that the allocator wrote, in order.
    pub stores: Vec<Access>,
    /// What the allocator did in the field's words.
    pub notes: Notes,
    /// What it cost.
    pub cost: Cost,
    /// The run so far, this operation included.
    pub facts: FactsSoFar,
    /// Why the run ends here, if it does not go on.
    pub failure: Option<Failure>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returned {
    /// It returned an address: the payload, or null.
    Address(u32),
    /// It returned, and a free has no result.
    Nothing,
    /// It refused, for this reason.
    Refused(String),
    /// It did not return.
    Stopped,
    /// The operation is the program's: the heap was not called.
    NotCalled,
}

/// A block that was there before or is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockChange {
    /// Where the block starts, its header included.
    pub start: u32,
    /// Where its payload is, or would be.
    pub payload: u32,
    /// What it was; none if it is new.
    pub before: Option<BlockState>,
    /// What it is; none if it is gone.
    pub after: Option<BlockState>,
}

/// A block at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockState {
    /// Bytes in the whole block.
    pub bytes: u32,
    /// Whether the program holds it.
    pub is_allocated: bool,
}

/// A free list whose entries or whose order changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChange {
    /// Which list, from 0.
    pub list: u32,
    /// The entries that are gone.
    pub removed: Vec<ListPlace>,
    /// The entries that are new.
    pub added: Vec<ListPlace>,
    /// Whether those that stay are in another order.
    pub is_reordered: bool,
    /// How many entries there are now.
    pub length: usize,
}

/// An entry of a free list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPlace {
    /// Its place in the list, from 0: before the operation if it is gone, after it if it is new.
    pub place: usize,
    /// The free block's payload.
    pub payload: u32,
}

/// What an allocator says that it did, and its calls of `sbrk`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Blocks that searches looked at.
    pub search_steps: u64,
    /// Blocks that became two.
    pub splits: u32,
    /// Pairs of blocks that became one.
    pub merges: u32,
    /// Its calls of `sbrk` with an increment other than 0.
    pub sbrk_calls: Vec<SbrkCall>,
}

/// A call of `sbrk`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SbrkCall {
    /// By how many bytes the break was to move.
    pub increment: i32,
    /// Whether the machine refused.
    pub is_refused: bool,
    /// The allocator's line.
    pub source: Source,
}

/// What an operation cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Words that the allocator read.
    pub loads: u64,
    /// Words that it wrote.
    pub stores: u64,
}

/// A run up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsSoFar {
    /// Operations that are done.
    pub ops: usize,
    /// Requested bytes that are live.
    pub payload_bytes: u64,
    /// The most that were.
    pub peak_payload_bytes: u64,
    /// Bytes in the heap segment.
    pub heap_bytes: u32,
    /// The most there were.
    pub peak_heap_bytes: u32,
    /// Calls of `sbrk`.
    pub sbrk_calls: u32,
    /// Words that the allocator read.
    pub loads: u64,
    /// Words that it wrote.
    pub stores: u64,
}

impl FactsSoFar {
    /// Returns the peak payload as a fraction of the largest heap, as
    /// [`Facts::utilization`](heaplab_replay::Facts::utilization) does for a whole run. `None`
    /// until both are there.
    pub fn utilization(&self) -> Option<f64> {
        (self.peak_payload_bytes > 0 && self.peak_heap_bytes > 0)
            .then(|| self.peak_payload_bytes as f64 / f64::from(self.peak_heap_bytes))
    }
}

/// Why a run does not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable name of what is wrong.
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
}

/// What there is to look for among the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A block became two.
    Split,
    /// Two blocks became one.
    Merge,
    /// The break moved, or the machine refused to move it.
    Sbrk,
    /// A realloc returned another address than it was given.
    Move,
    /// The run ends.
    Failure,
}
