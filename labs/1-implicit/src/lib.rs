//! The implicit list: no list at all. Blocks lie side by side, each says how
//! long it is, and whoever looks for a free one walks over all of them
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
//!
//! | operation | cost |
//! |---|---|
//! | `malloc` | linear in **all** blocks, free and allocated |
//! | `free` | constant |
//! | `realloc` | a `malloc`, a copy and a `free` |
//!
//! What it gives up: time. A search passes every allocated block on its way;
//! the explicit list's first idea is to link only the free ones.
#![no_std]
#![forbid(unsafe_code)]
// As long as there are holes, some of what is here has no use yet.
#![allow(unused)]

pub use policy::{Coalescing, Fit, Policy};

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Tag, Violation,
};

/// Pad and prologue before the first block, epilogue behind the last.
const EMPTY_HEAP_BYTES: u32 = 4 * WORD_BYTES;

/// The prologue: a header and a footer.
const PROLOGUE_BYTES: u32 = 2 * WORD_BYTES;

/// The heap grows by at least so much (the book's CHUNKSIZE).
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
    /// An empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the first chunk.
    pub fn new(arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        let prologue = Block::at(arena.start() + EMPTY_HEAP_BYTES - PROLOGUE_BYTES);
        let mut heap = Implicit {
            arena,
            align,
            policy,
            rover: prologue,
        };
        heap.arena.sbrk(EMPTY_HEAP_BYTES as i32)?;
        prologue.set_tags(&mut heap.arena, Tag::allocated(PROLOGUE_BYTES));
        let epilogue = Tag::EPILOGUE.with_prev_allocated(policy.footers == Footers::Elided);
        Block::at(heap.arena.brk()).set_header(&mut heap.arena, epilogue);
        heap.grow(CHUNK_BYTES)?;
        Ok(heap)
    }

    // ANCHOR: block_bytes
    /// The block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        todo!("the size of the block that a payload of `size` bytes needs")
    }
    // ANCHOR_END: block_bytes
}

impl<P: Probe> Heap for Implicit<P> {
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
        todo!("mark the block free, and coalesce it if that is the policy")
    }
    // ANCHOR_END: free

    // ANCHOR: realloc
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        todo!("make the payload `size` bytes: malloc, copy, free")
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
        // Room to move the payload up, past a block of its own if it must.
        let room = bytes.checked_add(align_bytes).ok_or(OutOfMemory)?;
        let room = room
            .checked_add(self.minimum_block_bytes())
            .ok_or(OutOfMemory)?;
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

    // `free_lists` is the contract's default: there are none.

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

/// The verbs, in the order that all designs have them.
impl<P: Probe> Implicit<P> {
    // ANCHOR: find_fit
    /// A free block of at least `bytes` bytes, by the policy's fit.
    fn find_fit(&mut self, bytes: u32) -> Option<Block> {
        let found = self.search(bytes);
        if found.is_none() && self.policy.coalescing == Coalescing::Deferred {
            self.coalesce_all();
            return self.search(bytes);
        }
        found
    }

    // ANCHOR: search
    fn search(&mut self, bytes: u32) -> Option<Block> {
        let (first, end) = (self.first_block(), self.end());
        match self.policy.fit {
            Fit::First => self.first_fit(first, end, bytes),
            // ANCHOR: next_fit
            Fit::Next => todo!("search from the rover to the end, then from the start"),
            // ANCHOR_END: next_fit
            Fit::Best => self.best_fit(first, end, bytes),
            Fit::Worst => self.worst_fit(first, end, bytes),
        }
    }
    // ANCHOR_END: search

    // ANCHOR: first_fit
    /// Returns the first block that fits, from `block` on and before `end`.
    fn first_fit(&self, mut block: Block, end: Block, bytes: u32) -> Option<Block> {
        todo!("walk from `block` to `end`, to the first free block of at least `bytes` bytes")
    }
    // ANCHOR_END: first_fit

    // ANCHOR: best_fit
    /// Returns the smallest block that fits; of equals, the first.
    fn best_fit(&self, mut block: Block, end: Block, bytes: u32) -> Option<Block> {
        todo!("of all free blocks of at least `bytes` bytes, the first that none is smaller than")
    }
    // ANCHOR_END: best_fit

    // ANCHOR: worst_fit
    /// Returns the largest block, if it fits; of equals, the first.
    fn worst_fit(&self, mut block: Block, end: Block, bytes: u32) -> Option<Block> {
        todo!("of all free blocks of at least `bytes` bytes, the first that none is larger than")
    }
    // ANCHOR_END: worst_fit
    // ANCHOR_END: find_fit

    // ANCHOR: place
    /// Allocates `bytes` bytes at the start of the free `block`, and leaves the
    /// rest free if it can be a block.
    fn place(&mut self, block: Block, bytes: u32) {
        let size = block.header(&self.arena).size();
        // ANCHOR: split_or_whole
        if size > bytes {
            todo!("keep the rest free, if it can be a block");
        }
        self.mark_allocated(block, size);

        // ANCHOR_END: split_or_whole
    }
    // ANCHOR_END: place

