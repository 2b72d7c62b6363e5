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
#![no_std]
#![forbid(unsafe_code)]
// While functions are unfinished, some of this code is not used yet.
#![allow(unused)]

// Given by the lab: the policy, the layout, the checks.
#[rustfmt::skip]
mod given;
pub use given::Policy;

use given::{Class, GROWTH_PARTS, MOST_QUICK_BLOCKS, QUICK_HEADS_OFFSET, QUICK_LISTS};
use heaplab_arena::{Addr, Arena, Event, OutOfMemory, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Align, Block, HeapError, Tag};

/// Header, two links and footer.
const MINIMUM_BLOCK_BYTES: u32 = 4 * WORD_BYTES;

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
    // The top: the free block that ends the heap (also called the wilderness, as in
    // Doug Lea's malloc).
    //
    // ```text
    //  | ... | allocated | top: free, n |p|a=0 ...                   | epilogue |
    //  | ... | allocated | epilogue |          the same, when there is no top
    // ```
    //
    // It is not on a list. A request takes from it only if no other block fits, so
    // that the heap grows late; and the heap grows by making it larger.
    //
    // With the policy `no-top` there is never a top: the field `top` is the epilogue, and
    // the heap grows by chunks that are listed blocks, as in the designs before.

    /// Moves the break up so that the top has at least `bytes` bytes: by a part of the
    /// heap if that is more, or, if `sbrk` refuses that, by the missing bytes.
    fn grow(&mut self, bytes: u32) -> Result<(), OutOfMemory> {
        todo!("move the break up, so that the top has at least `bytes` bytes")
    }

    /// Makes the bytes from `top` to the break the top block; if there are none, writes
    /// only the epilogue. The block before is allocated, or it would be part of the top.
    #[inline(always)]
    fn set_top(&mut self, top: Block) {
        todo!("make a top block of the bytes from `top` to the break, or only the epilogue")
    }

    /// Allocates `bytes` bytes at the start of the listed `block`, and leaves
    /// the rest free if it can be a block.
    #[inline(always)]
    fn place(&mut self, block: Block, bytes: u32) {
        self.unlink(block);
        let size = block.header(&self.arena).size();
        todo!("if the rest can be a block, split; otherwise allocate the whole block")
    }

    /// ```text
    /// | free, size            |   =>   | allocated, bytes | free, rest |
    /// ```
    #[inline(always)]
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        todo!("make an allocated block of `bytes` bytes, and a free one of the rest, on its list")
    }

    /// Frees `block`, whose header is `tag`: merges it with its free neighbours
    /// (the four cases of CS:APP 9.9.10) and links the result, or makes it the
    /// top if it reaches the end.
    #[inline(never)]
    fn coalesce(&mut self, block: Block, tag: Tag) {
        let mut size = tag.size();
        let next = block.next(size);
        let mut start = block;
        if !tag.is_prev_allocated() {
            todo!("the previous block is free: take it off its list, add its size, and start there")
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
            todo!("the next block is free: take it off its list, and add its size to `size`")
        } else {
            next.set_header(&mut self.arena, next_tag.with_prev_allocated(false));
        }
        start.set_tags(&mut self.arena, Tag::free(size).with_prev_allocated(true));
        self.link(start, size);
    }

    /// Cuts an allocated block down to `bytes` and frees the rest, if that can
    /// be a block.
    fn free_rest(&mut self, block: Block, bytes: u32) {
        todo!("cut the allocated block down to `bytes` bytes, and free the rest")
    }

    // Resizing in place, where the block or its neighbours allow it.
    //
    // ```text
    //  | allocated, small | free      |   =>  | allocated, larger       | rest |
    //  | allocated, small | top       |   =>  | allocated, larger       | top  |
    //  | allocated, large             |   =>  | allocated, smaller      | free |
    // ```
    //
    // Otherwise, and always with the policy `moving`: `malloc`, copy, `free`.

    /// Merges the free block behind into this one if the two have at least `bytes` bytes;
    /// at the end of the heap, grows the heap if needed. Returns whether it did.
    ///
    /// ```text
    /// | allocated, small | free         |   =>   | allocated, size of both       |
    /// ```
    fn grow_in_place(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
        todo!("if the next block is free and large enough, merge it into this one")
    }

    /// As `grow_in_place`, for the last block before the top.
    fn grow_into_top(&mut self, block: Block, tag: Tag, bytes: u32) -> bool {
        todo!("the next block is the top: take the missing bytes from it")
    }

    // Quick lists: small blocks that were freed and wait to be allocated again
    // just as they are (Weinstock and Wulf's QuickFit, 1988; the fastbins of Doug
    // Lea's malloc).
    //
    // ```text
    //  head of a size ---> +------------+------+        +------------+------+
    //                      | n |q|p|a=1 | next | -----> | n |q|p|a=1 | NULL |
    //                      +------------+------+        +------------+------+
    // ```
    //
    // Programs often free a small block and soon ask for the same size again. Merging
    // the block with its neighbours and splitting it off again is wasted work. So a
    // freed small block keeps its allocated bit, which hides it from coalescing, and
    // goes on a stack of blocks of exactly its size.
    //
    // A block that waits separates its neighbours: the room is there, but not in
    // one piece. Two rules bound the damage, however large the heap is and however
    // long the program runs. When [`MOST_QUICK_BLOCKS`] blocks wait,
    // [`Quick::flush_quick`] coalesces them all. And they are all coalesced
    // before `malloc` grows the heap. `docs/long-runs.md` shows what
    // happens to a heap without these rules.

    /// Frees `block`, whose header is `tag`, onto the quick list of its size.
    #[inline(always)]
    fn push_quick(&mut self, block: Block, tag: Tag) {
        todo!("push the freed block, unchanged, on the stack of its size")
    }

    /// Allocates the block of exactly `bytes` bytes that was freed last, if one waits.
    #[inline(always)]
    fn pop_quick(&mut self, bytes: u32) -> Option<Block> {
        if !self.is_quick_size(bytes) {
            return None;
        }
        todo!("pop the first block from the stack of its size, and allocate it")
    }

    /// Empties the quick lists: each block is coalesced and listed by its class.
    #[cold]
    #[inline(never)]
    fn flush_quick(&mut self) {
        todo!("take every block off the quick lists, and coalesce it")
    }

    // The rest is complete. It is shown because it calls your functions.

    /// Allocates `size` bytes, uninitialized, at a multiple of the alignment.
    /// `malloc(0)` allocates nothing and returns [`Addr::NULL`].
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

    /// Frees an allocated payload. `free(NULL)` does nothing.
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

    /// Allocates `bytes` bytes at the start of the top.
    fn place_in_top(&mut self, bytes: u32) -> Block {
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

    fn realloc_in_place_or_move(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if payload.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(payload)?;
            return Ok(Addr::NULL);
        }
        let (block, tag) = self.allocated_block(payload)?;
        let bytes = self.block_bytes(size)?;
        let can_stay =
            self.policy.in_place && (bytes <= tag.size() || self.grow_in_place(block, tag, bytes));
        if !can_stay {
            return self.move_to(block, tag, size);
        }
        self.free_rest(block, bytes);
        Ok(payload)
    }

    /// Returns where the address of the first quick block of `bytes` bytes is stored.
    #[inline(always)]
    fn quick_head(&self, bytes: u32) -> Addr {
        self.arena.start() + QUICK_HEADS_OFFSET + self.align.units(bytes) * WORD_BYTES
    }
}
