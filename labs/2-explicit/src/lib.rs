//! The explicit list: free blocks are linked to each other through their own
//! payloads, so a search visits only free blocks (CS:APP 9.9.13).
//!
//! ```text
//!  start                                                                break
//!  +-----+------------------------------+------------------+-----+----------+
//!  | pad | prologue: hdr next prev ftr  | hdr payload ftr  | ... | epilogue |
//!  |     |  = head of the list          | first block      |     | hdr 0/a  |
//!  +-----+------------------------------+------------------+-----+----------+
//!   12     16                            16 or more               4     bytes
//!
//!  a free block            +--------+--------+--------+- - - - - -+--------+
//!                          | n | f  | next   | prev   |           | n | f  |
//!                          +--------+--------+--------+- - - - - -+--------+
//!                            header   payload                       footer
//!
//!  an allocated block      +--------+------------------------------+--------+
//!                          | n | a  | payload and padding          | n | a  |
//!                          +--------+------------------------------+--------+
//!
//!  with footers elided     +--------+---------------------------------------+
//!  (allocated block)       | n |p|a | payload and padding                   |
//!                          +--------+---------------------------------------+
//! ```
#![no_std]
#![forbid(unsafe_code)]
// While functions are unfinished, some of this code is not used yet.
#![allow(unused)]

// Given by the lab: the policy, the layout, the checks.
#[rustfmt::skip]
mod given;
pub use given::Policy;

use given::{Coalescing, Order};
use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Align, Block, HeapError, Tag};

/// The heap grows by at least this many bytes (the book's CHUNKSIZE).
const CHUNK_BYTES: u32 = 4096;

/// An explicit-list allocator.
pub struct Explicit<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
}

impl<P: Probe> Explicit<P> {
    // The list of the free blocks: a ring through the prologue, which is its head.
    //
    // ```text
    //        +--------------------------------------------------------------+
    //        |                                                              |
    //        +-> head: | next | prev | <--> | next | prev | <--> | next | prev | <-+
    //            (prologue)             a free block          a free block
    // ```

    /// Makes `b` follow `a` on the list.
    fn join(&mut self, a: Block, b: Block) {
        todo!("make `b` follow `a` on the list: a link each way")
    }

    /// Returns the block that follows `block` on the list.
    fn next_free(&self, block: Block) -> Block {
        todo!("the block after `block` on the list")
    }

    /// Returns the block that `block` follows on the list.
    fn prev_free(&self, block: Block) -> Block {
        todo!("the block before `block` on the list")
    }

    /// Puts a free block on the list, at its place in the policy's order.
    fn link(&mut self, block: Block) {
        let head = self.head();
        let before = match self.policy.order {
            Order::Lifo => head,
            Order::Fifo => self.last_free(head),
            Order::Address => self.last_free_below(head, block),
        };
        todo!("put `block` on the list, after `before`")
    }

    /// Takes a free block off the list.
    fn unlink(&mut self, block: Block) {
        todo!("take `block` off the list: join its two neighbours")
    }

    /// Returns the first block on the list with this head that fits.
    fn first_fit(&self, head: Block, bytes: u32) -> Option<Block> {
        todo!("walk over the list; return the first block of at least `bytes` bytes")
    }

    /// Allocates `bytes` bytes at the start of the free `block`, and leaves the
    /// rest free if it can be a block.
    fn place(&mut self, block: Block, bytes: u32) {
        self.unlink(block);
        let size = block.header(&self.arena).size();
        todo!("if the rest can be a block, split; otherwise allocate the whole block")
    }

    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        todo!("make an allocated block of `bytes` bytes, and a free one of the rest, on the list")
    }

    /// Merges the free `block`, which is not on a list, with its free neighbours, and
    /// returns the merged block, also not on a list; the four cases of CS:APP 9.9.10.
    fn coalesce(&mut self, block: Block) -> Block {
        let own_size = block.header(&self.arena).size();
        let next = block.next(own_size);
        let next_tag = next.header(&self.arena);
        let (mut start, mut size) = (block, own_size);
        if next_tag.is_free() {
            todo!("the next block is free: take it off the list, and add its size to `size`")
        }
        if !self.is_prev_allocated(block) {
            todo!("the previous block is free: take it off the list, add its size, and start there")
        }
        if size > own_size {
            self.mark_free(start, size);
        }
        start
    }

    /// Returns the block at the tail of the list, or the head if the list is empty.
    fn last_free(&self, head: Block) -> Block {
        todo!("the block at the tail of the list")
    }

    /// Returns the last block below `block` on a list in address order, or the head if
    /// there is none.
    fn last_free_below(&self, head: Block, block: Block) -> Block {
        todo!("walk over the list; return the last block whose address is below that of `block`")
    }

    /// Returns the smallest block that fits; of equals, the first.
    fn best_fit(&self, head: Block, bytes: u32) -> Option<Block> {
        todo!("find the smallest block of at least `bytes` bytes on the list; of equals, the first")
    }

    // The rest is complete. It is shown because it calls your functions.

    /// Allocates `size` bytes, uninitialized, at a multiple of the alignment.
    /// `malloc(0)` allocates nothing and returns [`Addr::NULL`].
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if size == 0 {
            return Ok(Addr::NULL);
        }
        let bytes = self.block_bytes(size)?;
        let block = match self.find_fit(bytes) {
            Some(block) => block,
            None => self.grow(bytes)?,
        };
        self.place(block, bytes);
        Ok(block.payload())
    }

    /// Frees an allocated payload. `free(NULL)` does nothing.
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        if payload.is_null() {
            return Ok(());
        }
        let (mut block, tag) = self.allocated_block(payload)?;
        self.mark_free(block, tag.size());
        if self.policy.coalescing == Coalescing::Immediate {
            block = self.coalesce(block);
        }
        self.link(block);
        Ok(())
    }

    /// Returns a free block of at least `bytes` bytes, chosen by the policy's fit.
    fn find_fit(&mut self, bytes: u32) -> Option<Block> {
        let found = self.search(bytes);
        if found.is_none() && self.policy.coalescing == Coalescing::Deferred {
            self.coalesce_all();
            return self.search(bytes);
        }
        found
    }

    /// Moves the break up by `bytes`, at least a chunk, and returns the free block at
    /// the end of the heap. The old epilogue becomes the header of that block.
    fn grow(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        let bytes = bytes.max(CHUNK_BYTES);
        let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
        let block = Block::at(self.arena.sbrk(increment)?);
        Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
        self.mark_free(block, bytes);
        let block = self.coalesce(block);
        self.link(block);
        Ok(block)
    }
}
