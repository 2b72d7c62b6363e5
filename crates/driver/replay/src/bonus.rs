//! What an allocator hands out beyond the request, and which calls overlook it.
//!
//! A program that asks for 13 bytes may be given 16, and may ask how many it was given
//! and use them all. calloc sets 13 of them to zero. A function that grows a block "with
//! zeros" must set to zero all from the 14th byte on; one that trusts the usable size begins
//! at the 17th, and leaves three bytes as they were:
//!
//! ```text
//!            asked for           beyond   new
//!  calloc    0000000000000       ???
//!  grown     0000000000000       ???      00000000
//!            0             12    13  15   16     23
//! ```

use crate::Payloads;

/// What happened to the bytes beyond the request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bonus {
    /// Bytes asked for.
    pub asked: u32,
    /// Bytes given.
    pub usable: u32,
    /// Offsets, from `asked` on, of bytes that calloc left as the last owner wrote them.
    pub dirty_after_calloc: Vec<u32>,
    /// Bytes asked for when the block grows.
    pub grown: u32,
    /// Offsets below `grown` that are not zero although calloc made the block and all bytes from
    /// the usable size on were set to zero.
    pub dirty_after_growth: Vec<u32>,
}

/// The byte that a program leaves behind.
const LEFT_BEHIND: u8 = 0xee;

/// Runs the experiment with a block of `asked` bytes that grows to `grown` bytes.
pub fn bonus<S: Payloads>(subject: &mut S, asked: u32, grown: u32) -> Bonus {
    let block = subject.malloc(asked);
    let given = subject.usable_bytes(block);
    subject.payload_mut(block, given).fill(LEFT_BEHIND);
    // After the block, so that the freed block is not coalesced with the rest of the heap.
    let other = subject.malloc(asked);
    subject.free(block);
    let block = subject.calloc(asked);
    let usable = subject.usable_bytes(block);
    let dirty_after_calloc = dirty(subject.payload_mut(block, usable), asked);
    let block = subject.realloc(block, grown);
    let whole = subject.payload_mut(block, grown);
    if let Some(new) = whole.get_mut(usable as usize..) {
        new.fill(0);
    }
    let dirty_after_growth = dirty(whole, 0);
    subject.free(block);
    subject.free(other);
    Bonus { asked, usable, dirty_after_calloc, grown, dirty_after_growth }
}

/// Returns the offsets, from `from` on, of bytes that are not zero.
fn dirty(payload: &[u8], from: u32) -> Vec<u32> {
    let bytes = (0..).zip(payload).skip(from as usize);
    let dirty = bytes.filter(|&(_, &byte)| byte != 0);
    dirty.map(|(offset, _)| offset).collect()
}
