//! The account of a heap: all its blocks, counted at one moment.
//!
//! ```text
//!  start                                                                     break
//!  +-----+------------------------------------+---------------------+-------+
//!  | own | tags | payload | padding | tags    | free                |  own  |
//!  +-----+------------------------------------+---------------------+-------+
//!         \___________ allocated block ______/ \____ free block ___/
//! ```
//!
//! Every byte is in one of these parts, and a block is allocated if and only if the program holds
//! it. Otherwise the block is lost: the program can't free it, and the heap does not use it again.

use crate::{Miscount, Parts};
use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::{BlockView, Heap};
use serde::{Deserialize, Serialize};
use std::iter::Peekable;
use std::slice;

/// A payload that the program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Live {
    /// Where it is.
    pub payload: Addr,
    /// Its requested bytes.
    pub size: u32,
}

/// The heap's own blocks: shown as allocated before the program's first request, as sentinels and
/// tables are.
#[derive(Clone, Debug, Default)]
pub struct OwnBlocks {
    /// Their payloads, by ascending address.
    payloads: Vec<Addr>,
}

impl OwnBlocks {
    /// Returns the heap's own blocks in an empty heap. Stops at the first view that can't be true;
    /// the account says what is wrong with it.
    pub fn of<H: Heap>(empty: &H) -> OwnBlocks {
        let mut end = empty.arena().start();
        let rising = empty.blocks().take_while(|block| {
            let in_order = block.size > 0 && block.start >= end;
            end = block.start + block.size;
            in_order && empty.arena().contains(block.start, block.size)
        });
        let allocated = rising.filter(|block| block.allocated);
        OwnBlocks { payloads: allocated.map(|block| block.payload).collect() }
    }

    fn has(&self, payload: Addr) -> bool {
        self.payloads.binary_search(&payload).is_ok()
    }
}

/// What a walk over all blocks found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockCounts {
    /// Every byte of the heap segment.
    pub parts: Parts,
    /// Allocated blocks.
    pub live_blocks: u32,
    /// Free blocks, including those on quick lists.
    pub free_blocks: u32,
    /// The largest free block, tags included, in bytes; 0 if there is no free block.
    pub largest_free_block_bytes: u32,
}

impl BlockCounts {
    /// Counts the blocks of a heap when the program holds exactly the payloads in `live`, by
    /// ascending address; `own` are the heap's. `never_used` returns how many of the bytes at an
    /// address were never written.
    ///
    /// # Errors
    /// If what the heap says about its blocks can't be true: then none of its bytes is counted. The
    /// walk ends when `blocks` does, and after at most as many blocks as the heap has bytes.
    pub fn take<H: Heap>(
        heap: &H,
        live: &[Live],
        own: &OwnBlocks,
        never_used: impl Fn(Addr, u32) -> u32,
    ) -> Result<BlockCounts, Miscount> {
        if !heap.shows_blocks() {
            return Ok(BlockCounts::of_payloads(heap.arena().heap_bytes(), live));
        }
        let mut walk = Walk {
            heap,
            live: live.iter().peekable(),
            own,
            end: heap.arena().start(),
            blocks_bytes: 0,
            counts: BlockCounts::default(),
        };
        for block in heap.blocks() {
            walk.count(block, &never_used)?;
        }
        if let Some(&Live { payload, size }) = walk.live.next() {
            return Err(Miscount::NoBlock { payload, size });
        }
        let mut counts = walk.counts;
        // Blocks do not overlap and are inside the heap, so their sum is at most the heap's size.
        counts.parts.own_bytes = heap.arena().heap_bytes() - walk.blocks_bytes;
        Ok(counts)
    }
}

impl BlockCounts {
    /// Counts what is known without the heap's blocks: all that is not payload is the heap's own.
    fn of_payloads(heap_bytes: u32, live: &[Live]) -> BlockCounts {
        let payload_bytes = live.iter().fold(0u32, |sum, one| sum.saturating_add(one.size));
        let own_bytes = heap_bytes.saturating_sub(payload_bytes);
        BlockCounts {
            parts: Parts { payload_bytes, own_bytes, ..Parts::default() },
            live_blocks: live.len() as u32,
            ..BlockCounts::default()
        }
    }
}

struct Walk<'a, H> {
    heap: &'a H,
    /// Payloads that the walk has not met yet.
    live: Peekable<slice::Iter<'a, Live>>,
    own: &'a OwnBlocks,
    /// Where the last block ends.
    end: Addr,
    /// Bytes of all blocks so far.
    blocks_bytes: u32,
    counts: BlockCounts,
}

impl<H: Heap> Walk<'_, H> {
    fn count(
        &mut self,
        block: BlockView,
        never_used: impl Fn(Addr, u32) -> u32,
    ) -> Result<(), Miscount> {
        self.expect_a_place_of_its_own(block)?;
        self.end = block.start + block.size;
        if block.allocated {
            return self.count_allocated(block);
        }
        self.blocks_bytes += block.size;
        let never_used = never_used(block.start, block.size);
        let counts = &mut self.counts;
        counts.parts.never_used_bytes += never_used;
        counts.parts.free_bytes += block.size - never_used;
        counts.free_blocks += 1;
        counts.largest_free_block_bytes = counts.largest_free_block_bytes.max(block.size);
        Ok(())
    }

    /// Checks that no byte is counted twice, and that none is outside the heap.
    fn expect_a_place_of_its_own(&self, block: BlockView) -> Result<(), Miscount> {
        let BlockView { start, size, payload, .. } = block;
        if size == 0 {
            return Err(Miscount::Empty { start });
        }
        if start < self.end {
            return Err(Miscount::Overlap { start, end_before: self.end });
        }
        let arena = self.heap.arena();
        if !arena.contains(start, size) {
            return Err(Miscount::PastBreak { start, size, brk: arena.brk() });
        }
        if payload < start || payload > start + size {
            return Err(Miscount::PayloadElsewhere { start, size, payload });
        }
        Ok(())
    }

    /// Checks that the program holds the allocated block, and counts its parts.
    fn count_allocated(&mut self, block: BlockView) -> Result<(), Miscount> {
        let requested = match self.live.peek() {
            Some(live) if live.payload == block.payload => live.size,
            Some(live) if live.payload < block.payload => {
                return Err(Miscount::NoBlock { payload: live.payload, size: live.size });
            }
            _ if self.own.has(block.payload) => return Ok(()),
            _ => {
                return Err(Miscount::NotHeld { payload: block.payload, size: block.size });
            }
        };
        self.live.next();
        self.blocks_bytes += block.size;
        let room = self.end - block.payload;
        let answer = self.heap.usable_size(block.payload);
        let usable = match answer {
            Ok(usable) if (requested..=room).contains(&usable) => usable,
            answer => {
                return Err(Miscount::Usable { payload: block.payload, answer, requested, room });
            }
        };
        let counts = &mut self.counts;
        counts.parts.payload_bytes += requested;
        counts.parts.padding_bytes += usable - requested;
        counts.parts.tag_bytes += block.size - usable;
        counts.live_blocks += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
