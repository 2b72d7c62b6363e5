//! The tuned heap: small blocks without headers, and good fit among the others.
//!
//! ```text
//!  start                                                                    break
//!  +--------------+-------+------+-------+------+--------------+---+----------+
//!  | tables       | block | slab | block | map  | slab         |top| epilogue |
//!  +--------------+-------+------+-------+------+--------------+---+----------+
//!
//!  an allocated block      +------------+------------------------------------+
//!                          | n |q|p|a=1 | payload and padding                |
//!                          +------------+------------------------------------+
//! ```
//!
//! Of a block of 16 bytes the header is a fifth, of a small one after rounding often more. So
//! small requests are served from slabs: blocks of one size, side by side, whose headers are
//! replaced by a bit each. Everything else is a block with boundary tags, as in the heaps before.
//! The bit `q` marks the blocks that the heap keeps for itself.
//!
//! | idea | file | words | what it does |
//! |---|---|---|---|
//! | slabs | `slab.rs`, `slots.rs`, `slabs.rs`, `map.rs`, `population.rs` | `slabs`, `no-slabs` | requests of at most 128 bytes have no header, if many of their size are live; in a small heap, only where one would cost |
//! | quick lists | `quick.rs` | `quick`, `no-quick` | a few freed slots wait to be used again as they are |
//! | tables | `tables.rs`, `class.rs` | | a small heap has few lists, a large one many |
//! | growth | `top.rs` | `missing`, `parts` | the heap grows by exactly what is missing |
//! | sliding | `realloc.rs` | `sliding`, `no-sliding` | a block that must grow moves into the free block before it |
//!
//! | operation | cost |
//! |---|---|
//! | `malloc`, `free` of at most 128 bytes | constant; now and then a slab is made or released; when the heap has doubled, the map is copied, a word for each 4 KiB |
//! | `malloc`, `free` of more | constant: a search looks at 16 blocks of a list at most, and at one or two lists; once, at 64 KiB, the free blocks are put on other lists |
//! | `memalign` | the same; all blocks when `sbrk` refuses |
//! | `realloc` | constant if the block can stay; otherwise a copy |
#![no_std]
#![forbid(unsafe_code)]

mod aligned;
mod bins;
mod check;
mod class;
mod lists;
mod map;
mod policy;
mod population;
mod quick;
mod realloc;
mod slab;
mod slabs;
mod slots;
mod tables;
mod top;

pub use bins::LONGEST_SEARCH;
pub use policy::{Growth, Policy};
pub use population::MOST_BLOCKS_BEFORE_SLABS;
pub use quick::{FEWEST_QUICK_SLOTS, MOST_QUICK_SLOTS};
pub use slabs::FEWEST_SLOTS;
pub use tables::{LARGE_HEAP_BYTES, LARGEST_SLOT_BYTES};

use class::Spacing;
use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Align, Block, BlockView, Heap, HeapError, LARGEST_REQUEST_BYTES, Listed, PointerFault, Tag,
    Violation,
};

/// Header, two links and footer.
const MINIMUM_BLOCK_BYTES: u32 = 4 * WORD_BYTES;

/// Slabs for small blocks, and good fit for the others.
pub struct Tuned<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
    /// The free block that ends the heap; if there is none, the epilogue.
    top: Block,
    /// Where the heads of the lists are: at the start of the heap, or in a block.
    lists: Addr,
    /// The size classes of the lists.
    spacing: Spacing,
    /// Where the map is: at the start of the heap, or in a block.
    map: Addr,
    /// The map covers this many cells from the start of the heap.
    map_cells: u32,
    /// Requests of more bytes are never served from slabs.
    largest_slot_bytes: u32,
    /// Blocks of more bytes are not counted.
    largest_counted_bytes: u32,
    /// A bit for each class that has a slab with free slots only: it has at most one.
    empty_slabs: u32,
    /// Slots on quick lists.
    quick_slots: u32,
    /// No more than this, for the size of the heap: none if freed slots don't wait.
    most_quick_slots: u32,
}

