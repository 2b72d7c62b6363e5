//! The explicit list: free blocks are linked to each other through their own
//! payloads, so a search walks only them (CS:APP 9.9.13).
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
//!  an allocated block      +--------+------------------------------+-------+
//!                          | n | a  | payload and padding          | n | a |
//!                          +--------+------------------------------+-------+
//! ```
//!
//! The list is a ring through the prologue, which is a block like any other
//! and never free: so there is always a next and a previous, and linking and
//! unlinking have no special cases (Knuth 1973, 2.2.5).
//!
//! | operation | cost |
//! |---|---|
//! | `malloc` | linear in the **free** blocks |
//! | `free` | constant; linear in the free blocks when the list is kept by address |
//! | `realloc` | a `malloc`, a copy and a `free` |
//!
//! What it gives up: a block must have room for two links, so the smallest is
//! 16 bytes; and many small free blocks still stand between a large request
//! and its fit. The segregated list's idea is to keep them on lists by size.
#![no_std]
#![forbid(unsafe_code)]

mod check;
mod policy;

pub use policy::{Fit, Order, Policy};

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Align, Block, BlockView, Heap, HeapError, LARGEST_REQUEST_BYTES, Listed, PointerFault, Tag,
    Violation,
};

/// Header, two links and footer: the smallest block, and the prologue.
const MINIMUM_BLOCK_BYTES: u32 = 4 * WORD_BYTES;

/// Pad and prologue before the first block, epilogue behind the last.
const EMPTY_HEAP_BYTES: u32 = 12 + MINIMUM_BLOCK_BYTES + WORD_BYTES;

/// Header and footer.
const OVERHEAD_BYTES: u32 = 2 * WORD_BYTES;

/// The heap grows by at least so much (the book's CHUNKSIZE).
const CHUNK_BYTES: u32 = 4096;

/// An explicit-list allocator.
pub struct Explicit<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
}

impl<P: Probe> Explicit<P> {
    /// An empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the first chunk.
    pub fn new(arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        let mut heap = Explicit {
            arena,
            align,
            policy,
        };
        heap.arena.sbrk(EMPTY_HEAP_BYTES as i32)?;
        let prologue = heap.prologue();
        prologue.set_tags(&mut heap.arena, Tag::allocated(MINIMUM_BLOCK_BYTES));
        heap.join(prologue, prologue);
        Block::at(heap.arena.brk()).set_header(&mut heap.arena, Tag::EPILOGUE);
        heap.grow(CHUNK_BYTES)?;
        Ok(heap)
    }

    fn first_block(&self) -> Block {
        Block::at(self.arena.start() + EMPTY_HEAP_BYTES)
    }

    fn prologue(&self) -> Block {
        Block::at(self.first_block().payload() - MINIMUM_BLOCK_BYTES)
    }

    /// The block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = self.align.round_up(size + OVERHEAD_BYTES);
        Ok(bytes.max(MINIMUM_BLOCK_BYTES))
    }
}

impl<P: Probe> Heap for Explicit<P> {
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
        let (block, bytes) = self.allocated_block(payload)?;
        block.set_tags(&mut self.arena, Tag::free(bytes));
        self.coalesce(block);
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
        // Room to move the payload up, past a block of its own if it must.
        let room = bytes.checked_add(align_bytes).ok_or(OutOfMemory)?;
        let room = room.checked_add(MINIMUM_BLOCK_BYTES).ok_or(OutOfMemory)?;
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
        let (_, bytes) = self.allocated_block(payload)?;
        Ok(bytes - OVERHEAD_BYTES)
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
}

/// The verbs, in the order that all three designs have them.
impl<P: Probe> Explicit<P> {
    // ANCHOR: find_fit
    /// A free block of at least `bytes` bytes, by the policy's fit.
    fn find_fit(&self, bytes: u32) -> Option<Block> {
        match self.policy.fit {
            Fit::First => self.first_fit(bytes),
            Fit::Best => self.best_fit(bytes),
        }
    }

