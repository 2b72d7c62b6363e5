//! The implicit list: there are no links. Blocks stand side by side, each header
//! says how long its block is, and a search for a free block walks over all of them
//! (CS:APP 9.9.6 to 9.9.12).
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
//!
//!  with footers elided     +--------+-------------------------------+
//!  (allocated block)       | n |p|a | payload and padding           |
//!                          +--------+-------------------------------+
//! ```
#![no_std]
#![forbid(unsafe_code)]
// While functions are unfinished, some of this code is not used yet.
#![allow(unused)]

// Given by the lab: the policy, the layout, the checks.
#[rustfmt::skip]
mod given;
pub use given::Policy;

use given::{Coalescing, Fit};
use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Align, Block, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Tag};

/// Pad and prologue before the first block, epilogue behind the last.
const EMPTY_HEAP_BYTES: u32 = 4 * WORD_BYTES;

/// The prologue: a header and a footer.
const PROLOGUE_BYTES: u32 = 2 * WORD_BYTES;

/// The heap grows by at least this many bytes (the book's CHUNKSIZE).
const CHUNK_BYTES: u32 = 4096;

/// An implicit-list allocator.
pub struct Implicit<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
    /// Where next fit's next search starts: a block, or at first the prologue.
    rover: Block,
}

impl<P: Probe> Implicit<P> {
    /// Returns the bytes of an allocated block's header, and of its footer if it has one.
    fn overhead_bytes(&self) -> u32 {
        todo!("the number of tag bytes in an allocated block")
    }

    /// Returns the bytes of the smallest block: room for a payload in the book's layout;
    /// a free block's header and footer if footers are elided.
    fn minimum_block_bytes(&self) -> u32 {
        todo!("the size of the smallest block")
    }

    /// Writes the tags of an allocated block. The header's bit for the block before
    /// does not change.
    fn mark_allocated(&mut self, block: Block, size: u32) {
        todo!("write the tags of an allocated block of `size` bytes")
    }

    /// Writes the tags of a free block. The header's bit for the block before does
    /// not change.
    fn mark_free(&mut self, block: Block, size: u32) {
        todo!("write the tags of a free block of `size` bytes")
    }

    /// Writes the tags of a free block where there was no header: the rest of a block
    /// that is split.
    fn mark_rest(&mut self, block: Block, size: u32, prev_allocated: bool) {
        todo!("the same, but there is no old header: `prev_allocated` has the bit")
    }

    fn is_prev_allocated(&self, block: Block) -> bool {
        todo!("is the block before this one allocated?")
    }

    /// Returns the size in bytes of the block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        todo!("the size of the block that a payload of `size` bytes needs")
    }

    /// Returns the first block that fits, from `block` on and before `end`.
    fn first_fit(&self, mut block: Block, end: Block, bytes: u32) -> Option<Block> {
        todo!("walk from `block` to `end`; return the first free block of `bytes` bytes or more")
    }

    /// Allocates `bytes` bytes at the start of the free `block`, and leaves the
    /// rest free if it can be a block.
    fn place(&mut self, block: Block, bytes: u32) {
        let size = block.header(&self.arena).size();
        if size > bytes {
            todo!("keep the rest free, if it can be a block");
        }
        self.mark_allocated(block, size);
    }

    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        todo!("make an allocated block of `bytes` bytes, and a free one of the rest")
    }

    /// Frees an allocated payload. `free(NULL)` does nothing.
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        todo!("mark the block free, and coalesce it if that is the policy")
    }

    /// Merges the free `block` with its free neighbours, and returns the merged
    /// block; the four cases of CS:APP 9.9.10.
    fn coalesce(&mut self, block: Block) -> Block {
        let own_size = block.header(&self.arena).size();
        let next = block.next(own_size);
        let next_tag = next.header(&self.arena);
        let (mut start, mut size) = (block, own_size);
        if next_tag.is_free() {
            todo!("the next block is free: add its size to `size`")
        }
        if !self.is_prev_allocated(block) {
            todo!("the previous block is free: add its size to `size`, and start there")
        }
        if size > own_size {
            self.mark_free(start, size);
            if self.policy.fit == Fit::Next {
                self.keep_rover_on_a_block(start, size);
            }
        }
        start
    }

    /// Resizes the payload to `size` bytes, and moves it if necessary; its first bytes,
    /// up to the smaller of the two sizes, are kept. `realloc(NULL, n)` is
    /// `malloc(n)`; `realloc(p, 0)` frees `p` and returns [`Addr::NULL`].
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        todo!("make the payload `size` bytes long: malloc, copy, free")
    }

    fn search(&mut self, bytes: u32) -> Option<Block> {
        let (first, end) = (self.first_block(), self.end());
        match self.policy.fit {
            Fit::First => self.first_fit(first, end, bytes),
            Fit::Next => todo!("search from the rover to the end, then from the start"),
            Fit::Best => self.best_fit(first, end, bytes),
            Fit::Worst => self.worst_fit(first, end, bytes),
        }
    }

    /// Moves next fit's rover to the start of `merged` if it points inside that block.
    fn keep_rover_on_a_block(&mut self, merged: Block, size: u32) {
        todo!("if the rover is inside the merged block, move it to the start of that block")
    }

    /// Returns the smallest block that fits; of equals, the first.
    fn best_fit(&self, mut block: Block, end: Block, bytes: u32) -> Option<Block> {
        todo!("find the smallest free block of at least `bytes` bytes; of equals, the first")
    }

    /// Returns the largest block, if it fits; of equals, the first.
    fn worst_fit(&self, mut block: Block, end: Block, bytes: u32) -> Option<Block> {
        todo!("find the largest free block of at least `bytes` bytes; of equals, the first")
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
        Ok(self.coalesce(block))
    }

    /// Sets up an empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the first chunk.
    pub fn new(arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        let prologue = Block::at(arena.start() + EMPTY_HEAP_BYTES - PROLOGUE_BYTES);
        let mut heap = Implicit { arena, align, policy, rover: prologue };
        heap.arena.sbrk(EMPTY_HEAP_BYTES as i32)?;
        prologue.set_tags(&mut heap.arena, Tag::allocated(PROLOGUE_BYTES));
        let epilogue = Tag::EPILOGUE.with_prev_allocated(policy.footers == Footers::Elided);
        Block::at(heap.arena.brk()).set_header(&mut heap.arena, epilogue);
        heap.grow(CHUNK_BYTES)?;
        Ok(heap)
    }
}
