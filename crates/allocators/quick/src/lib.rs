//! The quick heap: segregated fits with four more ideas, each of which can be
//! switched off (CS:APP 9.9.11, 9.9.14; Doug Lea's malloc).
//!
//! ```text
//!  start                                                                   break
//!  +--------+------------+-------------+-------+-----+-------+----------+
//!  | bitmap | list heads | quick heads | block | ... | top   | epilogue |
//!  |        | next, prev | next        |       |     | free  | hdr 0/a  |
//!  +--------+------------+-------------+-------+-----+-------+----------+
//!   16       8 * 128      4 * 16                              4           bytes
//!
//!  a free block            +------------+--------+--------+- - - - -+--------+
//!                          | n |q|p|a=0 | next   | prev   |         | n      |
//!                          +------------+--------+--------+- - - - -+--------+
//!                            header       payload                     footer
//!
//!  an allocated block      +------------+------------------------------------+
//!                          | n |q|p|a=1 | payload and padding                |
//!                          +------------+------------------------------------+
//! ```
//!
//! The lists and the bitmap (`class.rs`, `lists.rs`) are those of segregated fits,
//! with a bound on how long a search may be. Each of the four ideas has a file and
//! two policy words:
//!
//! | idea | file | words | what it does |
//! |---|---|---|---|
//! | elided footers | `format.rs` | `elided`, `footers` | `p` says whether the block before is allocated, so an allocated block's overhead is one word |
//! | the top | `top.rs` | `top`, `no-top` | the free block that ends the heap is on no list, is used when nothing else fits, and the heap grows by making it larger |
//! | resizing in place | `realloc.rs` | `in-place`, `moving` | `realloc` takes the room behind a block instead of copying |
//! | quick lists | `quick.rs` | `deferred`, `immediate` | a few small freed blocks wait to be used again as they are; all of them are coalesced before `malloc` grows the heap |
//!
//! `docs/quick.md` says what each idea gains and costs, alone and with the others.
//! `aligned.rs` has the code that only `memalign` needs.
//!
//! | operation | cost |
//! |---|---|
//! | `malloc` | constant: a bit scan, and at most [`LONGEST_SEARCH`] blocks of each of two lists |
//! | `free` | constant |
//! | either, now and then | constant: the quick lists are emptied, which coalesces at most [`MOST_QUICK_BLOCKS`] blocks |
//! | `malloc`, when `sbrk` refuses | linear in the blocks of one class: as a last resort, all of them are searched |
//! | `realloc` | constant if the block can stay in place; otherwise `malloc`, copy, `free` |
//! | `memalign` | constant: at most [`LONGEST_SEARCH`] blocks of each class; all of them when `sbrk` refuses |
//!
//! What it gives up: the heads take 1.1 KiB, so the smallest heaps use more memory;
//! a block on a quick list keeps its neighbours from being merged; and there is
//! three times as much code to get right.
#![no_std]
#![forbid(unsafe_code)]

mod aligned;
mod check;
mod class;
mod format;
mod lists;
mod policy;
mod quick;
mod realloc;
mod top;

pub use policy::{Coalescing, Policy};
pub use quick::MOST_QUICK_BLOCKS;

use class::Class;
use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Listed, Tag,
    Violation,
};

/// Header, two links and footer.
const MINIMUM_BLOCK_BYTES: u32 = 4 * WORD_BYTES;

/// The most blocks of one list that a search looks at, unless `sbrk` has refused.
pub const LONGEST_SEARCH: u32 = 16;

/// Segregated fits, and four ideas more.
pub struct Quick<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
    /// The free block that ends the heap; if there is none, the epilogue.
    top: Block,
    /// Bytes of an allocated block's tags.
    overhead_bytes: u32,
    /// `overhead_bytes`, and the most that rounding up to the alignment may add.
    round_up_bytes: u32,
    /// Blocks of fewer bytes than this go on quick lists when freed.
    quick_below_bytes: u32,
    /// Blocks on the quick lists: between calls, fewer than [`MOST_QUICK_BLOCKS`].
    quick_blocks: u32,
}

