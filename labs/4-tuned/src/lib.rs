//! The tuned heap: segregated fits, and four ideas more, each of which can be
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
//! with a bound on how long a search may be. The four ideas, each a file and two
//! words of policy:
//!
//! | idea | file | words | what it does |
//! |---|---|---|---|
//! | elided footers | `format.rs` | `elided`, `footers` | `p` says whether the block before is allocated, so an allocated block's overhead is one word |
//! | the top | `top.rs` | `top`, `no-top` | the free block that ends the heap is on no list, is used when nothing else fits, and the heap grows by making it larger |
//! | resizing in place | `realloc.rs` | `in-place`, `moving` | `realloc` takes the room behind a block instead of copying |
//! | quick lists | `quick.rs` | `deferred`, `immediate` | a few small freed blocks wait to be used again as they are; all of them are coalesced before `malloc` grows the heap |
//!
//! `docs/tuned.md` says what each buys and costs, alone and with the others.
//! `aligned.rs` has what `memalign` needs besides.
//!
//! | operation | cost |
//! |---|---|
//! | `malloc` | constant: a bit scan, and at most [`LONGEST_SEARCH`] blocks of each of two lists |
//! | `free` | constant |
//! | either, now and then | constant: the quick lists are emptied, which coalesces at most [`MOST_QUICK_BLOCKS`] blocks |
//! | `malloc`, when `sbrk` refuses | linear in the blocks of one class: the last chance is to look at all of them |
//! | `realloc` | constant if the block can stay in place; otherwise `malloc`, copy, `free` |
//! | `memalign` | constant: at most [`LONGEST_SEARCH`] blocks of each class; all of them when `sbrk` refuses |
//!
//! What it gives up: the heads take 1.1 KiB, so the smallest heaps are worse
//! off; a block on a quick list keeps its neighbours from being merged; and it
//! is three times the code to get right.
#![no_std]
#![forbid(unsafe_code)]
// As long as there are holes, some of what is here has no use yet.
#![allow(unused)]

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

/// At most this many blocks of one list are looked at by a search.
pub const LONGEST_SEARCH: u32 = 16;

/// Segregated fits, tuned.
pub struct Tuned<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
    /// The free block that ends the heap; if there is none, the epilogue.
    top: Block,
    /// The tags of an allocated block.
    overhead_bytes: u32,
    /// The same, and all that rounding up to the alignment may add.
    round_up_bytes: u32,
    /// Blocks of fewer bytes than this go on quick lists when freed.
    quick_below_bytes: u32,
    /// Blocks on the quick lists: between calls, fewer than [`MOST_QUICK_BLOCKS`].
    quick_blocks: u32,
}

impl<P: Probe> Tuned<P> {
    /// An empty heap at the machine's break.
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
        let mut heap = Tuned {
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

    /// The block that a payload of `size` bytes needs.
    #[inline(always)]
    fn block_bytes(&self, size: u32) -> Result<u32, OutOfMemory> {
        if size > LARGEST_REQUEST_BYTES {
            return Err(OutOfMemory);
        }
        let bytes = (size + self.round_up_bytes) & !(self.align.bytes() - 1);
        Ok(bytes.max(MINIMUM_BLOCK_BYTES))
    }
}

impl<P: Probe> Heap for Tuned<P> {
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

/// The verbs, in the order that all three designs have them. `grow` stands in
/// `top.rs`, `link` and `unlink` stand in `lists.rs`, with what they work on.
impl<P: Probe> Tuned<P> {
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
    /// A listed block of at least `bytes` bytes: nearly the smallest.
    #[inline(always)]
    fn find_fit(&self, bytes: u32) -> Option<Block> {
        let class = Class::of(bytes, self.align);
        let found = self.first_class_with_blocks(class)?;
        // ANCHOR: from_class
        if found.is_exact() {
            self.arena.note(Event::SearchStep);
            return Some(self.next_free(self.head(found)));
        }
        // A class of several sizes: its blocks may be too small if it is the
        // request's own; then any block of the next class will do.
        self.best_fit(found, bytes, LONGEST_SEARCH).or_else(|| {
            let above = self.first_class_with_blocks(Class(found.0 + 1))?;
            self.best_fit(above, bytes, LONGEST_SEARCH)
        })
        // ANCHOR_END: from_class
    }