impl<P: Probe> Tuned<P> {
    /// Sets up an empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the lists.
    pub fn new(mut arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        let first_block = tables::first_block(align);
        let start = arena.sbrk(first_block as i32)?;
        let top = Block::at(arena.brk());
        arena.zero(start, first_block - WORD_BYTES);
        top.set_header(&mut arena, Tag::EPILOGUE.with_prev_allocated(true));
        let mut heap = Tuned {
            arena,
            align,
            policy,
            top,
            lists: start,
            spacing: Spacing::COARSE,
            map: start,
            map_cells: map::FIRST_MAP_CELLS,
            largest_slot_bytes: if policy.slabs { LARGEST_SLOT_BYTES } else { 0 },
            largest_counted_bytes: match policy.slabs {
                true => LARGEST_SLOT_BYTES + align.bytes(),
                false => 0,
            },
            empty_slabs: 0,
            quick_slots: 0,
            most_quick_slots: 0,
        };
        heap.lists = heap.first_lists();
        heap.map = heap.first_map();
        Ok(heap)
    }

    fn first_block(&self) -> Block {
        Block::at(self.arena.start() + tables::first_block(self.align))
    }

    /// Returns the size in bytes of the block that a payload of `size` bytes needs.
    #[inline(always)]
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        Ok(self.align.round_up(size + WORD_BYTES).max(MINIMUM_BLOCK_BYTES))
    }

    /// Returns the allocated block at `payload` and its header, if the tags agree that
    /// there is one.
    #[inline(always)]
    fn allocated_block(&self, payload: Addr) -> Result<(Block, Tag), HeapError> {
        let align_bytes = self.align.bytes();
        let (block, tag) =
            Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
        let agrees = block.next(tag.size()).header(&self.arena).is_prev_allocated();
        if !agrees || self.is_in_tables(payload) {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag))
    }
}

impl<P: Probe> Heap for Tuned<P> {
    type Probe = P;