    // ANCHOR: split
    // ANCHOR: split_block
    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        todo!("make an allocated block of `bytes` bytes, and a free one of the rest")
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
        self.mark_rest(rest, size - lead, false);
        self.mark_free(block, lead);
        rest
    }
    // ANCHOR_END: split

    // ANCHOR: coalesce
    /// Merges the free `block` with its free neighbours, and returns the merged
    /// block; the four cases of CS:APP 9.9.10.
    fn coalesce(&mut self, block: Block) -> Block {
        let own_size = block.header(&self.arena).size();
        let next = block.next(own_size);
        let next_tag = next.header(&self.arena);
        let (mut start, mut size) = (block, own_size);
        if next_tag.is_free() {
            // ANCHOR: merge_next
            todo!("the block behind is free: take it into the size")
            // ANCHOR_END: merge_next
        }
        if !self.is_prev_allocated(block) {
            // ANCHOR: merge_prev
            todo!("the block before is free: take it into the size, and start there")
            // ANCHOR_END: merge_prev
        }
        if size > own_size {
            self.mark_free(start, size);
            if self.policy.fit == Fit::Next {
                self.keep_rover_on_a_block(start, size);
            }
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
                self.coalesce(block); // and look again: there may be a third
            } else {
                block = next;
            }
        }
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
        self.mark_free(block, bytes);
        Ok(self.coalesce(block))
    }
    // ANCHOR_END: grow

    // ANCHOR: link
    // There is no list: a block is found by walking, so nothing is linked.
    // ANCHOR_END: link

    // ANCHOR: unlink
    // And nothing is unlinked.
    // ANCHOR_END: unlink
}

mod check {
    //! What this design promises.

    use crate::{Coalescing, Implicit, PROLOGUE_BYTES};
    use heaplab_arena::Probe;
    use heaplab_heap::{Adjacency, Layout, Prologue, Violation};

    impl<P: Probe> Implicit<P> {
        /// How the blocks lie.
        pub(crate) fn layout(&self) -> Layout {
            Layout {
                first: self.first_block(),
                align: self.align,
                minimum_block_bytes: self.minimum_block_bytes(),
                footers: self.policy.footers,
                adjacency: match self.policy.coalescing {
                    Coalescing::Immediate => Adjacency::Coalesced,
                    Coalescing::Deferred => Adjacency::Allowed,
                },
                prologue: Prologue::Bytes(PROLOGUE_BYTES),
            }
        }

        /// I1 to I7 by walking the blocks, and I13: the rover is one of them.
        pub(crate) fn check_heap(&self) -> Result<(), Violation> {
            let layout = self.layout();
            layout.check(&self.arena)?;
            if self.rover == self.prologue() {
                return Ok(()); // no search has succeeded yet
            }
            layout.check_remembered(&self.arena, "rover", self.rover)
        }
    }
}

mod format {
    //! The block: where the first one is, what its tags say, and which blocks have a
    //! footer (CS:APP 9.9.11, and its last paragraph).
    //!
    //! ```text
    //!  footers kept            +--------+----------------------+--------+
    //!  (every block)           | n | a  | payload and padding  | n | a  |
    //!                          +--------+----------------------+--------+
    //!
    //!  footers elided          +--------+-------------------------------+
    //!  (allocated block)       | n |p|a | payload and padding           |
    //!                          +--------+-------------------------------+
    //! ```
    //!
    //! Kept, a block is free or allocated by its own tags, and the block before is
    //! asked by its footer. Elided, every header also says whether the block before
    //! is allocated (`p`), and a change of a block is told to the next.

    use crate::{EMPTY_HEAP_BYTES, Implicit, PROLOGUE_BYTES};
    use heaplab_arena::{Addr, Probe, WORD_BYTES};
    use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

    impl<P: Probe> Implicit<P> {
        /// The block at the start of the heap, behind the prologue.
        pub(crate) fn first_block(&self) -> Block {
            Block::at(self.arena.start() + EMPTY_HEAP_BYTES)
        }

        /// The allocated block before the first.
        pub(crate) fn prologue(&self) -> Block {
            Block::at(self.first_block().payload() - PROLOGUE_BYTES)
        }

        /// The epilogue, which is no block: where a walk over all blocks ends.
        pub(crate) fn end(&self) -> Block {
            Block::at(self.arena.brk())
        }

        // ANCHOR: tags
        /// Header, and footer where allocated blocks have one.
        pub(crate) fn overhead_bytes(&self) -> u32 {
            todo!("how many bytes of an allocated block are tags")
        }

        /// The smallest block: room for a payload in the book's layout; header and
        /// footer of a free block where footers are elided.
        pub(crate) fn minimum_block_bytes(&self) -> u32 {
            todo!("how large a block is at least")
        }