    // ANCHOR: best_fit
    /// The smallest block that fits among the first `longest` of a list.
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
        todo!("if the rest can be a block, split; if not, allocate the whole block")
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
        todo!("make an allocated block of `bytes` bytes, and a free one of the rest, on its list")
    }
    // ANCHOR_END: split_block

    // ANCHOR: free_rest
    /// Cuts an allocated block down to `bytes` and frees the rest, if that can
    /// be a block.
    fn free_rest(&mut self, block: Block, bytes: u32) {
        todo!("cut the allocated block down to `bytes` bytes, and free the rest")
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
            todo!("the block before is free: take it off its list, into the size, and start there")
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
            todo!("the block behind is free: take it off its list, and into the size")
            // ANCHOR_END: merge_next
        } else {
            next.set_header(&mut self.arena, next_tag.with_prev_allocated(false));
        }
        start.set_tags(&mut self.arena, Tag::free(size).with_prev_allocated(true));
        self.link(start, size);
    }
    // ANCHOR_END: coalesce
}

mod aligned {
    //! Blocks for `memalign`: room for a payload at a multiple of more than the
    //! heap's own alignment.
    //!
    //! ```text
    //!  | free, large enough at the right place                       |
    //!  | lead: free   | allocated, payload at a multiple | rest: free |
    //! ```
    //!
    //! To ask for `bytes` plus the alignment, and to cut off what is too much, is
    //! simpler, and always right. But a block that was aligned once and freed fits
    //! exactly where it was, and that request would pass it by. So free blocks are
    //! looked at for what they hold at the right place.

    use crate::class::Class;
    use crate::{LONGEST_SEARCH, MINIMUM_BLOCK_BYTES, Tuned};
    use heaplab_arena::{Event, OutOfMemory, Probe};
    use heaplab_heap::{Block, LARGEST_REQUEST_BYTES, Tag};

    impl<P: Probe> Tuned<P> {
        /// Allocates a block that has room for a block of `bytes` bytes whose
        /// payload is at a multiple of `align_bytes`. The caller cuts off the rest.
        pub(crate) fn allocate_aligned(
            &mut self,
            bytes: u32,
            align_bytes: u32,
        ) -> Result<Block, OutOfMemory> {
            let mut longest = LONGEST_SEARCH;
            loop {
                if let Some(block) = self.find_aligned_fit(bytes, align_bytes, longest) {
                    let whole = block.header(&self.arena).size();
                    self.place(block, whole);
                    return Ok(block);
                }
                let room = lead_bytes(self.top, align_bytes)
                    .checked_add(bytes)
                    .filter(|&room| room <= LARGEST_REQUEST_BYTES)
                    .ok_or(OutOfMemory)?;
                if self.top_bytes() >= room {
                    return Ok(self.place_in_top(room));
                }
                if self.quick_blocks > 0 {
                    self.flush_quick();
                } else if self.grow(room).is_err() {
                    // The heap is full: now look at every block, and then give up.
                    if longest == u32::MAX {
                        return Err(OutOfMemory);
                    }
                    longest = u32::MAX;
                }
            }
        }

        /// A listed block that has room for `bytes` bytes at a multiple of
        /// `align_bytes`, among the first `longest` of each class.
        fn find_aligned_fit(&self, bytes: u32, align_bytes: u32, longest: u32) -> Option<Block> {
            let mut class = Class::of(bytes, self.align);
            loop {
                class = self.first_class_with_blocks(class)?;
                let head = self.head(class);
                let mut block = self.next_free(head);
                for _ in 0..longest {
                    if block == head {
                        break;
                    }
                    self.arena.note(Event::SearchStep);
                    let size = block.header(&self.arena).size();
                    let lead = lead_bytes(block, align_bytes);
                    if size >= bytes && size - bytes >= lead {
                        return Some(block);
                    }
                    block = self.next_free(block);
                }
                class = Class(class.0 + 1);
            }
        }

        /// Cuts an allocated block in two so that the second part's payload is a
        /// multiple of `align_bytes`, frees the first, and returns the second.
        pub(crate) fn free_lead(&mut self, block: Block, align_bytes: u32) -> Block {
            let lead = lead_bytes(block, align_bytes);
            if lead == 0 {
                return block;
            }
            self.arena.note(Event::Split);
            let tag = block.header(&self.arena);
            let second = block.next(lead);
            let second_tag = Tag::allocated(tag.size() - lead).with_prev_allocated(true);
            self.mark_allocated(second, second_tag);
            self.mark_allocated(block, tag.with_size(lead));
            self.coalesce(block, tag.with_size(lead));
            second
        }
    }

