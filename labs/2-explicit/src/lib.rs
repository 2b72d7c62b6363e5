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
// As long as there are holes, some of what is here has no use yet.
#![allow(unused)]

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
        todo!("walk over the list, to the first block of at least `bytes` bytes")
    }
    // ANCHOR_END: first_fit

    // ANCHOR: best_fit
    /// The smallest that fits; of equals, the first on the list.
    fn best_fit(&self, bytes: u32) -> Option<Block> {
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
            todo!("the block behind is free: take it off the list, and into the size")
            // ANCHOR_END: merge_next
        }
        if prev_tag.is_free() {
            // ANCHOR: merge_prev
            todo!("the block before is free: take it off the list, into the size, and start there")
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
        todo!("put `block` on the list, behind `before`")
        // ANCHOR_END: insert
    }

    // ANCHOR: fifo
    /// The block at the tail of the list; of an empty list, the prologue.
    fn last_free(&self) -> Block {
        todo!("the block at the tail of the list")
    }
    // ANCHOR_END: fifo

    // ANCHOR: address
    /// The last block of an address-ordered list that lies below `block`.
    fn last_free_below(&self, block: Block) -> Block {
        todo!("walk over the list, to the last block that lies below `block`")
    }
    // ANCHOR_END: address

    // ANCHOR: links
    /// Makes `b` follow `a` on the list.
    fn join(&mut self, a: Block, b: Block) {
        todo!("make `b` follow `a` on the list: a link each way")
    }

    fn next_free(&self, block: Block) -> Block {
        todo!("the block that follows `block` on the list")
    }

    fn prev_free(&self, block: Block) -> Block {
        todo!("the block that `block` follows on the list")
    }
    // ANCHOR_END: links
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off the list.
    fn unlink(&mut self, block: Block) {
        todo!("take `block` off the list: its neighbours follow each other")
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

mod check {
    //! What this design promises.

    use crate::{Explicit, MINIMUM_BLOCK_BYTES, Order};
    use heaplab_arena::{Addr, Probe};
    use heaplab_heap::{
        Adjacency, Block, Footers, Layout, Listed, Prologue, Violation,
        check_free_blocks_are_listed,
    };

    /// There is one list.
    const LIST: u32 = 0;

    impl<P: Probe> Explicit<P> {
        /// How the blocks lie.
        pub(crate) fn layout(&self) -> Layout {
            Layout {
                first: self.first_block(),
                align: self.align,
                minimum_block_bytes: MINIMUM_BLOCK_BYTES,
                footers: Footers::Kept,
                adjacency: Adjacency::Coalesced,
                prologue: Prologue::Bytes(MINIMUM_BLOCK_BYTES),
            }
        }

        /// The list, from its head, and no longer than a sound one can be.
        pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
            let head = self.prologue();
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
            let mut block = self.prologue();
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
                if next == self.prologue() {
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

mod policy {
    //! What an explicit list leaves open, and the words that choose it.

    use crate::Explicit;
    use heaplab_arena::{Arena, OutOfMemory, Probe};
    use heaplab_heap::{Align, Design, Word};

    /// The choices.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Policy {
        /// Where on the list a freed block goes.
        pub order: Order,
        /// Which free block a request gets.
        pub fit: Fit,
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
