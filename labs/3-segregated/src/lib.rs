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
//! What it gives up: the heads take 1 KiB, so small heaps are worse off; and
//! still each block has a footer, `realloc` copies, and a block is merged at once
//! with neighbours that are needed apart in a moment. The tuned heap has an idea
//! for each.
#![no_std]
#![forbid(unsafe_code)]
// As long as there are holes, some of what is here has no use yet.
#![allow(unused)]

pub use class::Classes;
pub use policy::{Coalescing, Fit, Order, Policy};

use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent};
use heaplab_heap::{
    Align, Block, BlockView, Footers, Heap, HeapError, LARGEST_REQUEST_BYTES, Listed, Tag,
    Violation,
};

/// The heap grows by at least so much (the book's CHUNKSIZE).
const CHUNK_BYTES: u32 = 4096;

/// A segregated-fits allocator.
pub struct Segregated<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
}

impl<P: Probe> Segregated<P> {
    /// An empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for the first chunk.
    pub fn new(arena: Arena<P>, align: Align, policy: Policy) -> Result<Self, OutOfMemory> {
        let mut heap = Segregated {
            arena,
            align,
            policy,
        };
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
impl<P: Probe> Segregated<P> {
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
        todo!("a block that fits, of the first class that has one")
    }
    // ANCHOR_END: search

    // ANCHOR: first_fit
    /// Returns the first block that fits, of the list with this head.
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
        if lead > 0 {
            todo!(
                "cut the lead off the block: it goes from the list of the whole to that of its own class"
            );
        }

        // ANCHOR_END: relist
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
    /// Puts a free block on the list of its class, where the policy's order has it.
    fn link(&mut self, block: Block) {
        todo!(
            "put `block` on the list of its class, where the policy's order has it, and see that the bit is set"
        )
    }
    // ANCHOR_END: link

    // ANCHOR: unlink
    /// Takes a free block off its list.
    fn unlink(&mut self, block: Block) {
        todo!("take `block` off its list; if the list is empty then, clear its bit")
    }
    // ANCHOR_END: unlink
}

mod check {
    //! What this design promises.

    use crate::class::Class;
    use crate::{Coalescing, Order, Segregated};
    use heaplab_arena::{Addr, Probe};
    use heaplab_heap::{
        Adjacency, Block, Layout, Listed, Prologue, Violation, check_free_blocks_are_listed,
    };

    impl<P: Probe> Segregated<P> {
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
                prologue: Prologue::Bytes(self.prologue_bytes()),
            }
        }