    /// How far the payload of `block` moves up to be at a multiple of
    /// `align_bytes`: not at all, or past a block of its own.
    fn lead_bytes(block: Block, align_bytes: u32) -> u32 {
        let payload = block.payload();
        if payload.is_aligned_to(align_bytes) {
            return 0;
        }
        (payload + MINIMUM_BLOCK_BYTES).align_up(align_bytes) - payload
    }
}

mod check {
    //! What this design promises.

    use crate::class::{CLASSES, Class, QUICK_LISTS};
    use crate::{MINIMUM_BLOCK_BYTES, Tuned};
    use heaplab_arena::Probe;
    use heaplab_heap::{
        Adjacency, Block, Layout, Listed, Prologue, Violation, check_free_blocks_are_listed,
    };

    /// In the numbering of lists: classes, the top, then quick lists by size.
    const FIRST_QUICK_LIST: u32 = CLASSES + 1;

    impl<P: Probe> Tuned<P> {
        /// How the blocks lie.
        pub(crate) fn layout(&self) -> Layout {
            Layout {
                first: self.first_block(),
                align: self.align,
                minimum_block_bytes: MINIMUM_BLOCK_BYTES,
                footers: self.policy.footers,
                adjacency: Adjacency::Coalesced,
                prologue: Prologue::None,
            }
        }

        /// All lists, class by class, each from its head; behind them the top block
        /// as if it were a list of its own, and then the quick lists.
        pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
            let top = Listed {
                list: CLASSES,
                payload: self.top.payload(),
            };
            (0..CLASSES)
                .flat_map(|class| self.list(Class(class)))
                .chain((self.top_bytes() > 0).then_some(top))
                .chain((0..QUICK_LISTS).flat_map(|units| self.quick_list(units)))
        }

        /// The quick list of blocks of so many units, no longer than a sound one.
        fn quick_list(&self, units: u32) -> impl Iterator<Item = Listed> + '_ {
            let mut link = self.quick_head(units * self.align.bytes());
            core::iter::from_fn(move || {
                link = self.arena.load_addr(link);
                (!link.is_null()).then_some(Listed {
                    list: FIRST_QUICK_LIST + units,
                    payload: link,
                })
            })
            .take(self.layout().most_blocks(&self.arena))
        }

        /// One list, and no longer than a sound one can be.
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

        /// I1 to I7 by walking the blocks; I8 to I11 by walking the lists; I13: the
        /// top is the block that ends the heap; I14: the quick blocks are counted.
        pub(crate) fn check_heap(&self) -> Result<(), Violation> {
            let layout = self.layout();
            layout.check(&self.arena)?;
            if self.top_bytes() > 0 {
                layout.check_remembered(&self.arena, "top", self.top)?;
            }
            (0..CLASSES).try_for_each(|class| self.check_list(Class(class)))?;
            check_free_blocks_are_listed(self)?;
            self.check_quick_lists()
        }

        /// I10 and I14. That they hold quick blocks, each once, is I8.
        fn check_quick_lists(&self) -> Result<(), Violation> {
            let mut found = 0;
            for entry in (0..QUICK_LISTS).flat_map(|units| self.quick_list(units)) {
                let (list, block) = (entry.list, entry.payload);
                let tag = Block::at(block).header(&self.arena);
                let class = FIRST_QUICK_LIST + tag.size() / self.align.bytes();
                if class != list {
                    return Err(Violation::WrongClass { list, block, class });
                }
                if !tag.is_quick() {
                    return Err(Violation::NotAFreeBlock { list, block });
                }
                found += 1;
            }
            let remembered = self.quick_blocks;
            match remembered == found {
                true => Ok(()),
                false => Err(Violation::Count {
                    what: "quick blocks",
                    remembered,
                    found,
                }),
            }
        }

        /// I9, I10 and I11 for one list.
        fn check_list(&self, class: Class) -> Result<(), Violation> {
            let list = class.0;
            let head = self.head(class);
            if self.bit(class) != (self.next_free(head) != head) {
                return Err(Violation::Bitmap {
                    list,
                    says: self.bit(class),
                });
            }
            let mut block = head;
            for _ in 0..=self.layout().most_blocks(&self.arena) {
                let next = self.next_free(block);
                if self.prev_free(next) != block {
                    let (block, next) = (block.payload(), next.payload());
                    return Err(Violation::Link { list, block, next });
                }
                if next == head {
                    return Ok(());
                }
                self.check_class(class, next)?;
                block = next;
            }
            Err(Violation::ListedTwice {
                block: block.payload(),
            })
        }

        /// I10.
        fn check_class(&self, list: Class, block: Block) -> Result<(), Violation> {
            let class = Class::of(block.header(&self.arena).size(), self.align);
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
    }
}

