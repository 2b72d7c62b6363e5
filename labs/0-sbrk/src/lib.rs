//! The bump allocator, which uses only the break: each new block is made at the end
//! of the heap, and a freed block is given back when it ends the heap (CS:APP 9.9.1
//! to 9.9.6).
//!
//! ```text
//!  start                                                            break
//!  +-----+----------+----------+------------------+-----+----------+
//!  | pad | prologue | prologue | hdr payload ftr  | ... | epilogue |
//!  |     | hdr 8/a  | ftr 8/a  | first block      |     | hdr 0/a  |
//!  +-----+----------+----------+------------------+-----+----------+
//!   4     4          4          16 or more               4         bytes
//!
//!  a block of n bytes      +--------+----------------------+--------+
//!                          | n | a  | payload and padding  | n | a  |
//!                          +--------+----------------------+--------+
//!                            header                          footer
//! ```
#![no_std]
#![forbid(unsafe_code)]
// While functions are unfinished, some of this code is not used yet.
#![allow(unused)]

// Given by the lab: the policy, the layout, the checks.
#[rustfmt::skip]
mod given;
pub use given::Policy;

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Align, Block, HeapError, LARGEST_REQUEST_BYTES, Tag};

/// Header and footer.
const OVERHEAD_BYTES: u32 = 2 * WORD_BYTES;

/// Header, footer and the smallest payload at alignment 8.
const MINIMUM_BLOCK_BYTES: u32 = 4 * WORD_BYTES;

/// A bump allocator.
pub struct Bump<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
}

impl<P: Probe> Bump<P> {
    /// Returns the size in bytes of the block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        todo!("the size of the block that a payload of `size` bytes needs")
    }

    /// Moves the break up by `bytes`, and returns the allocated block at the
    /// end of the heap. The old epilogue becomes the header of that block.
    fn grow(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        todo!("move the break up by `bytes`, and make an allocated block of the new bytes")
    }

    /// Frees an allocated payload. `free(NULL)` does nothing.
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        todo!("mark the block free; if it ends the heap, give it back")
    }

    /// Moves the break down below every freed block that ends the heap.
    fn give_back(&mut self) -> Result<(), OutOfMemory> {
        todo!("while the last block is free, move the break down by its size")
    }

    /// Resizes the payload to `size` bytes, and moves it if necessary; its first bytes,
    /// up to the smaller of the two sizes, are kept. `realloc(NULL, n)` is
    /// `malloc(n)`; `realloc(p, 0)` frees `p` and returns [`Addr::NULL`].
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        todo!("make the payload `size` bytes long, and move it only if necessary")
    }

    /// Resizes the block that ends the heap to `bytes` bytes, and moves the break by
    /// the difference.
    fn resize_last(&mut self, block: Block, old: u32, bytes: u32) -> Result<(), OutOfMemory> {
        todo!("move the break by the difference of the two sizes")
    }

    // The rest is complete. It is shown because it calls your functions.

    /// Allocates `size` bytes, uninitialized, at a multiple of the alignment.
    /// `malloc(0)` allocates nothing and returns [`Addr::NULL`].
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if size == 0 {
            return Ok(Addr::NULL);
        }
        let bytes = self.block_bytes(size)?;
        let block = self.grow(bytes)?;
        Ok(block.payload())
    }

    /// Returns whether only the epilogue is behind `block`, which has `size` bytes.
    fn ends_the_heap(&self, block: Block, size: u32) -> bool {
        block.next(size).payload() == self.arena.brk()
    }

    /// Writes the epilogue, which is the last word before the break.
    fn end_at_the_break(&mut self) {
        Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
    }
}
