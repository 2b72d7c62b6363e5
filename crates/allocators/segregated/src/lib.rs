//! Segregated fits: a list of free blocks for each class of sizes, and a bitmap
//! that says which lists have blocks (CS:APP 9.9.14).
//!
//! ```text
//!  start                                                                break
//!  +-----+------------------------------+------------------+-----+----------+
//!  | pad | prologue: hdr bitmap         | hdr payload ftr  | ... | epilogue |
//!  |     |  heads of the lists, ftr     | first block      |     | hdr 0/a  |
//!  +-----+------------------------------+------------------+-----+----------+
//!   12     1056, for 128 classes         16 or more               4     bytes
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
//!
//! Each list is a ring through its head, as in the explicit list. A block is on
//! the list of its class (`class.rs`); the bitmap finds the first list that has
//! blocks of a class or of a larger one (`list.rs`).
//!
//! | operation | cost |
//! |---|---|
//! | `malloc` | linear in the free blocks of **one class**; constant if none of them is too small |
//! | `free` | constant; linear in the free blocks of a class when lists are kept by address |
//! | `realloc` | a `malloc`, a copy and a `free` |
//!
//! What it gives up: the heads take 1 KiB, so a small heap uses more memory. Also,
//! each block still has a footer, `realloc` still copies, and a freed block is merged
//! at once, even if the program soon asks for its size again. The quick heap has an
//! idea for each.
#![no_std]
#![forbid(unsafe_code)]

mod check;
mod class;
mod format;
mod list;
mod policy;

pub use class::Classes;
pub use policy::{Coalescing, Fit, Order, Policy};

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent};
use heaplab_heap::{
    Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Listed, Tag,
    Violation,
};

/// The heap grows by at least this many bytes (the book's CHUNKSIZE).
const CHUNK_BYTES: u32 = 4096;

/// A segregated-fits allocator.
pub struct Segregated<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
}

impl<P: Probe> Segregated<P> {
    /// Sets up an empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the first chunk.
    pub fn new(arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        let mut heap = Segregated { arena, align, policy };
        heap.arena.sbrk(heap.empty_heap_bytes() as i32)?;
        let (prologue, prologue_bytes) = (heap.prologue(), heap.prologue_bytes());
        prologue.set_tags(&mut heap.arena, Tag::allocated(prologue_bytes));
        heap.empty_lists();
        let epilogue = Tag::EPILOGUE.with_prev_allocated(policy.footers == Footers::Elided);
        Block::at(heap.arena.brk()).set_header(&mut heap.arena, epilogue);
        heap.grow(CHUNK_BYTES)?;
        Ok(heap)
    }

    // ANCHOR: block_bytes
    /// Returns the size in bytes of the block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = self.align.round_up(size + self.overhead_bytes());
        Ok(bytes.max(self.minimum_block_bytes()))
    }
    // ANCHOR_END: block_bytes
}

impl<P: Probe> Heap for Segregated<P> {
    type Probe = P;

    // ANCHOR: malloc
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
    // ANCHOR_END: malloc

    // ANCHOR: free
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
    // ANCHOR_END: free

    // `realloc` is the contract's default: malloc, copy, free.

    // ANCHOR: memalign
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        if !align_bytes.is_power_of_two() {
            return Err(HeapError::BadAlignment { align_bytes });
        }
        if align_bytes <= self.align.bytes() || size == 0 {
            return self.malloc(size);
        }
        let bytes = self.block_bytes(size)?;
        // Room to move the payload up, with a block of its own before it if it moves.
        let room = bytes.checked_add(align_bytes).ok_or(OutOfMemory)?;
        let room = room.checked_add(self.minimum_block_bytes()).ok_or(OutOfMemory)?;
        let block = match self.find_fit(room) {
            Some(block) => block,
            None => self.grow(room)?,
        };
        let block = self.split_lead(block, align_bytes);
        self.place(block, bytes);
        Ok(block.payload())
    }
    // ANCHOR_END: memalign

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        let (_, tag) = self.allocated_block(payload)?;
        Ok(tag.size() - self.overhead_bytes())
    }

    fn check(&self) -> Result<(), Violation> {
        self.check_heap()
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        self.layout().blocks(&self.arena)
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        self.listed()
    }

    fn arena(&self) -> &Arena<P> {
        &self.arena
    }

    fn arena_mut(&mut self) -> &mut Arena<P> {
        &mut self.arena
    }

    fn into_arena(self) -> Arena<P> {
        self.arena
    }

    fn copy_onto(&self, arena: Arena<P>) -> Option<Self> {
        Some(Self { arena, ..*self })
    }
}

/// The verbs, in the order that all designs have them.
impl<P: Probe> Segregated<P> {
    // ANCHOR: find_fit
    /// Returns a free block of at least `bytes` bytes, chosen by the policy's fit.
    fn find_fit(&mut self, bytes: u32) -> Option<Block> {
        let found = self.search(bytes);
        if found.is_none() && self.policy.coalescing == Coalescing::Deferred {
            self.coalesce_all();
            return self.search(bytes);
        }
        found
    }

    // ANCHOR: search
    fn search(&self, bytes: u32) -> Option<Block> {
        let mut class = self.class_of(bytes);
        loop {
            class = self.first_class_with_blocks(class)?;
            let head = self.head(class);
            let found = match self.policy.fit {
                Fit::First => self.first_fit(head, bytes),
                Fit::Best => self.best_fit(head, bytes),
            };
            if found.is_some() {
                return found;
            }
            class = class.above(); // In the request's own class all were too small.
        }
    }
    // ANCHOR_END: search