mod class {
    //! Size classes: which list a free block is on.

    use heaplab_heap::Align;

    /// A size class, from 0 to [`CLASSES`] − 1, in the order of sizes.
    ///
    /// Sizes are counted in units of the alignment. Below 32 units each size has a
    /// class of its own, so that any block on the list is an exact fit. From there
    /// on each doubling is cut into four:
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

    /// How many classes there are: room for blocks up to 2³¹ bytes.
    pub(crate) const CLASSES: u32 = 128;

    /// log2 of the classes to a doubling.
    const STEPS_LOG2: u32 = 2;

    /// Sizes below this many units of the alignment (256 bytes at alignment 16, 128
    /// at alignment 8) have a quick list each as well, unless the policy is to
    /// coalesce at every free. Programs ask for these sizes again and again; a
    /// larger block that waits keeps more memory from being merged.
    pub(crate) const QUICK_LISTS: u32 = 16;

    impl Class {
        /// Classes of a single size: those below this number.
        pub(crate) const EXACT: u32 = 32;

        // ANCHOR: class_of
        /// The class of a block of `bytes` bytes.
        #[inline(always)]
        pub(crate) fn of(bytes: u32, align: Align) -> Class {
            let units = align.units(bytes);
            if units < Class::EXACT {
                return Class(units);
            }
            let doubling = units.ilog2() - Class::EXACT.ilog2();
            // The bits just below the highest say which quarter of the doubling.
            let step = (units >> (units.ilog2() - STEPS_LOG2)) & ((1 << STEPS_LOG2) - 1);
            Class(Class::EXACT + (doubling << STEPS_LOG2) + step)
        }
        // ANCHOR_END: class_of

        /// Whether all blocks of the class have the same size.
        #[inline(always)]
        pub(crate) fn is_exact(self) -> bool {
            self.0 < Class::EXACT
        }
    }
}

mod format {
    //! The tags of an allocated block: with a footer, or without (CS:APP 9.9.11, its
    //! last paragraph).
    //!
    //! ```text
    //!  footers elided          +------------+------------------------------------+
    //!  (the default)           | n |q|p|a=1 | payload and padding                |
    //!                          +------------+------------------------------------+
    //!
    //!  footers kept            +------------+-------------------------+----------+
    //!                          | n |q|p|a=1 | payload and padding     | n | a=1  |
    //!                          +------------+-------------------------+----------+
    //! ```
    //!
    //! A footer is read to find the block before, when that is free. Whether it is, `p`
    //! says, so an allocated block needs none, and its payload may have the word. Kept,
    //! the footer is written all the same: the policy shows what the word costs.

    use crate::Tuned;
    use heaplab_arena::{Addr, Probe};
    use heaplab_heap::{Block, Footers, HeapError, PointerFault, Tag};

    impl<P: Probe> Tuned<P> {
        /// Writes the header of an allocated block, and its footer if it has one.
        #[inline(always)]
        pub(crate) fn mark_allocated(&mut self, block: Block, tag: Tag) {
            block.set_header(&mut self.arena, tag);
            if self.policy.footers == Footers::Kept {
                self.set_footer(block, tag);
            }
        }

        #[cold]
        #[inline(never)]
        fn set_footer(&mut self, block: Block, tag: Tag) {
            block.set_footer(&mut self.arena, tag);
        }

