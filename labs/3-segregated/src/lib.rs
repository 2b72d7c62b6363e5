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
#![no_std]
#![forbid(unsafe_code)]
// While functions are unfinished, some of this code is not used yet.
#![allow(unused)]

// Given by the lab: the policy, the layout, the checks.
#[rustfmt::skip]
mod given;
pub use given::Policy;

use given::{Classes, Coalescing, Fit, HEAD_BYTES, Order};
use heaplab_arena::{Addr, Arena, Event, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Align, Block, HeapError};

/// A segregated-fits allocator.
pub struct Segregated<P: Probe = Silent> {
    arena: Arena<P>,
    align: Align,
    policy: Policy,
}

/// A size class, from 0 on in the order of sizes.
///
/// Sizes are counted in units of the alignment. Below 32 units each size has a
/// class of its own, so that any block on the list is an exact fit. From there
/// on each doubling is cut into as many classes as the policy says; with four:
///
/// ```text
///  units  |  2   3   4  ...  31 | 32-39  40-47  48-55  56-63 | 64-79  80-95 ...
///  class  |  2   3   4  ...  31 |  32     33     34     35   |  36     37   ...
///         |      one size each  |      four to a doubling
/// ```
///
/// At alignment 16 the first range ends at 512 bytes, at alignment 8 at 256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Class(pub(crate) u32);

/// Classes of a single size: those below this number.
const EXACT: u32 = 32;

impl Class {
    /// Returns the class of a block of `bytes` bytes.
    fn of(bytes: u32, align: Align, classes: Classes) -> Class {
        todo!("the class of a block of `bytes` bytes, from the table above `Class`")
    }
}

impl<P: Probe> Segregated<P> {
    // The lists of the free blocks: for each class a ring through its head, and a bitmap
    // of the classes that have blocks. All of it is in the prologue's payload.
    //
    // ```text
    //  prologue    +-----+--------+-----------+-----------+-----+-----------+-----+
    //              | hdr | bitmap | next prev | next prev | ... | next prev | ftr |
    //              |     |        | class 0   | class 1   |     |           |     |
    //              +-----+--------+-----------+-----------+-----+-----------+-----+
    //               4     1 bit    8           8                 8           4     bytes
    //                     a class
    // ```

    /// Notes in the bitmap whether the list of a class has blocks.
    fn set_bit(&mut self, class: Class, has_blocks: bool) {
        todo!("set the bit of `class`, or clear it")
    }

    /// Puts a free block on the list of its class, at its place in the policy's order.
    fn link(&mut self, block: Block) {
        todo!("put `block` on the list of its class, in the policy's order, and set the bit")
    }

    /// Returns the first class from `class` on whose list has blocks.
    fn first_class_with_blocks(&self, class: Class) -> Option<Class> {
        todo!("find the first class, from `class` on, whose bit is set")
    }

    /// Takes a free block off its list.
    fn unlink(&mut self, block: Block) {
        todo!("take `block` off its list; if the list is now empty, clear its bit")
    }

    fn search(&self, bytes: u32) -> Option<Block> {
        todo!("find a block that fits, in the first class that has one")
    }

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
        if lead > 0 {
            todo!("make the lead a free block on the list of its own class");
        }

        self.link(rest);
        rest
    }

    // The rest is complete. It is shown because it calls your functions.

    /// Allocates `size` bytes, uninitialized, at a multiple of the alignment.
    /// `malloc(0)` allocates nothing and returns [`Addr::NULL`].
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

    /// Returns a free block of at least `bytes` bytes, chosen by the policy's fit.
    fn find_fit(&mut self, bytes: u32) -> Option<Block> {
        let found = self.search(bytes);
        if found.is_none() && self.policy.coalescing == Coalescing::Deferred {
            self.coalesce_all();
            return self.search(bytes);
        }
        found
    }

    /// Allocates `bytes` bytes at the start of the free `block`, and leaves the
    /// rest free if it can be a block.
    fn place(&mut self, block: Block, bytes: u32) {
        self.unlink(block);
        let size = block.header(&self.arena).size();
        if size - bytes >= self.minimum_block_bytes() {
            self.split(block, size, bytes);
        } else {
            self.mark_allocated(block, size);
        }
    }

    /// Returns the class of a block of `bytes` bytes.
    fn class_of(&self, bytes: u32) -> Class {
        Class::of(bytes, self.align, self.policy.classes)
    }

    /// Returns the head of a class's list, as a block so that it can be linked like one.
    /// It has no header.
    fn head(&self, class: Class) -> Block {
        Block::at(self.heads() + class.0 * HEAD_BYTES)
    }

    /// Returns the class whose list has this head.
    fn class_with_head(&self, head: Block) -> Class {
        Class((head.payload() - self.heads()) / HEAD_BYTES)
    }

    /// Returns where the word with the bit of a class is.
    fn bitmap_word(&self, class: Class) -> Addr {
        self.prologue().payload() + class.0 / 32 * WORD_BYTES
    }

    /// Makes `b` follow `a` on a list.
    fn join(&mut self, a: Block, b: Block) {
        self.arena.store_addr(a.payload(), b.payload());
        self.arena.store_addr(b.payload() + WORD_BYTES, a.payload());
    }
}