        /// All lists, class by class, each from its head.
        pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
            self.classes().flat_map(|class| self.list(class))
        }

        fn classes(&self) -> impl Iterator<Item = Class> + use<P> {
            (0..self.policy.classes.count()).map(Class)
        }

        /// The list of a class, and no longer than a sound one can be.
        fn list(&self, class: Class) -> impl Iterator<Item = Listed> + '_ {
            let head = self.head(class);
            let mut block = head;
            core::iter::from_fn(move || {
                block = self.next_free(block);
                (block != head).then_some(Listed {
                    list: class.0,
                    payload: block.payload(),
                })
            })
            .take(self.layout().most_blocks(&self.arena))
        }

        /// I1 to I7 by walking the blocks; I8 to I12 by walking the lists.
        pub(crate) fn check_heap(&self) -> Result<(), Violation> {
            self.layout().check(&self.arena)?;
            let mut classes = self.classes();
            classes.try_for_each(|class| self.check_links(class))?;
            check_free_blocks_are_listed(self)
        }

        /// I9 to I12 for one list. A list whose links are mutual all the way back to
        /// its head has no other cycle.
        fn check_links(&self, class: Class) -> Result<(), Violation> {
            let (list, head) = (class.0, self.head(class));
            self.check_bit(class)?;
            let mut block = head;
            for _ in 0..=self.layout().most_blocks(&self.arena) {
                let next = self.next_free(block);
                if self.prev_free(next) != block {
                    let (block, next): (Addr, Addr) = (block.payload(), next.payload());
                    return Err(Violation::Link { list, block, next });
                }
                if next == head {
                    return Ok(());
                }
                self.check_class(class, next)?;
                self.check_order(class, block, next)?;
                block = next;
            }
            Err(Violation::ListedTwice {
                block: block.payload(),
            })
        }

        /// I10.
        fn check_class(&self, list: Class, block: Block) -> Result<(), Violation> {
            let class = self.class_of(block.header(&self.arena).size());
            if class != list {
                let (list, class) = (list.0, class.0);
                return Err(Violation::WrongClass {
                    list,
                    block: block.payload(),
                    class,
                });
            }
            Ok(())
        }

        /// I11.
        fn check_bit(&self, class: Class) -> Result<(), Violation> {
            let (head, says) = (self.head(class), self.bit(class));
            if says != (self.next_free(head) != head) {
                let list = class.0;
                return Err(Violation::Bitmap { list, says });
            }
            Ok(())
        }

        /// I12: rising addresses, where that is the policy. The prologue, which
        /// holds the heads, is below every block.
        fn check_order(&self, class: Class, block: Block, next: Block) -> Result<(), Violation> {
            if self.policy.order == Order::Address && next <= block {
                return Err(Violation::Order {
                    list: class.0,
                    block: next.payload(),
                });
            }
            Ok(())
        }
    }
}

mod class {
    //! Size classes: which list a free block is on.

    use crate::Segregated;
    use heaplab_arena::Probe;
    use heaplab_heap::Align;

    /// A size class, from 0 on in the order of sizes.
    ///
    /// Sizes are counted in units of the alignment. Below 32 units each size has a
    /// class of its own, so that any block on the list is an exact fit. From there
    /// on each doubling is cut into as many classes as the policy says; into four:
    ///
    /// ```text
    ///  units  |  2   3   4  ...  31 | 32-39  40-47  48-55  56-63 | 64-79  80-95 ...
    ///  class  |  2   3   4  ...  31 |  32     33     34     35   |  36     37   ...
    ///         |      one size each  |      four to a doubling
    /// ```
    ///
    /// At alignment 16 the first range ends at 512 bytes, at alignment 8 at 256.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
    pub(crate) struct Class(pub(crate) u32);

    /// Classes of a single size: those below this number.
    const EXACT: u32 = 32;

    /// Doublings above them: room for blocks of up to 2³¹ bytes.
    const DOUBLINGS: u32 = 24;