        /// The allocated block at `payload` and its header, if the tags agree that
        /// there is one.
        #[inline(always)]
        pub(crate) fn allocated_block(&self, payload: Addr) -> Result<(Block, Tag), HeapError> {
            let align_bytes = self.align.bytes();
            let (block, tag) =
                Block::allocated_at(payload, self.first_block(), align_bytes, &self.arena)?;
            if !block
                .next(tag.size())
                .header(&self.arena)
                .is_prev_allocated()
            {
                return Err(PointerFault::NotABlock.at(payload));
            }
            Ok((block, tag))
        }
    }
}

mod lists {
    //! The lists: a head for each class, and a bitmap of those that have blocks.
    //! All of it lies in the heap, before the first block; so do the heads of the
    //! quick lists.

    use crate::Tuned;
    use crate::class::{CLASSES, Class, QUICK_LISTS};
    use heaplab_arena::{Addr, Probe, WORD_BYTES};
    use heaplab_heap::Block;

    /// One bit a class.
    const BITMAP_BYTES: u32 = CLASSES.div_ceil(32) * WORD_BYTES;

    /// A head's two links.
    const HEAD_BYTES: u32 = 2 * WORD_BYTES;

    /// Where the heads of the quick lists are, from the start of the heap.
    pub(crate) const QUICK_HEADS_OFFSET: u32 = BITMAP_BYTES + CLASSES * HEAD_BYTES;

    /// Where the first block's payload is, from the start of the heap: behind all
    /// heads and its own header, on every alignment.
    pub(crate) const FIRST_BLOCK_OFFSET: u32 =
        (QUICK_HEADS_OFFSET + QUICK_LISTS * WORD_BYTES + WORD_BYTES).next_multiple_of(16);

    impl<P: Probe> Tuned<P> {
        /// Makes every list a ring of its head alone, no bit set, and no quick
        /// block. That new memory is zero is not relied on.
        pub(crate) fn empty_lists(&mut self) {
            let start = self.arena.start();
            self.arena.zero(start, BITMAP_BYTES);
            self.arena
                .zero(start + QUICK_HEADS_OFFSET, QUICK_LISTS * WORD_BYTES);
            for class in 0..CLASSES {
                let head = self.head(Class(class));
                self.join(head, head);
            }
        }

        // ANCHOR: link
        // ANCHOR: link_block
        /// Puts a free block of `bytes` bytes on the list of its class, first.
        #[inline(always)]
        pub(crate) fn link(&mut self, block: Block, bytes: u32) {
            let class = Class::of(bytes, self.align);
            let head = self.head(class);
            let after = self.next_free(head);
            self.join(head, block);
            self.join(block, after);
            if after == head {
                self.set_bit(class, true);
            }
        }
        // ANCHOR_END: link_block

        /// Makes `b` follow `a` on a list.
        #[inline(always)]
        fn join(&mut self, a: Block, b: Block) {
            self.arena.store_addr(a.payload(), b.payload());
            self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
        }

        #[inline(always)]
        pub(crate) fn next_free(&self, block: Block) -> Block {
            Block::at(self.arena.load_addr(block.payload()))
        }

        #[inline(always)]
        pub(crate) fn prev_free(&self, block: Block) -> Block {
            Block::at(self.arena.load_addr(block.payload() + WORD_BYTES))
        }

        /// The head of a class's list, seen as a block so that it can be linked
        /// like one. It has no header.
        #[inline(always)]
        pub(crate) fn head(&self, class: Class) -> Block {
            Block::at(self.heads() + class.0 * HEAD_BYTES)
        }

        #[inline(always)]
        fn heads(&self) -> Addr {
            self.arena.start() + BITMAP_BYTES
        }
        // ANCHOR_END: link

        // ANCHOR: unlink
        /// Takes a free block off its list.
        #[inline(always)]
        pub(crate) fn unlink(&mut self, block: Block) {
            let (before, after) = (self.prev_free(block), self.next_free(block));
            self.join(before, after);
            if before == after {
                // Only a head can be both: the list is empty now.
                let class = (after.payload() - self.heads()) / HEAD_BYTES;
                self.set_bit(Class(class), false);
            }
        }
        // ANCHOR_END: unlink

