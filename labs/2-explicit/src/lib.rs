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
//!  an allocated block      +--------+------------------------------+--------+
//!                          | n | a  | payload and padding          | n | a  |
//!                          +--------+------------------------------+--------+
//!
//!  with footers elided     +--------+---------------------------------------+
//!  (allocated block)       | n |p|a | payload and padding                   |
//!                          +--------+---------------------------------------+
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
// As long as there are holes, some of what is here has no use yet.
#![allow(unused)]

pub use policy::{Coalescing, Fit, Order, Policy};

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{
    Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Listed, Tag,
    Violation,
};

/// Pad and prologue before the first block, epilogue behind the last.
const EMPTY_HEAP_BYTES: u32 = 8 * WORD_BYTES;

/// The prologue: a header, two links and a footer.
const PROLOGUE_BYTES: u32 = 4 * WORD_BYTES;

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
        let prologue = Block::at(arena.start() + EMPTY_HEAP_BYTES - PROLOGUE_BYTES);
        let mut heap = Explicit {
            arena,
            align,
            policy,
        };
        heap.arena.sbrk(EMPTY_HEAP_BYTES as i32)?;
        prologue.set_tags(&mut heap.arena, Tag::allocated(PROLOGUE_BYTES));
        heap.join(prologue, prologue);
        let epilogue = Tag::EPILOGUE.with_prev_allocated(policy.footers == Footers::Elided);
        Block::at(heap.arena.brk()).set_header(&mut heap.arena, epilogue);
        heap.grow(CHUNK_BYTES)?;
        Ok(heap)
    }

    // ANCHOR: block_bytes
    /// The block that a payload of `size` bytes needs.
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = self.align.round_up(size + self.overhead_bytes());
        Ok(bytes.max(self.minimum_block_bytes()))
    }
    // ANCHOR_END: block_bytes
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

/// The verbs, in the order that all designs have them.
impl<P: Probe> Explicit<P> {
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
    fn search(&self, bytes: u32) -> Option<Block> {
        let head = self.head();
        match self.policy.fit {
            Fit::First => self.first_fit(head, bytes),
            Fit::Best => self.best_fit(head, bytes),
        }
    }
    // ANCHOR_END: search

    // ANCHOR: first_fit
    /// Returns the first block that fits, of the list with this head.
    fn first_fit(&self, head: Block, bytes: u32) -> Option<Block> {
        todo!("walk over the list, to the first block of at least `bytes` bytes")
    }
    // ANCHOR_END: first_fit

    // ANCHOR: best_fit
    /// Returns the smallest block that fits; of equals, the first.
    fn best_fit(&self, head: Block, bytes: u32) -> Option<Block> {
        todo!(
            "of all blocks of at least `bytes` bytes on the list, the first that none is smaller than"
        )
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
        todo!("if the rest can be a block, split; if not, allocate the whole block")
        // ANCHOR_END: split_or_whole
    }
    // ANCHOR_END: place

