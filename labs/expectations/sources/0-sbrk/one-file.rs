#![no_std]
#![forbid(unsafe_code)]

pub use policy::Policy;

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Adjacency, Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Layout,
    PointerFault, Prologue, Tag, Violation,
};

const EMPTY_HEAP_BYTES: u32 = 4 * WORD_BYTES;

const PROLOGUE_BYTES: u32 = 2 * WORD_BYTES;

const OVERHEAD_BYTES: u32 = 2 * WORD_BYTES;

const MINIMUM_BLOCK_BYTES: u32 = 4 * WORD_BYTES;

pub struct Bump<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
}

impl<P: Probe> Bump<P> {
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

    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = self.align.round_up(size + OVERHEAD_BYTES);
        Ok(bytes.max(MINIMUM_BLOCK_BYTES))
    }
}

impl<P: Probe> Heap for Bump<P> {
    type Probe = P;

    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if size == 0 {
            return Ok(Addr::NULL);
        }
        let bytes = self.block_bytes(size)?;
        let block = self.grow(bytes)?;
        Ok(block.payload())
    }

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
        let room = size.saturating_add(size / 2);
        let moved = self.malloc(room).or_else(|_| self.malloc(size))?;
        self.arena.copy(payload, moved, old_bytes - OVERHEAD_BYTES);
        self.free(payload)?;
        Ok(moved)
    }

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
        self.arena.note(Event::Split);
        block.set_tags(&mut self.arena, Tag::free(lead));
        let aligned = block.next(lead);
        aligned.set_tags(&mut self.arena, Tag::allocated(bytes));
        Ok(aligned.payload())
    }

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
}

impl<P: Probe> Bump<P> {
    fn grow(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
        let block = Block::at(self.arena.sbrk(increment)?);
        block.set_tags(&mut self.arena, Tag::allocated(bytes));
        self.end_at_the_break();
        Ok(block)
    }

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

    fn resize_last(&mut self, block: Block, old: u32, bytes: u32) -> Result<(), OutOfMemory> {
        self.arena.sbrk(bytes as i32 - old as i32)?;
        block.set_tags(&mut self.arena, Tag::allocated(bytes));
        self.end_at_the_break();
        Ok(())
    }

    fn ends_the_heap(&self, block: Block, size: u32) -> bool {
        block.next(size).payload() == self.arena.brk()
    }

    fn end_at_the_break(&mut self) {
        Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
    }
}

impl<P: Probe> Bump<P> {
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

    fn allocated_block(&self, payload: Addr) -> Result<(Block, u32), HeapError> {
        let align_bytes = self.align.bytes();
        let (block, tag) =
            Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
        if block.next(tag.size()).prev_footer(&self.arena) != tag {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag.size()))
    }

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

mod policy {

    use crate::Bump;
    use heaplab_arena::{Arena, OutOfMemory, Probe};
    use heaplab_heap::{Align, Design, Word};

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Policy;

    impl Design for Policy {
        const NAME: &'static str = "bump";
        const ABOUT: &'static str =
            "the break alone: every block is new, and freed blocks wait for it";
        const WORDS: &'static [Word<Policy>] = &[];

        type Heap<P: Probe> = Bump<P>;

        fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Bump<P>, OutOfMemory> {
            Bump::new(arena, align)
        }
    }
}