        /// Writes the tags of an allocated block. What its header says about the
        /// block before stays.
        pub(crate) fn mark_allocated(&mut self, block: Block, size: u32) {
            todo!("write the tags of an allocated block of `size` bytes")
        }

        /// Writes the tags of a free block. What its header says about the block
        /// before stays.
        pub(crate) fn mark_free(&mut self, block: Block, size: u32) {
            todo!("write the tags of a free block of `size` bytes")
        }

        /// Writes the tags of a free block where no header was: the rest of a block
        /// that is cut.
        pub(crate) fn mark_rest(&mut self, block: Block, size: u32, prev_allocated: bool) {
            todo!("the same where no header was: `prev_allocated` says what is before it")
        }

        pub(crate) fn is_prev_allocated(&self, block: Block) -> bool {
            todo!("is the block before this one allocated?")
        }
        // ANCHOR_END: tags

        /// The allocated block at `payload` and its header, if its tags agree that
        /// there is one.
        pub(crate) fn allocated_block(&self, payload: Addr) -> Result<(Block, Tag), HeapError> {
            let align_bytes = self.align.bytes();
            let (block, tag) =
                Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
            let second_witness = match self.policy.footers {
                Footers::Kept => block.next(tag.size()).prev_footer(&self.arena) == tag,
                Footers::Elided => block
                    .next(tag.size())
                    .header(&self.arena)
                    .is_prev_allocated(),
            };
            if !second_witness {
                return Err(PointerFault::NotABlock.at(payload));
            }
            Ok((block, tag))
        }
    }
}

mod list {
    //! The list: there is none but the heap itself, in which each block leads to the
    //! next. What next fit remembers of it is one block, the rover.

    use crate::Implicit;
    use heaplab_arena::Probe;
    use heaplab_heap::Block;

    impl<P: Probe> Implicit<P> {
        // ANCHOR: keep_rover
        /// Next fit's rover must not be left inside a block that swallowed its own.
        pub(crate) fn keep_rover_on_a_block(&mut self, merged: Block, size: u32) {
            todo!("if the rover is inside the merged block, move it to where that starts")
        }
        // ANCHOR_END: keep_rover
    }
}

mod policy {
    //! What an implicit list leaves open, and the words that choose it.

    use crate::Implicit;
    use heaplab_arena::{Arena, OutOfMemory, Probe};
    use heaplab_heap::{Align, Design, Footers, Word};

    /// The choices. The default is the book's.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Policy {
        /// Which free block a request gets.
        pub fit: Fit,
        /// Which blocks have footers.
        pub footers: Footers,
        /// When adjacent free blocks are merged.
        pub coalescing: Coalescing,
    }

    /// Which free block a request gets (CS:APP 9.9.7).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Fit {
        /// The first that is large enough, from the start of the heap.
        #[default]
        First,
        /// The first that is large enough, from where the last search ended.
        Next,
        /// The smallest that is large enough.
        Best,
        /// The largest: a warning.
        Worst,
    }

    /// When adjacent free blocks are merged (CS:APP 9.9.10).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Coalescing {
        /// At every free.
        #[default]
        Immediate,
        /// When a search fails: one pass over the heap merges all that can be.
        Deferred,
    }

    impl Design for Policy {
        const NAME: &'static str = "implicit";
        const ABOUT: &'static str =
            "implicit list: every search walks all blocks, free and allocated";
        const WORDS: &'static [Word<Policy>] = &[
            Word {
                name: "textbook",
                about: "the book's code to the byte: first-fit,footers,immediate",
                choose: |policy| *policy = Policy::default(),
            },
            Word {
                name: "first-fit",
                about: "the first free block that is large enough (default)",
                choose: |policy| policy.fit = Fit::First,
            },
            Word {
                name: "next-fit",
                about: "the first from where the last search ended",
                choose: |policy| policy.fit = Fit::Next,
            },
            Word {
                name: "best-fit",
                about: "the smallest that is large enough",
                choose: |policy| policy.fit = Fit::Best,
            },
            Word {
                name: "worst-fit",
                about: "the largest: a warning",
                choose: |policy| policy.fit = Fit::Worst,
            },
            Word {
                name: "footers",
                about: "a footer on every block (default)",
                choose: |policy| policy.footers = Footers::Kept,
            },
            Word {
                name: "elided",
                about: "footers on free blocks only; headers know the block before",
                choose: |policy| policy.footers = Footers::Elided,
            },
            Word {
                name: "immediate",
                about: "merge adjacent free blocks at every free (default)",
                choose: |policy| policy.coalescing = Coalescing::Immediate,
            },
            Word {
                name: "deferred",
                about: "merge them all when a search fails",
                choose: |policy| policy.coalescing = Coalescing::Deferred,
            },
        ];

        type Heap<P: Probe> = Implicit<P>;

        fn build<P: Probe>(
            &self,
            arena: Arena<P>,
            align: Align,
        ) -> Result<Implicit<P>, OutOfMemory> {
            Implicit::new(arena, align, *self)
        }
    }
}