        // ANCHOR: bitmap
        /// The first class from `class` on whose list has blocks.
        #[inline(always)]
        pub(crate) fn first_class_with_blocks(&self, class: Class) -> Option<Class> {
            // ANCHOR: bitmap_search
            let word = self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32);
            if word != 0 {
                return Some(Class(class.0 + word.trailing_zeros()));
            }
            let mut class = (class.0 / 32 + 1) * 32;
            while class < CLASSES {
                let word = self.arena.load(self.bitmap_word(class));
                if word != 0 {
                    return Some(Class(class + word.trailing_zeros()));
                }
                class += 32;
            }
            None
            // ANCHOR_END: bitmap_search
        }

        // ANCHOR: set_bit
        #[inline(always)]
        fn set_bit(&mut self, class: Class, value: bool) {
            let at = self.bitmap_word(class.0);
            let bit = 1 << (class.0 % 32);
            let word = self.arena.load(at);
            self.arena
                .store(at, if value { word | bit } else { word & !bit });
        }
        // ANCHOR_END: set_bit

        pub(crate) fn bit(&self, class: Class) -> bool {
            self.arena.load(self.bitmap_word(class.0)) >> (class.0 % 32) & 1 == 1
        }

        #[inline(always)]
        fn bitmap_word(&self, class: u32) -> Addr {
            self.arena.start() + class / 32 * WORD_BYTES
        }
        // ANCHOR_END: bitmap
    }
}

mod policy {
    //! What the tuned heap leaves open, and the words that choose it.

    use crate::Tuned;
    use heaplab_arena::{Arena, OutOfMemory, Probe};
    use heaplab_heap::{Align, Design, Footers, Word};

    /// The choices: each idea of this heap, and the heap without it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Policy {
        /// When small freed blocks are merged with their neighbours.
        pub coalescing: Coalescing,
        /// Which blocks have footers.
        pub footers: Footers,
        /// Whether the free block that ends the heap is kept apart.
        pub top: bool,
        /// Whether `realloc` looks for room where the block is.
        pub in_place: bool,
    }

    impl Default for Policy {
        /// With all ideas.
        fn default() -> Policy {
            Policy {
                coalescing: Coalescing::Deferred,
                footers: Footers::Elided,
                top: true,
                in_place: true,
            }
        }
    }

    /// When small freed blocks are merged with their neighbours.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Coalescing {
        /// Before the heap grows; until then they wait on quick lists.
        #[default]
        Deferred,
        /// At every free: slower, and a tidier heap.
        Immediate,
    }

    impl Design for Policy {
        const NAME: &'static str = "tuned";
        const ABOUT: &'static str = "segregated fits, and four ideas more: elided footers, top, realloc in place, quick lists";
        const WORDS: &'static [Word<Policy>] = &[
            Word {
                name: "deferred",
                about: "small freed blocks wait on quick lists (default)",
                choose: |policy| policy.coalescing = Coalescing::Deferred,
            },
            Word {
                name: "immediate",
                about: "merge adjacent free blocks at every free",
                choose: |policy| policy.coalescing = Coalescing::Immediate,
            },
            Word {
                name: "elided",
                about: "footers on free blocks only; headers know the block before (default)",
                choose: |policy| policy.footers = Footers::Elided,
            },
            Word {
                name: "footers",
                about: "a footer on every block",
                choose: |policy| policy.footers = Footers::Kept,
            },
            Word {
                name: "top",
                about: "the free block that ends the heap is kept for last (default)",
                choose: |policy| policy.top = true,
            },
            Word {
                name: "no-top",
                about: "it is listed like any other, and the heap grows by chunks",
                choose: |policy| policy.top = false,
            },
            Word {
                name: "in-place",
                about: "realloc stays where it is if there is room (default)",
                choose: |policy| policy.in_place = true,
            },
            Word {
                name: "moving",
                about: "realloc always moves: malloc, copy, free",
                choose: |policy| policy.in_place = false,
            },
        ];

        type Heap<P: Probe> = Tuned<P>;

        fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Tuned<P>, OutOfMemory> {
            Tuned::new(arena, align, *self)
        }
    }
}