    // ANCHOR: split
    // ANCHOR: split_block
    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        todo!("make an allocated block of `bytes` bytes, and a free one of the rest, on the list")
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
        self.link(rest);
        rest
    }
    // ANCHOR_END: split

    // ANCHOR: coalesce
    /// Merges the free `block`, which is on no list, with its free neighbours, and
    /// returns the merged block, on no list; the four cases of CS:APP 9.9.10.
    fn coalesce(&mut self, block: Block) -> Block {
        let own_size = block.header(&self.arena).size();
        let next = block.next(own_size);
        let next_tag = next.header(&self.arena);
        let (mut start, mut size) = (block, own_size);
        if next_tag.is_free() {
            // ANCHOR: merge_next
            todo!("the block behind is free: take it off the list, and into the size")
            // ANCHOR_END: merge_next
        }
        if !self.is_prev_allocated(block) {
            // ANCHOR: merge_prev
            todo!("the block before is free: take it off the list, into the size, and start there")
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
    /// Moves the break up by `bytes` or a chunk, and returns the free block at
    /// the end of the heap. The old epilogue becomes its header.
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
    /// Puts a free block on the list, where the policy's order has it.
    fn link(&mut self, block: Block) {
        let head = self.head();
        let before = match self.policy.order {
            Order::Lifo => head,
            Order::Fifo => self.last_free(head),
            Order::Address => self.last_free_below(head, block),
        };
        // ANCHOR: insert
        todo!("put `block` on the list, behind `before`")
        // ANCHOR_END: insert
    }
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off the list.
    fn unlink(&mut self, block: Block) {
        todo!("take `block` off the list: its neighbours follow each other")
    }
    // ANCHOR_END: unlink
}

mod check {
    //! What this design promises.

    use crate::{Coalescing, Explicit, Order, PROLOGUE_BYTES};
    use heaplab_arena::{Addr, Probe};
    use heaplab_heap::{
        Adjacency, Block, Layout, Listed, Prologue, Violation, check_free_blocks_are_listed,
    };

    /// There is one list.
    const LIST: u32 = 0;

    impl<P: Probe> Explicit<P> {
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

        /// The list, from its head, and no longer than a sound one can be.
        pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
            let head = self.head();
            let mut block = head;
            core::iter::from_fn(move || {
                block = self.next_free(block);
                (block != head).then_some(Listed {
                    list: LIST,
                    payload: block.payload(),
                })
            })
            .take(self.layout().most_blocks(&self.arena))
        }

        /// I1 to I7 by walking the blocks; I8, I9 and I12 by walking the list.
        pub(crate) fn check_heap(&self) -> Result<(), Violation> {
            self.layout().check(&self.arena)?;
            self.check_links()?;
            check_free_blocks_are_listed(self)
        }

        /// I9 and I12. A list whose links are mutual all the way back to its head
        /// has no other cycle.
        fn check_links(&self) -> Result<(), Violation> {
            let mut block = self.head();
            for _ in 0..=self.layout().most_blocks(&self.arena) {
                let next = self.next_free(block);
                if self.prev_free(next) != block {
                    let (block, next): (Addr, Addr) = (block.payload(), next.payload());
                    return Err(Violation::Link {
                        list: LIST,
                        block,
                        next,
                    });
                }
                if next == self.head() {
                    return Ok(());
                }
                self.check_order(block, next)?;
                block = next;
            }
            Err(Violation::ListedTwice {
                block: block.payload(),
            })
        }

        /// I12: rising addresses, where that is the policy. The prologue, which
        /// heads the list, is below every block.
        fn check_order(&self, block: Block, next: Block) -> Result<(), Violation> {
            if self.policy.order == Order::Address && next <= block {
                return Err(Violation::Order {
                    list: LIST,
                    block: next.payload(),
                });
            }
            Ok(())
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

    use crate::{EMPTY_HEAP_BYTES, Explicit, PROLOGUE_BYTES};
    use heaplab_arena::{Addr, Probe, WORD_BYTES};
    use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

    impl<P: Probe> Explicit<P> {
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
            match self.policy.footers {
                Footers::Kept => 2 * WORD_BYTES,
                Footers::Elided => WORD_BYTES,
            }
        }

        /// The smallest block: header, two links and footer of a free block, whether
        /// allocated blocks have a footer or not.
        pub(crate) fn minimum_block_bytes(&self) -> u32 {
            4 * WORD_BYTES
        }

        /// Writes the tags of an allocated block. What its header says about the
        /// block before stays.
        pub(crate) fn mark_allocated(&mut self, block: Block, size: u32) {
            match self.policy.footers {
                Footers::Kept => block.set_tags(&mut self.arena, Tag::allocated(size)),
                Footers::Elided => {
                    let prev_allocated = self.is_prev_allocated(block);
                    let tag = Tag::allocated(size).with_prev_allocated(prev_allocated);
                    block.set_header(&mut self.arena, tag);
                    block.next(size).set_prev_allocated(&mut self.arena, true);
                }
            }
        }

        /// Writes the tags of a free block. What its header says about the block
        /// before stays.
        pub(crate) fn mark_free(&mut self, block: Block, size: u32) {
            match self.policy.footers {
                Footers::Kept => block.set_tags(&mut self.arena, Tag::free(size)),
                Footers::Elided => {
                    let prev_allocated = self.is_prev_allocated(block);
                    self.mark_rest(block, size, prev_allocated);
                }
            }
        }

        /// Writes the tags of a free block where no header was: the rest of a block
        /// that is cut.
        pub(crate) fn mark_rest(&mut self, block: Block, size: u32, prev_allocated: bool) {
            match self.policy.footers {
                Footers::Kept => block.set_tags(&mut self.arena, Tag::free(size)),
                Footers::Elided => {
                    let tag = Tag::free(size).with_prev_allocated(prev_allocated);
                    block.set_tags(&mut self.arena, tag);
                    block.next(size).set_prev_allocated(&mut self.arena, false);
                }
            }
        }

        pub(crate) fn is_prev_allocated(&self, block: Block) -> bool {
            match self.policy.footers {
                Footers::Kept => block.prev_footer(&self.arena).is_allocated(),
                Footers::Elided => block.header(&self.arena).is_prev_allocated(),
            }
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
    //! The list of the free blocks: a ring through the prologue, which is its head.
    //!
    //! ```text
    //!        +--------------------------------------------------------------+
    //!        |                                                              |
    //!        +-> head: | next | prev | <--> | next | prev | <--> | next | prev | <-+
    //!            (prologue)             a free block          a free block
    //! ```

    use crate::Explicit;
    use heaplab_arena::{Event, Probe, WORD_BYTES};
    use heaplab_heap::Block;

    impl<P: Probe> Explicit<P> {
        /// The head of the list: a block like any other, and never free.
        pub(crate) fn head(&self) -> Block {
            self.prologue()
        }

        // ANCHOR: fifo
        /// The block at the tail of the list; of an empty list, its head.
        pub(crate) fn last_free(&self, head: Block) -> Block {
            todo!("the block at the tail of the list")
        }
        // ANCHOR_END: fifo

        // ANCHOR: address
        /// The last block of an address-ordered list that lies below `block`; if none
        /// does, the head.
        pub(crate) fn last_free_below(&self, head: Block, block: Block) -> Block {
            todo!("walk over the list, to the last block that lies below `block`")
        }
        // ANCHOR_END: address

        // ANCHOR: links
        /// Makes `b` follow `a` on the list.
        pub(crate) fn join(&mut self, a: Block, b: Block) {
            todo!("make `b` follow `a` on the list: a link each way")
        }

        /// The block that follows `block` on the list.
        pub(crate) fn next_free(&self, block: Block) -> Block {
            todo!("the block that follows `block` on the list")
        }

        /// The block that `block` follows on the list.
        pub(crate) fn prev_free(&self, block: Block) -> Block {
            todo!("the block that `block` follows on the list")
        }
        // ANCHOR_END: links
    }
}

mod policy {
    //! What an explicit list leaves open, and the words that choose it.

    use crate::Explicit;
    use heaplab_arena::{Arena, OutOfMemory, Probe};
    use heaplab_heap::{Align, Design, Footers, Word};

    /// The choices.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Policy {
        /// Where on the list a freed block goes.
        pub order: Order,
        /// Which free block a request gets.
        pub fit: Fit,
        /// Which blocks have footers.
        pub footers: Footers,
        /// When adjacent free blocks are merged.
        pub coalescing: Coalescing,
    }

    /// Where on the list a freed block goes (CS:APP 9.9.13).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Order {
        /// At the head: last in, first out.
        #[default]
        Lifo,
        /// At the tail: first in, first out.
        Fifo,
        /// By rising address: `free` has to search, and the heap stays tidier.
        Address,
    }

    /// Which free block a request gets.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Fit {
        /// The first on the list that is large enough.
        #[default]
        First,
        /// The smallest that is large enough.
        Best,
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
        const NAME: &'static str = "explicit";
        const ABOUT: &'static str =
            "explicit list: free blocks are linked, a search walks only them";
        const WORDS: &'static [Word<Policy>] = &[
            Word {
                name: "lifo",
                about: "a freed block goes to the head of the list (default)",
                choose: |policy| policy.order = Order::Lifo,
            },
            Word {
                name: "fifo",
                about: "a freed block goes to the tail",
                choose: |policy| policy.order = Order::Fifo,
            },
            Word {
                name: "address",
                about: "the list is kept by rising address",
                choose: |policy| policy.order = Order::Address,
            },
            Word {
                name: "first-fit",
                about: "the first on the list that is large enough (default)",
                choose: |policy| policy.fit = Fit::First,
            },
            Word {
                name: "best-fit",
                about: "the smallest that is large enough",
                choose: |policy| policy.fit = Fit::Best,
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

        type Heap<P: Probe> = Explicit<P>;

        fn build<P: Probe>(
            &self,
            arena: Arena<P>,
            align: Align,
        ) -> Result<Explicit<P>, OutOfMemory> {
            Explicit::new(arena, align, *self)
        }
    }
}