    // ANCHOR: first_fit
    /// Returns the first block on the list with this head that fits.
    fn first_fit(&self, head: Block, bytes: u32) -> Option<Block> {
        let mut block = self.next_free(head);
        while block != head {
            self.arena.note(Event::SearchStep);
            if block.header(&self.arena).size() >= bytes {
                return Some(block);
            }
            block = self.next_free(block);
        }
        None
    }
    // ANCHOR_END: first_fit

    // ANCHOR: best_fit
    /// Returns the smallest block that fits; of equals, the first.
    fn best_fit(&self, head: Block, bytes: u32) -> Option<Block> {
        let mut best: Option<(Block, u32)> = None;
        let mut block = self.next_free(head);
        while block != head {
            self.arena.note(Event::SearchStep);
            let size = block.header(&self.arena).size();
            if size == bytes {
                return Some(block);
            }
            if size > bytes && best.is_none_or(|(_, smallest)| size < smallest) {
                best = Some((block, size));
            }
            block = self.next_free(block);
        }
        best.map(|(block, _)| block)
    }
    // ANCHOR_END: best_fit
    // ANCHOR_END: find_fit

    // ANCHOR: place
    /// Allocates `bytes` bytes at the start of the free `block`, and leaves the
    /// rest free if it can be a block.
    fn place(&mut self, block: Block, bytes: u32) {
        self.unlink(block);
        let size = block.header(&self.arena).size();
        // ANCHOR: split_or_whole
        if size - bytes >= self.minimum_block_bytes() {
            self.split(block, size, bytes);
        } else {
            self.mark_allocated(block, size);
        }
        // ANCHOR_END: split_or_whole
    }
    // ANCHOR_END: place

    // ANCHOR: split
    // ANCHOR: split_block
    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        self.arena.note(Event::Split);
        let rest = block.next(bytes);
        self.mark_rest(rest, size - bytes, true);
        self.mark_allocated(block, bytes);
        self.link(rest);
    }
    // ANCHOR_END: split_block

    /// Splits a free block so that its second part's payload is a multiple of
    /// `align_bytes`, and returns that part, or the whole if it already is.
    fn split_lead(&mut self, block: Block, align_bytes: u32) -> Block {
        let size = block.header(&self.arena).size();
        let mut payload = block.payload().align_up(align_bytes);
        if payload == block.payload() {
            return block;
        }
        while payload - block.payload() < self.minimum_block_bytes() {
            payload += align_bytes;
        }
        self.arena.note(Event::Split);
        let lead = payload - block.payload();
        let rest = block.next(lead);
        // ANCHOR: relist
        self.unlink(block);
        self.mark_rest(rest, size - lead, false);
        self.mark_free(block, lead);
        self.link(block); // Its class is another now.
        // ANCHOR_END: relist
        self.link(rest);
        rest
    }
    // ANCHOR_END: split

    // ANCHOR: coalesce
    /// Merges the free `block`, which is not on a list, with its free neighbours, and
    /// returns the merged block, also not on a list; the four cases of CS:APP 9.9.10.
    fn coalesce(&mut self, block: Block) -> Block {
        let own_size = block.header(&self.arena).size();
        let next = block.next(own_size);
        let next_tag = next.header(&self.arena);
        let (mut start, mut size) = (block, own_size);
        if next_tag.is_free() {
            // ANCHOR: merge_next
            self.arena.note(Event::Merge);
            self.unlink(next);
            size += next_tag.size();
            // ANCHOR_END: merge_next
        }
        if !self.is_prev_allocated(block) {
            // ANCHOR: merge_prev
            self.arena.note(Event::Merge);
            start = block.prev(&self.arena);
            self.unlink(start);
            size += block.payload() - start.payload();
            // ANCHOR_END: merge_prev
        }
        if size > own_size {
            self.mark_free(start, size);
        }
        start
    }

    /// Merges every run of free blocks, in one pass.
    fn coalesce_all(&mut self) {
        let mut block = self.first_block();
        while block < self.end() {
            let tag = block.header(&self.arena);
            let next = block.next(tag.size());
            if tag.is_free() && next.header(&self.arena).is_free() {
                self.unlink(block);
                let merged = self.coalesce(block); // and look again: there may be a third
                self.link(merged);
            } else {
                block = next;
            }
        }
    }
    // ANCHOR_END: coalesce

    // ANCHOR: grow
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
    // ANCHOR_END: grow

    // ANCHOR: link
    /// Puts a free block on the list of its class, at its place in the policy's order.
    fn link(&mut self, block: Block) {
        let class = self.class_of(block.header(&self.arena).size());
        let head = self.head(class);
        let before = match self.policy.order {
            Order::Lifo => head,
            Order::Fifo => self.last_free(head),
            Order::Address => self.last_free_below(head, block),
        };
        // ANCHOR: insert
        let after = self.next_free(before);
        self.join(before, block);
        self.join(block, after);
        // ANCHOR_END: insert
        if before == after {
            self.set_bit(class, true); // Only a head is both: the list was empty.
        }
    }
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off its list.
    fn unlink(&mut self, block: Block) {
        let (before, after) = (self.prev_free(block), self.next_free(block));
        self.join(before, after);
        if before == after {
            self.set_bit(self.class_with_head(after), false); // It is empty now.
        }
    }
    // ANCHOR_END: unlink
}