    // ANCHOR: first_fit
    fn first_fit(&self, bytes: u32) -> Option<Block> {
        let mut block = self.next_free(self.prologue());
        while block != self.prologue() {
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
    /// The smallest that fits; of equals, the first on the list.
    fn best_fit(&self, bytes: u32) -> Option<Block> {
        let mut best: Option<(Block, u32)> = None;
        let mut block = self.next_free(self.prologue());
        while block != self.prologue() {
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
        if size - bytes >= MINIMUM_BLOCK_BYTES {
            self.split(block, size, bytes);
        } else {
            block.set_tags(&mut self.arena, Tag::allocated(size));
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
        block.set_tags(&mut self.arena, Tag::allocated(bytes));
        let rest = block.next(bytes);
        rest.set_tags(&mut self.arena, Tag::free(size - bytes));
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
        while payload - block.payload() < MINIMUM_BLOCK_BYTES {
            payload += align_bytes;
        }
        self.arena.note(Event::Split);
        let lead = payload - block.payload();
        block.set_tags(&mut self.arena, Tag::free(lead));
        let rest = block.next(lead);
        rest.set_tags(&mut self.arena, Tag::free(size - lead));
        self.link(rest);
        rest
    }
    // ANCHOR_END: split

    // ANCHOR: coalesce
    /// Merges the free `block`, not yet on the list, with its free neighbours,
    /// and links the result; the four cases of CS:APP 9.9.10.
    fn coalesce(&mut self, block: Block) -> Block {
        let prev_tag = block.prev_footer(&self.arena);
        let mut size = block.header(&self.arena).size();
        let next = block.next(size);
        let next_tag = next.header(&self.arena);
        let mut start = block;
        if next_tag.is_free() {
            // ANCHOR: merge_next
            self.arena.note(Event::Merge);
            self.unlink(next);
            size += next_tag.size();
            // ANCHOR_END: merge_next
        }
        if prev_tag.is_free() {
            // ANCHOR: merge_prev
            self.arena.note(Event::Merge);
            start = block.prev(&self.arena);
            self.unlink(start);
            size += prev_tag.size();
            // ANCHOR_END: merge_prev
        }
        start.set_tags(&mut self.arena, Tag::free(size));
        self.link(start);
        start
    }
    // ANCHOR_END: coalesce

    // ANCHOR: grow
    /// Moves the break up by `bytes` or a chunk, and returns the free block at
    /// the end of the heap. The old epilogue becomes its header.
    fn grow(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        let bytes = bytes.max(CHUNK_BYTES);
        let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
        let block = Block::at(self.arena.sbrk(increment)?);
        Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
        block.set_tags(&mut self.arena, Tag::free(bytes));
        Ok(self.coalesce(block))
    }
    // ANCHOR_END: grow

    // ANCHOR: link
    /// Puts a free block on the list, where the policy's order has it.
    fn link(&mut self, block: Block) {
        let before = match self.policy.order {
            Order::Lifo => self.prologue(),
            Order::Fifo => self.last_free(),
            Order::Address => self.last_free_below(block),
        };
        // ANCHOR: insert
        let after = self.next_free(before);
        self.join(before, block);
        self.join(block, after);
        // ANCHOR_END: insert
    }

    // ANCHOR: fifo
    /// The block at the tail of the list; of an empty list, the prologue.
    fn last_free(&self) -> Block {
        self.prev_free(self.prologue())
    }
    // ANCHOR_END: fifo

    // ANCHOR: address
    /// The last block of an address-ordered list that lies below `block`.
    fn last_free_below(&self, block: Block) -> Block {
        let mut before = self.prologue();
        loop {
            let next = self.next_free(before);
            if next == self.prologue() || next > block {
                return before;
            }
            self.arena.note(Event::SearchStep);
            before = next;
        }
    }
    // ANCHOR_END: address

    // ANCHOR: links
    /// Makes `b` follow `a` on the list.
    fn join(&mut self, a: Block, b: Block) {
        self.arena.store_addr(a.payload(), b.payload());
        self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
    }

    fn next_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload()))
    }

    fn prev_free(&self, block: Block) -> Block {
        Block::at(self.arena.load_addr(block.payload() + WORD_BYTES))
    }
    // ANCHOR_END: links
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off the list.
    fn unlink(&mut self, block: Block) {
        self.join(self.prev_free(block), self.next_free(block));
    }
    // ANCHOR_END: unlink
}

impl<P: Probe> Explicit<P> {
    /// The allocated block at `payload` and its size, if its tags agree that
    /// there is one.
    fn allocated_block(&self, payload: Addr) -> Result<(Block, u32), HeapError> {
        let align_bytes = self.align.bytes();
        let (block, tag) =
            Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
        if block.next(tag.size()).prev_footer(&self.arena) != tag {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag.size()))
    }
}
