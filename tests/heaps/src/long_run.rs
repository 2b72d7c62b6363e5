//! Replays long generated traces, and measures how large the heap became.
//!
//! `heaplab run` checks every answer and every payload. Here nothing is checked,
//! so that millions of operations take seconds on every heap.

use crate::designs::heap;
use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::{Align, Design, Heap};
use heaplab_trace::{GENERATORS, Generator, Kind, Op, Parameters, Trace};

/// Few live blocks, so that lists without an index are quick to search.
pub const MAX_LIVE_BLOCKS: u32 = 100;
/// The length of a trace to compare with, in operations.
pub const SHORT_OPS: u32 = 4_000;
/// The length of a long one.
pub const LONG_OPS: u32 = 100 * SHORT_OPS;

/// The share of its utilization that a heap must keep. Which blocks are live
/// when the heap is largest is chance, so some heaps lose a fifth in one kind
/// of trace and gain it in another; a heap that hoards blocks loses half.
pub const LEAST_KEPT: f64 = 0.75;

/// The peaks of live payload and of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peaks {
    /// Requested bytes.
    pub payload_bytes: u64,
    /// Bytes between the start of the heap and the break.
    pub heap_bytes: u32,
}

impl Peaks {
    /// Returns peak payload over peak heap, as the lab defines utilization.
    pub fn utilization_percent(&self) -> f64 {
        100.0 * self.payload_bytes as f64 / f64::from(self.heap_bytes)
    }
}

/// Returns the generators of program-like traces, which can be of any length.
pub fn kinds() -> impl Iterator<Item = &'static Generator> {
    GENERATORS.iter().filter(|generator| generator.kind == Kind::Program)
}

/// Makes a trace of `ops` operations with seed 1.
pub fn generate(kind: &Generator, ops: u32, max_live_blocks: u32) -> Trace {
    kind.generate(&Parameters { seed: 1, ops, max_live_blocks, size_factor: 1 })
}

/// Returns why a heap of this name may lose utilization the longer it
/// runs: its policy is meant to teach that. `None` for all others.
pub fn known_to_lose(heap_name: &str) -> Option<&'static str> {
    const REASONS: [(&str, &str); 4] = [
        ("worst-fit", "worst fit cuts up the largest block each time"),
        ("next-fit", "next fit spreads small blocks over the whole heap"),
        ("explicit:lifo,first-fit", "the block freed last is cut up first, whatever its size"),
        ("explicit:fifo,first-fit", "the block freed first is cut up first, whatever its size"),
    ];
    let is_list =
        ["implicit:", "explicit:", "segregated:"].iter().any(|list| heap_name.starts_with(list));
    if is_list && heap_name.ends_with("deferred") {
        return Some("blocks stay cut up until a search finds nothing");
    }
    REASONS.into_iter().find(|(words, _)| heap_name.contains(words)).map(|(_, reason)| reason)
}

/// Replays `trace` on a heap of this design.
///
/// # Panics
/// If the heap refuses an operation: the simulated machine has memory for all.
pub fn replay<D: Design>(design: &D, trace: &Trace, align: Align) -> Peaks {
    let mut heap = heap(design, align);
    let mut blocks = vec![(Addr::NULL, 0); trace.ids() as usize];
    let mut live_bytes = 0;
    let mut peaks = Peaks { payload_bytes: 0, heap_bytes: 0 };
    for op in trace.ops() {
        match *op {
            Op::Malloc { id, size } | Op::Realloc { id, size } => {
                let (payload, old_size) = blocks[id.index()];
                let payload = heap.realloc(payload, size).expect("room for every request");
                blocks[id.index()] = (payload, size);
                live_bytes += u64::from(size);
                live_bytes -= u64::from(old_size);
            }
            Op::Free { id } => {
                let (payload, size) = blocks[id.index()];
                heap.free(payload).expect("a live block");
                blocks[id.index()] = (Addr::NULL, 0);
                live_bytes -= u64::from(size);
            }
            other => unreachable!("generators make no {other:?}"),
        }
        peaks.payload_bytes = peaks.payload_bytes.max(live_bytes);
    }
    peaks.heap_bytes = heap.arena().high_water_bytes();
    peaks
}
