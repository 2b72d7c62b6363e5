//! The whole heap after a trace, as the heap's own views show it.

use crate::access::Call;
use crate::check_accesses::{AtEnd, CheckCounts, check_and_look};
use crate::scene::{CheckSettings, Run};
use crate::validity::struct_bytes;
use crate::watch::{Position, Stopped};
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Design, Heap, Tag};
use heaplab_trace::Trace;
use serde::{Deserialize, Serialize};

/// The whole heap when all operations of a trace are done. Addresses are those of
/// the simulated machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalHeap {
    /// Where the heap segment starts.
    pub heap_start: u32,
    /// Where it ends: the break.
    pub heap_break: u32,
    /// The blocks as `blocks` shows them: by ascending address, if it keeps its promise.
    pub blocks: Vec<FinalBlock>,
    /// The entries as `free_lists` shows them.
    pub free_lists: Vec<ListEntry>,
    /// Whether one of the two showed more than [`MOST_ENTRIES`], and was cut off there.
    pub cut_short: bool,
    /// What the program holds, by rising id.
    pub payloads: Vec<Payload>,
    /// Loads that the heap's own `check` made at the end: a `check` that makes none looks at
    /// nothing.
    pub check_accesses: u64,
    /// Bytes in the heap's value, the machine not counted.
    pub struct_bytes: u64,
    /// Words that the allocator reads and writes in the operations, without what it takes to set up
    /// the empty heap and to check it.
    pub touches: u64,
    /// What was checked during the run.
    pub examined: CheckCounts,
}

/// A block of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalBlock {
    /// Where it starts, its header included.
    pub address: u32,
    /// Bytes in the whole block.
    pub size: u32,
    /// Whether it is allocated.
    pub allocated: bool,
    /// What the word where it starts says, read as a header; `None` outside of the machine. The
    /// heap makes its view, but this is what is in memory.
    pub header: Option<Header>,
}

/// What a header says of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Bytes in the whole block.
    pub size: u32,
    /// Whether the program holds it: it is allocated, and not on a quick list.
    pub held: bool,
}

/// An entry of a free list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Which list, from 0.
    pub list: u32,
    /// The free block's payload address.
    pub payload: u32,
}

/// A live payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// Its id in the trace.
    pub id: u32,
    /// Where it is.
    pub address: u32,
    /// Requested bytes.
    pub size: u32,
}

/// At most this many blocks, and this many list entries, are shown.
pub const MOST_ENTRIES: usize = 100_000;

impl FinalHeap {
    /// Returns the bytes in the heap segment.
    pub fn heap_bytes(&self) -> u32 {
        self.heap_break.wrapping_sub(self.heap_start)
    }
}

/// Examines `design` on `trace` as [`check_accesses`](crate::check_accesses) does, and returns the whole heap at
/// the end. Also checks whether `blocks` and `free_lists` end, without a panic and without a bad
/// access.
///
/// # Errors
/// The first fault, or that the host gave no address space.
pub fn check_whole<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    watch: &dyn Fn(Position),
) -> Result<FinalHeap, Stopped> {
    let (_, final_heap) = check_and_look(design, trace, settings, watch, &Silent, look_at)?;
    Ok(final_heap)
}

/// Returns the heap at the end of a run.
fn look_at<D: Design, P: Probe>(
    run: &Run<'_, D, P>,
    AtEnd { examined, check_accesses, touches }: AtEnd,
) -> Result<FinalHeap, Stopped> {
    // One more than is shown, to know whether there are more.
    let blocks = run.look(Call::Blocks, |heap| {
        let blocks = heap.blocks().take(MOST_ENTRIES + 1);
        let shown = blocks.map(|block| FinalBlock {
            address: block.start.to_word(),
            size: block.size,
            allocated: block.allocated,
            header: None,
        });
        shown.collect::<Vec<_>>()
    })?;
    let free_lists = run.look(Call::FreeLists, |heap| {
        let entries = heap.free_lists().take(MOST_ENTRIES + 1);
        let shown =
            entries.map(|entry| ListEntry { list: entry.list, payload: entry.payload.to_word() });
        shown.collect::<Vec<_>>()
    })?;
    let live = run.checked().history().described();
    let payloads = live.filter(|block| !block.addr.is_null());
    let arena = run.checked().heap().arena();
    Ok(FinalHeap {
        heap_start: arena.start().to_word(),
        heap_break: arena.brk().to_word(),
        cut_short: blocks.len().max(free_lists.len()) > MOST_ENTRIES,
        blocks: first(blocks)
            .into_iter()
            .map(|block| FinalBlock { header: header_at(arena, block.address), ..block })
            .collect(),
        free_lists: first(free_lists),
        payloads: payloads
            .map(|block| Payload {
                id: block.id.0,
                address: block.addr.to_word(),
                size: block.size,
            })
            .collect(),
        check_accesses,
        struct_bytes: struct_bytes::<D>() as u64,
        touches,
        examined,
    })
}

/// Reads the word at an address as a header. The probe does not see it.
fn header_at<P: Probe>(arena: &Arena<P>, address: u32) -> Option<Header> {
    let bytes = arena.payload(Addr::new(address), WORD_BYTES)?;
    let tag = Tag::from_word(u32::from_le_bytes(bytes.try_into().ok()?));
    Some(Header { size: tag.size(), held: tag.is_held() })
}

/// Returns at most [`MOST_ENTRIES`] of the entries.
fn first<T>(mut entries: Vec<T>) -> Vec<T> {
    entries.truncate(MOST_ENTRIES);
    entries
}
