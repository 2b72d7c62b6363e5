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
//!
//! The heap is laid out as in the implicit list, but there is no search, no split of
//! free blocks and no merge. The header says how much `realloc` has to copy. The
//! footer, which is the last word before the next header, leads to the block that
//! ends the heap.
//!
//! | operation | cost |
//! |---|---|
//! | `malloc` | constant: a call of `sbrk` |
//! | `free` | constant; for the block that ends the heap, one call of `sbrk` for it and one for each freed block just before it |
//! | `realloc` | constant if the block ends the heap or is large enough; else a `malloc` of 1.5 times the size, a copy and a `free` |
//!
//! What it gives up: memory. Utilization is the largest number of payload bytes
//! that were live at one time, divided by the heap's largest size. If blocks are
//! freed in the reverse order of the mallocs, only tags and padding are lost. But
//! one live block at the end keeps all freed blocks before it from being used
//! again: a program that runs long enough fills any heap, even if it holds only a
//! few bytes at a time. The implicit list's idea is to look for a freed block
//! first.
#![no_std]
#![forbid(unsafe_code)]

mod policy;

pub use policy::Policy;

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Adjacency, Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Layout,
    PointerFault, Prologue, Tag, Violation,
};

/// Pad and prologue before the first block, epilogue behind the last.
const EMPTY_HEAP_BYTES: u32 = 4 * WORD_BYTES;

/// The prologue: a header and a footer.
const PROLOGUE_BYTES: u32 = 2 * WORD_BYTES;

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
    /// Sets up an empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for prologue and epilogue.
    pub fn new(arena: Arena<P>, align: Align) -> Result<Self, OutOfMemory> {
        let mut heap = Bump { arena, align };
        heap.arena.sbrk(EMPTY_HEAP_BYTES as i32)?;
        let prologue = Block::at(heap.arena.start() + 2 * WORD_BYTES);
        prologue.set_tags(&mut heap.arena, Tag::allocated(PROLOGUE_BYTES));
        heap.end_at_the_break();
        Ok(heap)
    }

    fn first_block(&self) -> Block {
        Block::at(self.arena.start() + EMPTY_HEAP_BYTES)
    }

    // ANCHOR: block_bytes
    /// Returns the size in bytes of the block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = self.align.round_up(size + OVERHEAD_BYTES);
        Ok(bytes.max(MINIMUM_BLOCK_BYTES))
    }
    // ANCHOR_END: block_bytes
}

impl<P: Probe> Heap for Bump<P> {
    type Probe = P;

    // ANCHOR: malloc
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if size == 0 {
            return Ok(Addr::NULL);
        }
        let bytes = self.block_bytes(size)?;
        let block = self.grow(bytes)?;
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
        if self.ends_the_heap(block, bytes) {
            self.give_back()?;
        }
        Ok(())
    }
    // ANCHOR_END: free

    // ANCHOR: realloc
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if payload.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(payload)?;
            return Ok(Addr::NULL);
        }
        let (block, old_bytes) = self.allocated_block(payload)?;
        let bytes = self.block_bytes(size)?;
        if self.ends_the_heap(block, old_bytes) {
            self.resize_last(block, old_bytes, bytes)?;
            return Ok(payload);
        }
        if bytes <= old_bytes {
            return Ok(payload);
        }
        // A block that grew once often grows again: with extra room it seldom moves.
        let room = size.saturating_add(size / 2);
        let moved = self.malloc(room).or_else(|_| self.malloc(size))?;
        self.arena.copy(payload, moved, old_bytes - OVERHEAD_BYTES);
        self.free(payload)?;
        Ok(moved)
    }
    // ANCHOR_END: realloc

    // ANCHOR: memalign
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        if !align_bytes.is_power_of_two() {
            return Err(HeapError::BadAlignment { align_bytes });
        }
        if align_bytes <= self.align.bytes() || size == 0 {
            return self.malloc(size);
        }
        let bytes = self.block_bytes(size)?;
        let lead = self.lead_bytes(align_bytes)?;
        let room = bytes.checked_add(lead).ok_or(OutOfMemory)?;
        let block = self.grow(room)?;
        if lead == 0 {
            return Ok(block.payload());
        }
        // The first part is a block of its own, freed at once.
        self.arena.note(Event::Split);
        block.set_tags(&mut self.arena, Tag::free(lead));
        let aligned = block.next(lead);
        aligned.set_tags(&mut self.arena, Tag::allocated(bytes));
        Ok(aligned.payload())
    }
    // ANCHOR_END: memalign

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        let (_, bytes) = self.allocated_block(payload)?;
        Ok(bytes - OVERHEAD_BYTES)
    }

    fn check(&self) -> Result<(), Violation> {
        self.layout().check(&self.arena)
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        self.layout().blocks(&self.arena)
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

/// The verbs: they move the break up, down, and to where a block needs it.
impl<P: Probe> Bump<P> {
    // ANCHOR: grow
    /// Moves the break up by `bytes`, and returns the allocated block at the
    /// end of the heap. The old epilogue becomes the header of that block.
    fn grow(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
        let block = Block::at(self.arena.sbrk(increment)?);
        block.set_tags(&mut self.arena, Tag::allocated(bytes));
        self.end_at_the_break();
        Ok(block)
    }
    // ANCHOR_END: grow

    // ANCHOR: give_back
    /// Moves the break down below every freed block that ends the heap.
    fn give_back(&mut self) -> Result<(), OutOfMemory> {
        loop {
            let last = Block::at(self.arena.brk()).prev_footer(&self.arena);
            if last.is_allocated() {
                return Ok(());
            }
            self.arena.sbrk(-(last.size() as i32))?;
            self.end_at_the_break();
        }
    }
    // ANCHOR_END: give_back

    // ANCHOR: resize_last
    /// Resizes the block that ends the heap to `bytes` bytes, and moves the break by
    /// the difference.
    fn resize_last(&mut self, block: Block, old: u32, bytes: u32) -> Result<(), OutOfMemory> {
        // Both are sizes of blocks, so both fit an i32.
        self.arena.sbrk(bytes as i32 - old as i32)?;
        block.set_tags(&mut self.arena, Tag::allocated(bytes));
        self.end_at_the_break();
        Ok(())
    }
    // ANCHOR_END: resize_last

    /// Returns whether only the epilogue is behind `block`, which has `size` bytes.
    fn ends_the_heap(&self, block: Block, size: u32) -> bool {
        block.next(size).payload() == self.arena.brk()
    }

    /// Writes the epilogue, which is the last word before the break.
    fn end_at_the_break(&mut self) {
        Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
    }
}

impl<P: Probe> Bump<P> {
    /// Returns how many bytes past the break the next payload at a multiple of
    /// `align_bytes` can be: 0, or enough for a block.
    fn lead_bytes(&self, align_bytes: u32) -> Result<u32, OutOfMemory> {
        if align_bytes > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let end = self.arena.brk();
        let mut lead = end.align_up(align_bytes) - end;
        while lead > 0 && lead < MINIMUM_BLOCK_BYTES {
            lead += align_bytes;
        }
        Ok(lead)
    }

    /// Returns the allocated block at `payload` and its size, if its tags agree that
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

    /// Returns the layout of the blocks.
    fn layout(&self) -> Layout {
        Layout {
            first: self.first_block(),
            align: self.align,
            minimum_block_bytes: MINIMUM_BLOCK_BYTES,
            footers: Footers::Kept,
            adjacency: Adjacency::Allowed,
            prologue: Prologue::Bytes(PROLOGUE_BYTES),
        }
    }
}