impl<P: Probe> Quick<P> {
    /// Sets up an empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the lists.
    pub fn new(mut arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        arena.sbrk(lists::FIRST_BLOCK_OFFSET as i32)?;
        let top = Block::at(arena.brk());
        let overhead_bytes = match policy.footers {
            Footers::Elided => WORD_BYTES,
            Footers::Kept => 2 * WORD_BYTES,
        };
        let mut heap = Quick {
            arena,
            align,
            policy,
            top,
            overhead_bytes,
            round_up_bytes: overhead_bytes + align.bytes() - 1,
            quick_below_bytes: match policy.coalescing {
                Coalescing::Deferred => class::QUICK_LISTS * align.bytes(),
                Coalescing::Immediate => 0,
            },
            quick_blocks: 0,
        };
        heap.empty_lists();
        // Nothing before the first block can be free.
        top.set_header(&mut heap.arena, Tag::EPILOGUE.with_prev_allocated(true));
        Ok(heap)
    }

    fn first_block(&self) -> Block {
        Block::at(self.arena.start() + lists::FIRST_BLOCK_OFFSET)
    }

    /// Returns the size in bytes of the block that a payload of `size` bytes needs.
    #[inline(always)]
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = (size + self.round_up_bytes) & !(self.align.bytes() - 1);
        Ok(bytes.max(MINIMUM_BLOCK_BYTES))
    }
}

impl<P: Probe> Heap for Quick<P> {
    type Probe = P;

    // ANCHOR: malloc
    #[inline]
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {
        if size == 0 {
            return Ok(Addr::NULL);
        }
        let bytes = self.block_bytes(size)?;
        let block = match self.pop_quick(bytes) {
            Some(block) => block,
            None => self.allocate(bytes)?,
        };
        Ok(block.payload())
    }
    // ANCHOR_END: malloc