    /// How many classes a doubling of sizes is cut into.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Classes {
        /// One: the powers of two, as in CS:APP 9.9.14.
        One,
        /// Two.
        Two,
        /// Four.
        #[default]
        Four,
        /// Eight: a closer fit, and twice the heads.
        Eight,
    }

    impl Classes {
        /// How many lists there are.
        pub(crate) fn count(self) -> u32 {
            EXACT + (DOUBLINGS << self.steps_log2())
        }

        /// log2 of the classes to a doubling.
        fn steps_log2(self) -> u32 {
            self as u32
        }
    }

    impl Class {
        // ANCHOR: class_of
        /// The class of a block of `bytes` bytes.
        pub(crate) fn of(bytes: u32, align: Align, classes: Classes) -> Class {
            todo!(
                "the class of a block of `bytes` bytes: its units below 32, and then so many classes to a doubling"
            )
        }
        // ANCHOR_END: class_of

        /// The next class of larger sizes.
        pub(crate) fn above(self) -> Class {
            Class(self.0 + 1)
        }
    }

    impl<P: Probe> Segregated<P> {
        /// The class of a block of `bytes` bytes.
        pub(crate) fn class_of(&self, bytes: u32) -> Class {
            Class::of(bytes, self.align, self.policy.classes)
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

    use crate::Segregated;
    use heaplab_arena::{Addr, Probe, WORD_BYTES};
    use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

    impl<P: Probe> Segregated<P> {
        /// Pad and prologue before the first block, epilogue behind the last.
        pub(crate) fn empty_heap_bytes(&self) -> u32 {
            4 * WORD_BYTES + self.prologue_bytes()
        }

        /// The block at the start of the heap, behind the prologue.
        pub(crate) fn first_block(&self) -> Block {
            Block::at(self.arena.start() + self.empty_heap_bytes())
        }

        /// The allocated block before the first. It holds the bitmap and the heads.
        pub(crate) fn prologue(&self) -> Block {
            Block::at(self.first_block().payload() - self.prologue_bytes())
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
    //! The lists of the free blocks: a ring through its head for each class, and a
    //! bitmap of those that have blocks. All of it lies in the prologue's payload.
    //!
    //! ```text
    //!  prologue    +-----+--------+-----------+-----------+-----+-----------+-----+
    //!              | hdr | bitmap | next prev | next prev | ... | next prev | ftr |
    //!              |     |        | class 0   | class 1   |     |           |     |
    //!              +-----+--------+-----------+-----------+-----+-----------+-----+
    //!               4     1 bit    8           8                 8           4     bytes
    //!                     a class
    //! ```

    use crate::Segregated;
    use crate::class::Class;
    use heaplab_arena::{Addr, Event, Probe, WORD_BYTES};
    use heaplab_heap::Block;

    /// A head's two links.
    const HEAD_BYTES: u32 = 2 * WORD_BYTES;

    impl<P: Probe> Segregated<P> {
        /// The prologue's size: header, bitmap, heads and footer.
        pub(crate) fn prologue_bytes(&self) -> u32 {
            let heads_bytes = self.policy.classes.count() * HEAD_BYTES;
            (2 * WORD_BYTES + self.bitmap_bytes() + heads_bytes).next_multiple_of(16)
        }

        fn bitmap_bytes(&self) -> u32 {
            self.policy.classes.count().div_ceil(32) * WORD_BYTES
        }

        /// Makes every list a ring of its head alone, and no bit set. That new memory
        /// is zero is not relied on.
        pub(crate) fn empty_lists(&mut self) {
            let (bitmap, bytes) = (self.prologue().payload(), self.bitmap_bytes());
            self.arena.zero(bitmap, bytes);
            for class in 0..self.policy.classes.count() {
                let head = self.head(Class(class));
                self.join(head, head);
            }
        }

        /// The head of a class's list, seen as a block so that it can be linked like
        /// one. It has no header.
        pub(crate) fn head(&self, class: Class) -> Block {
            Block::at(self.heads() + class.0 * HEAD_BYTES)
        }

        /// The class whose list has this head.
        pub(crate) fn class_with_head(&self, head: Block) -> Class {
            Class((head.payload() - self.heads()) / HEAD_BYTES)
        }

        fn heads(&self) -> Addr {
            self.prologue().payload() + self.bitmap_bytes()
        }

        // ANCHOR: bitmap
        /// The first class from `class` on whose list has blocks.
        pub(crate) fn first_class_with_blocks(&self, class: Class) -> Option<Class> {
            // ANCHOR: bitmap_search
            todo!("the first class from `class` on whose bit is set")
            // ANCHOR_END: bitmap_search
        }

        // ANCHOR: set_bit
        /// Notes in the bitmap whether the list of a class has blocks.
        pub(crate) fn set_bit(&mut self, class: Class, has_blocks: bool) {
            todo!("set the bit of `class`, or clear it")
        }
        // ANCHOR_END: set_bit

        /// Whether the list of a class has blocks, as the bitmap says.
        pub(crate) fn bit(&self, class: Class) -> bool {
            self.arena.load(self.bitmap_word(class)) >> (class.0 % 32) & 1 == 1
        }

        /// Where the bit of a class is.
        fn bitmap_word(&self, class: Class) -> Addr {
            self.prologue().payload() + class.0 / 32 * WORD_BYTES
        }
        // ANCHOR_END: bitmap

        // ANCHOR: fifo
        /// The block at the tail of the list; of an empty list, its head.
        pub(crate) fn last_free(&self, head: Block) -> Block {
            self.prev_free(head)
        }
        // ANCHOR_END: fifo

        // ANCHOR: address
        /// The last block of an address-ordered list that lies below `block`; if none
        /// does, the head.
        pub(crate) fn last_free_below(&self, head: Block, block: Block) -> Block {
            let mut before = head;
            loop {
                let next = self.next_free(before);
                if next == head || next > block {
                    return before;
                }
                self.arena.note(Event::SearchStep);
                before = next;
            }
        }
        // ANCHOR_END: address

        // ANCHOR: links
        /// Makes `b` follow `a` on a list.
        pub(crate) fn join(&mut self, a: Block, b: Block) {
            self.arena.store_addr(a.payload(), b.payload());
            self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
        }

        /// The block that follows `block` on its list.
        pub(crate) fn next_free(&self, block: Block) -> Block {
            Block::at(self.arena.load_addr(block.payload()))
        }

        /// The block that `block` follows on its list.
        pub(crate) fn prev_free(&self, block: Block) -> Block {
            Block::at(self.arena.load_addr(block.payload() + WORD_BYTES))
        }
        // ANCHOR_END: links
    }
}

mod policy {
    //! What segregated fits leave open, and the words that choose it.

    use crate::{Classes, Segregated};
    use heaplab_arena::{Arena, OutOfMemory, Probe};
    use heaplab_heap::{Align, Design, Footers, Word};

    /// The choices.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Policy {
        /// Where on its list a freed block goes.
        pub order: Order,
        /// Which free block a request gets.
        pub fit: Fit,
        /// Which blocks have footers.
        pub footers: Footers,
        /// When adjacent free blocks are merged.
        pub coalescing: Coalescing,
        /// How many lists there are.
        pub classes: Classes,
    }

    /// Where on its list a freed block goes (CS:APP 9.9.13).
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
        /// The first of its list that is large enough.
        #[default]
        First,
        /// The smallest of its list that is large enough.
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
        const NAME: &'static str = "segregated";
        const ABOUT: &'static str =
            "segregated fits: a list for each size class, found by a bitmap";
        const WORDS: &'static [Word<Policy>] = &[
            Word {
                name: "lifo",
                about: "a freed block goes to the head of its list (default)",
                choose: |policy| policy.order = Order::Lifo,
            },
            Word {
                name: "fifo",
                about: "a freed block goes to the tail",
                choose: |policy| policy.order = Order::Fifo,
            },
            Word {
                name: "address",
                about: "each list is kept by rising address",
                choose: |policy| policy.order = Order::Address,
            },
            Word {
                name: "first-fit",
                about: "the first of a list that is large enough (default)",
                choose: |policy| policy.fit = Fit::First,
            },
            Word {
                name: "best-fit",
                about: "the smallest of a list that is large enough",
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
            Word {
                name: "classes-1",
                about: "one class to a doubling of sizes: powers of two",
                choose: |policy| policy.classes = Classes::One,
            },
            Word {
                name: "classes-2",
                about: "two classes to a doubling",
                choose: |policy| policy.classes = Classes::Two,
            },
            Word {
                name: "classes-4",
                about: "four classes to a doubling (default)",
                choose: |policy| policy.classes = Classes::Four,
            },
            Word {
                name: "classes-8",
                about: "eight classes to a doubling: a closer fit, more heads",
                choose: |policy| policy.classes = Classes::Eight,
            },
        ];

        type Heap<P: Probe> = Segregated<P>;

        fn build<P: Probe>(
            &self,
            arena: Arena<P>,
            align: Align,
        ) -> Result<Segregated<P>, OutOfMemory> {
            Segregated::new(arena, align, *self)
        }
    }
}