mod quick {
    //! Quick lists: small blocks that were freed and wait to be allocated again
    //! just as they are (Weinstock and Wulf's QuickFit, 1988; the fastbins of Doug
    //! Lea's malloc).
    //!
    //! ```text
    //!  head of a size ---> +------------+------+        +------------+------+
    //!                      | n |q|p|a=1 | next | -----> | n |q|p|a=1 | NULL |
    //!                      +------------+------+        +------------+------+
    //! ```
    //!
    //! Programs free small blocks and ask for the same size again at once. To merge
    //! such a block with its neighbours only to split it off again is work for
    //! nothing. So it keeps its allocated bit, which hides it from coalescing, and
    //! goes on a stack of blocks of its very size.
    //!
    //! A block that waits separates its neighbours: the room is there, but not in
    //! one piece. Two rules bound the damage, however large the heap is and however
    //! long the program runs. When [`MOST_QUICK_BLOCKS`] blocks wait,
    //! [`Tuned::flush_quick`] coalesces them all. And they are all coalesced
    //! before `malloc` grows the heap. `docs/long-runs.md` shows what
    //! happens to a heap without these rules.

    use crate::Tuned;
    use crate::class::QUICK_LISTS;
    use crate::lists::QUICK_HEADS_OFFSET;
    use heaplab_arena::{Addr, Probe, WORD_BYTES};
    use heaplab_heap::{Block, Tag};

    /// When this many blocks wait on the quick lists, all of them are coalesced. So
    /// this also bounds how long one `malloc` or `free` can take, as long as `sbrk`
    /// does not refuse.
    pub const MOST_QUICK_BLOCKS: u32 = 384;

    impl<P: Probe> Tuned<P> {
        /// Whether blocks of `bytes` bytes have a quick list.
        #[inline(always)]
        pub(crate) fn is_quick_size(&self, bytes: u32) -> bool {
            bytes < self.quick_below_bytes
        }

        // ANCHOR: push_quick
        /// Frees `block`, whose header is `tag`, onto the quick list of its size.
        #[inline(always)]
        pub(crate) fn push_quick(&mut self, block: Block, tag: Tag) {
            todo!("put the freed block on the stack of its size, as it is")
        }
        // ANCHOR_END: push_quick

        // ANCHOR: pop_quick
        /// The block of exactly `bytes` bytes that was freed last, allocated again.
        #[inline(always)]
        pub(crate) fn pop_quick(&mut self, bytes: u32) -> Option<Block> {
            if !self.is_quick_size(bytes) {
                return None;
            }
            // ANCHOR: pop
            todo!("take the first block from the stack of its size, and allocate it")
            // ANCHOR_END: pop
        }
        // ANCHOR_END: pop_quick

        // ANCHOR: flush_quick
        /// Empties the quick lists: each block is coalesced and listed by its class.
        #[cold]
        #[inline(never)]
        pub(crate) fn flush_quick(&mut self) {
            todo!("take every block off the quick lists, and coalesce it")
        }
        // ANCHOR_END: flush_quick

        /// Where the address of the first block of `bytes` bytes is kept.
        #[inline(always)]
        pub(crate) fn quick_head(&self, bytes: u32) -> Addr {
            self.arena.start() + QUICK_HEADS_OFFSET + self.align.units(bytes) * WORD_BYTES
        }
    }
}

mod realloc {
    //! Resizing in place, where the block or its neighbours allow it.
    //!
    //! ```text
    //!  | allocated, small | free      |   =>  | allocated, larger       | rest |
    //!  | allocated, small | top       |   =>  | allocated, larger       | top  |
    //!  | allocated, large             |   =>  | allocated, smaller      | free |
    //! ```
    //!
    //! Otherwise, and always where the policy is `moving`: `malloc`, copy, `free`.

    use crate::{MINIMUM_BLOCK_BYTES, Tuned};
    use heaplab_arena::{Addr, Event, Probe};
    use heaplab_heap::{Block, Heap, HeapError, Tag};

    impl<P: Probe> Tuned<P> {
        // ANCHOR: realloc
        pub(crate) fn realloc_in_place_or_move(
            &mut self,
            payload: Addr,
            size: u32,
        ) -> Result<Addr, HeapError> {
            if payload.is_null() {
                return self.malloc(size);
            }
            if size == 0 {
                self.free(payload)?;
                return Ok(Addr::NULL);
            }
            let (block, tag) = self.allocated_block(payload)?;
            let bytes = self.block_bytes(size)?;
            let can_stay = self.policy.in_place
                && (bytes <= tag.size() || self.grow_in_place(block, tag, bytes));
            if !can_stay {
                return self.move_to(block, tag, size);
            }
            self.free_rest(block, bytes);
            Ok(payload)
        }

