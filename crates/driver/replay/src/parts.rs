//! The parts of a heap.

use serde::{Deserialize, Serialize};

/// How many bytes of the heap segment are in each part. Every byte is in
/// exactly one, so they add up to the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Asked for by the program, and live.
    pub payload_bytes: u32,
    /// Headers and footers: of allocated blocks, what the program can't use.
    pub tag_bytes: u32,
    /// Internal fragmentation: of allocated blocks, what the program could use
    /// and did not ask for.
    pub padding_bytes: u32,
    /// External fragmentation: of free blocks, with their tags, what was
    /// written at some time.
    pub free_bytes: u32,
    /// Of free blocks, the words that were never the program's, and that the
    /// allocator has not written, since sbrk gave them.
    pub never_used_bytes: u32,
    /// In no block: prologue, list heads, pads, epilogue.
    pub own_bytes: u32,
}

impl Parts {
    /// All of them: the bytes of the heap segment.
    pub fn total_bytes(&self) -> u32 {
        self.payload_bytes
            + self.tag_bytes
            + self.padding_bytes
            + self.free_bytes
            + self.never_used_bytes
            + self.own_bytes
    }
}