    // ANCHOR: free
    // Measured: when the quick path is a call, a free takes a tenth longer.
    #[inline(always)]
    fn free(&mut self, payload: Addr) -> Result<(), HeapError> {
        if payload.is_null() {
            return Ok(());
        }
        let (block, tag) = self.allocated_block(payload)?;
        if self.is_quick_size(tag.size()) {
            self.push_quick(block, tag);
            if self.quick_blocks == MOST_QUICK_BLOCKS {
                self.flush_quick();
            }
        } else {
            self.coalesce(block, tag);
        }
        Ok(())
    }
    // ANCHOR_END: free

    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        self.realloc_in_place_or_move(payload, size)
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
        Ok(block.payload())
    }
    // ANCHOR_END: memalign

    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError> {
        let (_, tag) = self.allocated_block(payload)?;
        Ok(tag.size() - self.overhead_bytes)
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

/// The verbs, in the order that all designs have them. `grow` is in `top.rs`, and
/// `link` and `unlink` are in `lists.rs`, with the data that they work on.
impl<P: Probe> Quick<P> {
    /// Allocates a block of `bytes` bytes from the lists or the top. Before the
    /// heap grows, the quick lists are emptied, since that may make room.
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
            if self.quick_blocks > 0 {
                self.flush_quick();
            } else if self.grow(bytes).is_err() {
                // The heap is full: now look at every block of the class.
                let class = Class::of(bytes, self.align);
                let block = self.best_fit(class, bytes, u32::MAX).ok_or(OutOfMemory)?;
                self.place(block, bytes);
                return Ok(block);
            }
        }
    }

    // ANCHOR: find_fit
    /// Returns a listed block of at least `bytes` bytes, nearly the smallest.
    #[inline(always)]
    fn find_fit(&self, bytes: u32) -> Option<Block> {
        let class = Class::of(bytes, self.align);
        let found = self.first_class_with_blocks(class)?;
        // ANCHOR: from_class
        if found.is_exact() {
            self.arena.note(Event::SearchStep);
            return Some(self.next_free(self.head(found)));
        }
        // A class of several sizes: if it is the request's own, all its blocks may be
        // too small; then any block of the next class that has blocks is large enough.
        self.best_fit(found, bytes, LONGEST_SEARCH).or_else(|| {
            let above = self.first_class_with_blocks(Class(found.0 + 1))?;
            self.best_fit(above, bytes, LONGEST_SEARCH)
        })
        // ANCHOR_END: from_class
    }

    // ANCHOR: best_fit
    /// Returns the smallest block that fits among the first `longest` of a list.
    fn best_fit(&self, class: Class, bytes: u32, longest: u32) -> Option<Block> {
        let head = self.head(class);
        let mut best: Option<(Block, u32)> = None;
        let mut block = self.next_free(head);
        for _ in 0..longest {
            if block == head {
                break;
            }
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
    /// Allocates `bytes` bytes at the start of the listed `block`, and leaves
    /// the rest free if it can be a block.
    #[inline(always)]
    fn place(&mut self, block: Block, bytes: u32) {
        self.unlink(block);
        let size = block.header(&self.arena).size();
        // ANCHOR: split_or_whole
        if size - bytes >= MINIMUM_BLOCK_BYTES {
            self.split(block, size, bytes);
        } else {
            // By I5 the neighbours of a free block are allocated.
            self.mark_allocated(block, Tag::allocated(size).with_prev_allocated(true));
            block.next(size).set_prev_allocated(&mut self.arena, true);
        }
        // ANCHOR_END: split_or_whole
    }
    // ANCHOR_END: place

    // ANCHOR: split
    // ANCHOR: split_block
    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    #[inline(always)]
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        self.arena.note(Event::Split);
        self.mark_allocated(block, Tag::allocated(bytes).with_prev_allocated(true));
        let rest = block.next(bytes);
        rest.set_tags(&mut self.arena, Tag::free(size - bytes).with_prev_allocated(true));
        self.link(rest, size - bytes);
    }
    // ANCHOR_END: split_block

    // ANCHOR: free_rest
    /// Cuts an allocated block down to `bytes` and frees the rest, if that can
    /// be a block.
    fn free_rest(&mut self, block: Block, bytes: u32) {
        let tag = block.header(&self.arena);
        let rest_bytes = tag.size() - bytes;
        if rest_bytes < MINIMUM_BLOCK_BYTES {
            return;
        }
        self.arena.note(Event::Split);
        self.mark_allocated(block, tag.with_size(bytes));
        let rest_tag = Tag::allocated(rest_bytes).with_prev_allocated(true);
        let rest = block.next(bytes);
        rest.set_header(&mut self.arena, rest_tag);
        self.coalesce(rest, rest_tag);
    }
    // ANCHOR_END: free_rest
    // ANCHOR_END: split

    // ANCHOR: coalesce
    /// Frees `block`, whose header is `tag`: merges it with its free neighbours
    /// (the four cases of CS:APP 9.9.10) and links the result, or makes it the
    /// top if it reaches the end.
    #[inline(never)]
    fn coalesce(&mut self, block: Block, tag: Tag) {
        let mut size = tag.size();
        let next = block.next(size);
        let mut start = block;
        if !tag.is_prev_allocated() {
            // ANCHOR: merge_prev
            self.arena.note(Event::Merge);
            // The old header stays inside the merged block. It is marked free, so
            // that a second free of this block is detected.
            block.set_header(&mut self.arena, Tag::free(size));
            start = block.prev(&self.arena);
            self.unlink(start);
            size += block.payload() - start.payload();
            // ANCHOR_END: merge_prev
        }
        if next == self.top && self.policy.top {
            if self.top_bytes() > 0 {
                self.arena.note(Event::Merge);
            }
            self.set_top(start);
            return;
        }
        let next_tag = next.header(&self.arena);
        if next_tag.is_free() {
            // ANCHOR: merge_next
            self.arena.note(Event::Merge);
            self.unlink(next);
            size += next_tag.size();
            // ANCHOR_END: merge_next
        } else {
            next.set_header(&mut self.arena, next_tag.with_prev_allocated(false));
        }
        start.set_tags(&mut self.arena, Tag::free(size).with_prev_allocated(true));
        self.link(start, size);
    }
    // ANCHOR_END: coalesce
}