        // ANCHOR: grow_in_place
        /// Takes the block behind into this one if that makes it `bytes` bytes;
        /// at the end of the heap, the heap grows for it.
        ///
        /// ```text
        /// | allocated, small | free         |   =>   | allocated, size of both       |
        /// ```
        fn grow_in_place(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
            todo!("if the block behind is free and large enough, take it into this one")
        }

        /// The same for the last block before the top.
        fn grow_into_top(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
            todo!("the block behind is the top: take what is missing from it")
        }
        // ANCHOR_END: grow_in_place

        fn move_to(&mut self, block: Block, tag: Tag, size: u32) -> Result<Addr, HeapError> {
            let moved = self.malloc(size)?;
            let old_size = tag.size() - self.overhead_bytes;
            self.arena.copy(block.payload(), moved, old_size.min(size));
            self.free(block.payload())?;
            Ok(moved)
        }
        // ANCHOR_END: realloc
    }
}

mod top {
    //! The top: the free block that ends the heap (Doug Lea's malloc calls its
    //! keeper the wilderness).
    //!
    //! ```text
    //!  | ... | allocated | top: free, n |p|a=0 ...                   | epilogue |
    //!  | ... | allocated | epilogue |          the same, when there is no top
    //! ```
    //!
    //! It is on no list. A request takes from it only what fits nowhere else, so
    //! that the heap grows late; and it is where the heap grows.
    //!
    //! Where the policy is `no-top` there is never one: `top` is the epilogue, the
    //! heap grows by a listed block, and by chunks, as in the rungs before.

    use crate::{MINIMUM_BLOCK_BYTES, Tuned};
    use heaplab_arena::{Event, OutOfMemory, Probe};
    use heaplab_heap::{Block, Tag};

    /// The heap grows by at least one part in so many of itself: often enough to
    /// waste less than 2 % of it, and seldom enough that the calls of `sbrk` grow
    /// with the logarithm of the heap.
    const GROWTH_PARTS: u32 = 64;

    /// Without a top, the heap grows by at least this (the book's CHUNKSIZE).
    const CHUNK_BYTES: u32 = 4096;

    impl<P: Probe> Tuned<P> {
        /// Bytes in the top; 0 if there is none.
        pub(crate) fn top_bytes(&self) -> u32 {
            self.arena.brk() - self.top.payload()
        }

        /// Allocates `bytes` bytes at the start of the top.
        pub(crate) fn place_in_top(&mut self, bytes: u32) -> Block {
            let block = self.top;
            let mut size = bytes;
            if self.top_bytes() - bytes < MINIMUM_BLOCK_BYTES {
                size = self.top_bytes();
            } else {
                self.arena.note(Event::Split);
            }
            self.mark_allocated(block, Tag::allocated(size).with_prev_allocated(true));
            self.set_top(block.next(size));
            block
        }

        // ANCHOR: grow
        /// Moves the break up so that the top has at least `bytes` bytes: by a part
        /// of the heap if that is more, and if it can't be had, by what is missing.
        pub(crate) fn grow(&mut self, bytes: u32) -> Result<(), OutOfMemory> {
            todo!("move the break up, so that the top has at least `bytes` bytes")
        }

        /// Makes all from `top` to the break the top block; of no size, it is the
        /// epilogue alone. The block before it is allocated, or would be part of it.
        #[inline(always)]
        pub(crate) fn set_top(&mut self, top: Block) {
            todo!("make all from `top` to the break the top block, or the epilogue alone")
        }
        // ANCHOR_END: grow

        /// Moves the break up by `bytes` or a chunk, and lists what is new, merged with
        /// a free block before it. The old epilogue becomes its header.
        fn grow_by_a_block(&mut self, bytes: u32) -> Result<(), OutOfMemory> {
            let bytes = bytes.max(CHUNK_BYTES);
            let increment = i32::try_from(bytes).map_err(|_| OutOfMemory)?;
            let block = Block::at(self.arena.sbrk(increment)?);
            let tag = block.header(&self.arena).with_size(bytes);
            self.top = Block::at(self.arena.brk());
            let epilogue = Tag::EPILOGUE.with_prev_allocated(true);
            self.top.set_header(&mut self.arena, epilogue);
            self.mark_allocated(block, tag);
            self.coalesce(block, tag);
            Ok(())
        }
    }
}
