//! A bump allocator that only ever moves the break up: of all that the lab asks,
//! what lowers it is missing.
#![no_std]
#![forbid(unsafe_code)]

use heaplab_arena::{Addr, Arena, OutOfMemory, Probe, Silent};
use heaplab_heap::{
    Adjacency, Align, Block, BlockView, Design, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES,
    Layout, PointerFault, Prologue, Tag, Violation, Word,
};

pub struct Up<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
}

impl<P: Probe> Up<P> {
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        Ok(self.align.round_up(size + 8).max(16))
    }

    fn found(&self, payload: Addr) -> Result<(Block, u32), HeapError> {
        let first = Block::at(self.arena.start() + 16);
        let (block, tag) = Block::allocated_at(payload, first, self.align.bytes(), &self.arena)?;
        if block.next(tag.size()).prev_footer(&self.arena) != tag {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag.size()))
    }

    fn layout(&self) -> Layout {
        Layout {
            first: Block::at(self.arena.start() + 16),
            align: self.align,
            minimum_block_bytes: 16,
            footers: Footers::Kept,
            adjacency: Adjacency::Allowed,
            prologue: Prologue::Bytes(8),
        }
    }
}

impl<P: Probe> Heap for Up<P> {
    type Probe = P;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if size == 0 {
            return Ok(Addr::NULL);
        }
        let bytes = self.block_bytes(size)?;
        let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
        let block = Block::at(self.arena.sbrk(increment)?);
        block.set_tags(&mut self.arena, Tag::allocated(bytes));
        Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
        Ok(block.payload())
    }

    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        if !payload.is_null() {
            let (block, bytes) = self.found(payload)?;
            block.set_tags(&mut self.arena, Tag::free(bytes));
        }
        Ok(())
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        if align_bytes <= self.align.bytes() { self.malloc(size) } else { Err(HeapError::BadAlignment { align_bytes }) }
    }

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        Ok(self.found(payload)?.1 - 8)
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
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy;

impl Design for Policy {
    const NAME: &'static str = "up";
    const ABOUT: &'static str = "the break only goes up";
    const WORDS: &'static [Word<Policy>] = &[];

    type Heap<P: Probe> = Up<P>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Up<P>, OutOfMemory> {
        let mut heap = Up { arena, align };
        heap.arena.sbrk(16)?;
        Block::at(heap.arena.start() + 8).set_tags(&mut heap.arena, Tag::allocated(8));
        Block::at(heap.arena.brk()).set_header(&mut heap.arena, Tag::EPILOGUE);
        Ok(heap)
    }
}
