//! The parts of a heap.

use serde::{Deserialize, Serialize};

/// How many bytes of the heap segment are in each part. Every byte is in
/// exactly one, so they add up to the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Asked for by the program, and live.
    pub payload_bytes: u32,
    /// Headers and footers: bytes of allocated blocks that the program can't use.
    pub tag_bytes: u32,
    /// Internal fragmentation: bytes of allocated blocks that the program could use and did not ask
    /// for.
    pub padding_bytes: u32,
    /// External fragmentation: bytes of free blocks, tags included, that were written at some
    /// time.
    pub free_bytes: u32,
    /// Words of free blocks that were never the program's, and that the allocator has not
    /// written since sbrk gave them.
    pub never_used_bytes: u32,
    /// Bytes in no block: prologue, list heads, pads, epilogue.
    pub own_bytes: u32,
}

impl Parts {
    /// Returns the sum of all parts: the bytes of the heap segment.
    pub fn total_bytes(&self) -> u32 {
        self.payload_bytes
            + self.tag_bytes
            + self.padding_bytes
            + self.free_bytes
            + self.never_used_bytes
            + self.own_bytes
    }
}
