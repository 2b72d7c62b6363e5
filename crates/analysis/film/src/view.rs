//! A heap at one moment, as its own views show it.

use heaplab_arena::WORD_BYTES;
use heaplab_heap::{BlockView, Heap, Listed};

/// What `blocks` and `free_lists` show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) blocks: Vec<BlockView>,
    pub(crate) lists: Vec<Listed>,
    /// Whether the heap does not show its blocks: code in C without a function for it.
    pub(crate) hides_blocks: bool,
}

impl View {
    /// Returns what a heap shows. Its views may never end: they are cut off after an entry for each
    /// word of the heap.
    pub(crate) fn of(heap: &impl Heap) -> View {
        let most = (heap.arena().heap_bytes() / WORD_BYTES) as usize;
        View {
            blocks: heap.blocks().take(most).collect(),
            lists: heap.free_lists().take(most).collect(),
            hides_blocks: !heap.shows_blocks(),
        }
    }
}

/// The whole heap at one moment. Addresses are those of the simulated machine.
///
/// As JSON, blocks and lists are two strings: a worker sends it with each step, and a heap may have
/// a hundred thousand blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapView {
    /// How many operations are done.
    pub ops: usize,
    /// Where the heap segment starts.
    pub heap_start: u32,
    /// Where it ends: the break.
    pub heap_break: u32,
    /// Whether the heap does not show its blocks: these are then the program's payloads.
    pub hides_blocks: bool,
    /// The blocks, as `blocks` shows them.
    pub blocks: Vec<BlockNow>,
    /// The entries of the free lists, as `free_lists` shows them.
    pub lists: Vec<Entry>,
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockNow {
    /// Where it starts, its header included.
    pub start: u32,
    /// Bytes in the whole block.
    pub bytes: u32,
    /// Where its payload is, or would be.
    pub payload: u32,
    /// Whether the heap shows it as allocated.
    pub is_allocated: bool,
    /// The program's block with this payload.
    pub owner: Option<Owner>,
}

/// What the program knows of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The block's id in the trace.
    pub id: u32,
    /// Requested bytes.
    pub payload_bytes: u32,
    /// The line that allocated or last resized it.
    pub line: u32,
}

/// An entry of a free list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which list, from 0.
    pub list: u32,
    /// The free block's payload.
    pub payload: u32,
}
