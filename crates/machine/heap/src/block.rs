//! Where the parts of a block are.

use crate::{HeapError, PointerFault, Tag};
use heaplab_arena::{Addr, Arena, Probe, WORD_BYTES};

/// A block, identified by the address of its payload, as in the book.
///
/// ```text
///            header        payload                           footer
///           +-------------+---------------------------------+-------------+
///           | size, flags |                                 | size, flags |
///           +-------------+---------------------------------+-------------+
///           ^             ^                                 ^             ^
///     payload - 4      payload                   payload + size - 8    payload + size - 4
///                                                               = the next block's header
/// ```
///
/// `size` counts the whole block. The footer is a copy of the header; designs
/// that leave it out of allocated blocks give its word to the payload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct Block(Addr);

impl Block {
    /// Returns the block with its payload at `payload`.
    #[inline(always)]
    pub const fn at(payload: Addr) -> Block {
        Block(payload)
    }

    /// Returns where the payload starts.
    #[inline(always)]
    pub const fn payload(self) -> Addr {
        self.0
    }

    /// Returns where the header is, which is where the block starts.
    #[inline(always)]
    pub fn header_addr(self) -> Addr {
        self.0 - WORD_BYTES
    }

    /// Returns where the footer is if the block has `size` bytes.
    #[inline(always)]
    pub fn footer_addr(self, size: u32) -> Addr {
        self.0 + size - 2 * WORD_BYTES
    }

    /// Returns the block behind this one, which has `size` bytes.
    #[inline(always)]
    pub fn next(self, size: u32) -> Block {
        Block(self.0 + size)
    }

    /// Returns the block before this one. Right only if the block before has a footer.
    #[inline(always)]
    #[track_caller]
    pub fn prev<P: Probe>(self, arena: &Arena<P>) -> Block {
        Block(self.0 - self.prev_footer(arena).size())
    }

    /// Returns the header.
    #[inline(always)]
    #[track_caller]
    pub fn header<P: Probe>(self, arena: &Arena<P>) -> Tag {
        Tag::from_word(arena.load(self.header_addr()))
    }

    /// Returns the footer of the block before this one. Right only if that block has one.
    #[inline(always)]
    #[track_caller]
    pub fn prev_footer<P: Probe>(self, arena: &Arena<P>) -> Tag {
        Tag::from_word(arena.load(self.0 - 2 * WORD_BYTES))
    }

    /// Writes the header.
    #[inline(always)]
    #[track_caller]
    pub fn set_header<P: Probe>(self, arena: &mut Arena<P>, tag: Tag) {
        arena.store(self.header_addr(), tag.to_word());
    }

    /// Writes the footer where `tag.size()` puts it.
    #[inline(always)]
    #[track_caller]
    pub fn set_footer<P: Probe>(self, arena: &mut Arena<P>, tag: Tag) {
        arena.store(self.footer_addr(tag.size()), tag.to_word());
    }

    /// Writes the same tag as header and footer.
    #[inline(always)]
    #[track_caller]
    pub fn set_tags<P: Probe>(self, arena: &mut Arena<P>, tag: Tag) {
        self.set_header(arena, tag);
        self.set_footer(arena, tag);
    }

    /// Writes into the header whether the block before this one is allocated.
    #[inline(always)]
    #[track_caller]
    pub fn set_prev_allocated<P: Probe>(self, arena: &mut Arena<P>, prev_allocated: bool) {
        let tag = self.header(arena).with_prev_allocated(prev_allocated);
        self.set_header(arena, tag);
    }

    /// Returns the allocated block whose payload is at `payload`, and its header, as far
    /// as the address and the header can show; `first` is the first block of the heap. A
    /// design that has a second witness (a footer, or the bit in the next header that is
    /// about this block) must check it too.
    ///
    /// # Errors
    /// A [`PointerFault`] that says why `payload` can't be an allocated payload.
    #[inline(always)]
    #[track_caller]
    pub fn allocated_at<P: Probe>(
        payload: Addr,
        first: Block,
        align_bytes: u32,
        arena: &Arena<P>,
    ) -> Result<(Block, Tag), HeapError> {
        let block = Block(payload);
        // Addresses below `first` wrap to large offsets.
        if payload - first.0 >= arena.brk() - first.0 {
            return Err(PointerFault::OutsideHeap.at(payload));
        }
        if !payload.is_aligned_to(align_bytes) {
            return Err(PointerFault::Misaligned.at(payload));
        }
        let tag = block.header(arena);
        if !tag.is_held() {
            return Err(PointerFault::NotAllocated.at(payload));
        }
        // A block is not empty, ends at a multiple of the alignment, and ends inside the heap.
        let leads_nowhere = tag.size() == 0 || tag.size() > arena.brk() - payload;
        if leads_nowhere || !tag.size().is_multiple_of(align_bytes) {
            return Err(PointerFault::NotABlock.at(payload));
        }
        Ok((block, tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_arena::host;

    #[test]
    fn neighbours_are_found_by_tags() {
        let mut arena = host::machine().unwrap();
        let start = arena.sbrk(4096).unwrap();
        let a = Block::at(start + 16);
        a.set_tags(&mut arena, Tag::free(32));
        let b = a.next(32);
        assert_eq!(b.payload() - a.payload(), 32);
        assert_eq!(b.prev(&arena), a);
        assert_eq!(a.footer_addr(32), b.header_addr() - 4);
        b.set_tags(&mut arena, Tag::allocated(48));
        b.set_prev_allocated(&mut arena, false);
        assert_eq!(b.header(&arena).size(), 48);
    }
}