    // ANCHOR: malloc
    #[inline]
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if let Some(class) = self.class_of(size) {
            if let Some(payload) = self.pop_quick(class) {
                return Ok(payload);
            }
            if let Some(payload) = self.take_slot(class) {
                return Ok(payload);
            }
            if self.new_slab(class, size)?
                && let Some(payload) = self.take_slot(class)
            {
                return Ok(payload);
            }
        }
        if size == 0 {
            return Ok(Addr::NULL);
        }
        self.malloc_block(size)
    }
    // ANCHOR_END: malloc

    // ANCHOR: free
    #[inline]
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        if payload.is_null() {
            return Ok(());
        }
        if let Some(slab) = self.slab_at(payload) {
            return self.give_slot(slab, payload);
        }
        let (block, tag) = self.allocated_block(payload)?;
        self.uncount_block(tag.size());
        self.coalesce(block, tag);
        Ok(())
    }
    // ANCHOR_END: free

    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if payload.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(payload)?;
            return Ok(Addr::NULL);
        }
        self.resize(payload, size)
    }

    // ANCHOR: memalign
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        if !align_bytes.is_power_of_two() {
            return Err(HeapError::BadAlignment { align_bytes });
        }
        if align_bytes <= self.align.bytes() || size == 0 {
            return self.malloc(size);
        }
        let bytes = self.block_bytes(size)?;
        let room = self.allocate_aligned(bytes, align_bytes)?;
        let block = self.free_lead(room, align_bytes);
        self.free_rest(block, bytes);
        self.count_block(block);
        Ok(block.payload())
    }
    // ANCHOR_END: memalign

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        if let Some(at) = self.slab_at(payload) {
            let slab = self.slab(at);
            self.allocated_slot_at(slab, payload)?;
            return Ok(slab.units() * self.align.bytes());
        }
        let (_, tag) = self.allocated_block(payload)?;
        Ok(tag.size() - WORD_BYTES)
    }

    fn check(&self) -> Result<(), Violation> {
        self.check_heap()
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        self.all_blocks()
    }

    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        self.listed()
    }

    fn top(&self) -> Option<Addr> {
        (self.top_bytes() > 0).then(|| self.top.payload())
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

/// The verbs for blocks with headers. `grow` is in `top.rs`; `find_fit`, `link` and `unlink` are
/// in `bins.rs`.
impl<P: Probe> Tuned<P> {
    /// Allocates a block for the program.
    #[inline(always)]
    fn malloc_block(&mut self, size: u32) -> Result<Addr, HeapError> {
        let bytes = self.block_bytes(size)?;
        let block = self.allocate(bytes)?;
        // Not even a call for a large block.
        if bytes <= self.largest_counted_bytes {
            self.count_block(block);
        }
        Ok(block.payload())
    }

    /// Allocates a block of `bytes` bytes: one of those that are free, or from the top. Before the
    /// heap grows, empty slabs are freed, since that may make room.
    #[inline(never)]
    fn allocate(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        loop {
            if let Some(block) = self.find_fit(bytes) {
                self.place(block, bytes);
                return Ok(block);
            }
            if self.top_bytes() >= bytes {
                return Ok(self.place_in_top(bytes));
            }
            if !self.release_slots() {
                return self.allocate_at_end(bytes);
            }
        }
    }

    /// Allocates a block at the end of the heap, which grows.
    fn allocate_at_end(&mut self, bytes: u32) -> Result<Block, OutOfMemory> {
        if !self.is_large() && self.arena.heap_bytes() >= LARGE_HEAP_BYTES {
            // Without its lists, a large heap works on with those of a small one.
            let _ = self.make_lists();
        }
        if self.grow(bytes).is_ok() {
            return Ok(self.place_in_top(bytes));
        }
        // The heap is full: now look at every block of the class.
        let class = self.spacing.class_of(bytes, self.align);
        let block = self.best_fit(class, bytes, u32::MAX).ok_or(OutOfMemory)?;
        self.place(block, bytes);
        Ok(block)
    }

    // ANCHOR: place
    /// Allocates `bytes` bytes at the start of the free `block`, and leaves the rest free if it can
    /// be a block.
    #[inline(always)]
    fn place(&mut self, block: Block, bytes: u32) {
        let size = block.header(&self.arena).size();
        self.unlink(block);
        if size - bytes < MINIMUM_BLOCK_BYTES {
            return self.mark_allocated(block, size);
        }
        self.arena.note(Event::Split);
        block.set_header(&mut self.arena, Tag::allocated(bytes).with_prev_allocated(true));
        let rest = block.next(bytes);
        rest.set_tags(&mut self.arena, Tag::free(size - bytes).with_prev_allocated(true));
        self.link(rest, size - bytes);
    }
    // ANCHOR_END: place

    /// Allocates all of a free block.
    fn take_whole(&mut self, block: Block) {
        let size = block.header(&self.arena).size();
        self.unlink(block);
        self.mark_allocated(block, size);
    }

    /// Marks a free block as allocated. By I5 the block before it is allocated.
    fn mark_allocated(&mut self, block: Block, size: u32) {
        block.set_header(&mut self.arena, Tag::allocated(size).with_prev_allocated(true));
        block.next(size).set_prev_allocated(&mut self.arena, true);
    }

    // ANCHOR: free_rest
    /// Cuts an allocated block down to `bytes` and frees the rest, if that can be a block.
    fn free_rest(&mut self, block: Block, bytes: u32) {
        let tag = block.header(&self.arena);
        let rest_bytes = tag.size() - bytes;
        if rest_bytes < MINIMUM_BLOCK_BYTES {
            return;
        }
        self.arena.note(Event::Split);
        block.set_header(&mut self.arena, tag.with_size(bytes));
        let rest_tag = Tag::allocated(rest_bytes).with_prev_allocated(true);
        let rest = block.next(bytes);
        rest.set_header(&mut self.arena, rest_tag);
        self.coalesce(rest, rest_tag);
    }
    // ANCHOR_END: free_rest

    // ANCHOR: coalesce
    /// Frees `block`, whose header is `tag`: merges it with its free neighbours (the four cases of
    /// CS:APP 9.9.10) and keeps the result, or makes it the top if it reaches the end.
    #[inline(never)]
    fn coalesce(&mut self, block: Block, tag: Tag) {
        let mut size = tag.size();
        let next = block.next(size);
        let mut start = block;
        if !tag.is_prev_allocated() {
            self.arena.note(Event::Merge);
            // The old header stays inside the merged block. It is marked free, so
            // that a second free of this block is detected.
            block.set_header(&mut self.arena, Tag::free(size));
            start = block.prev(&self.arena);
            let before_bytes = block.payload() - start.payload();
            self.unlink(start);
            size += before_bytes;
        }
        if next == self.top {
            if self.top_bytes() > 0 {
                self.arena.note(Event::Merge);
            }
            self.set_top(start);
            return;
        }
        let next_tag = next.header(&self.arena);
        if next_tag.is_free() {
            self.arena.note(Event::Merge);
            self.unlink(next);
            size += next_tag.size();
        } else {
            next.set_header(&mut self.arena, next_tag.with_prev_allocated(false));
        }
        start.set_tags(&mut self.arena, Tag::free(size).with_prev_allocated(true));
        self.link(start, size);
    }
    // ANCHOR_END: coalesce
}
