//! A boundary tag: one word that says how large a block is and whether it is
//! in use.

use std::fmt;

/// A block's size and three flags, packed into a word (CS:APP 9.9.6; Knuth 1973).
///
/// ```text
///  31                                3  2   1   0
/// +-----------------------------------+---+---+---+
/// | block size in bytes, low bits 0   | q | p | a |
/// +-----------------------------------+---+---+---+
///                                       |   |   +-- a: this block is allocated
///                                       |   +------ p: the block before it is allocated
///                                       +---------- q: freed, on a quick list
/// ```
///
/// Sizes are multiples of 8, so the three low bits can hold flags. The size counts
/// the whole block, with its tags. Because of `p`, an allocated block needs no
/// footer: a footer is read only to find the block before, and only if that block is
/// free. `q` is for designs that defer coalescing: a block with `a` and `q` can be
/// allocated again, but its neighbours can't merge with it yet, because to them it
/// is allocated.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Tag(u32);

const ALLOCATED: u32 = 0b001;
const PREV_ALLOCATED: u32 = 0b010;
const QUICK: u32 = 0b100;
const FACTS: u32 = 0b111;

impl Tag {
    /// The end of the heap: an allocated block of size 0.
    pub const EPILOGUE: Tag = Tag(ALLOCATED);

    /// Returns the tag of an allocated block of `size` bytes, a multiple of 8.
    #[inline(always)]
    #[track_caller]
    pub fn allocated(size: u32) -> Tag {
        debug_assert!(size & FACTS == 0, "block sizes are multiples of 8, and {size} is not");
        Tag(size | ALLOCATED)
    }

    /// Returns the tag of a free block of `size` bytes, a multiple of 8.
    #[inline(always)]
    #[track_caller]
    pub fn free(size: u32) -> Tag {
        debug_assert!(size & FACTS == 0, "block sizes are multiples of 8, and {size} is not");
        Tag(size)
    }

    /// Returns the same tag, with the bit for the block before set or cleared.
    #[inline(always)]
    pub const fn with_prev_allocated(self, prev_allocated: bool) -> Tag {
        if prev_allocated { Tag(self.0 | PREV_ALLOCATED) } else { Tag(self.0 & !PREV_ALLOCATED) }
    }

    /// Returns the same tag, with another size, a multiple of 8.
    #[inline(always)]
    #[track_caller]
    pub fn with_size(self, size: u32) -> Tag {
        debug_assert!(size & FACTS == 0, "block sizes are multiples of 8, and {size} is not");
        Tag(size | (self.0 & FACTS))
    }

    /// Returns the bytes in the whole block.
    #[inline(always)]
    pub const fn size(self) -> u32 {
        self.0 & !FACTS
    }

    /// Returns whether the block is allocated.
    #[inline(always)]
    pub const fn is_allocated(self) -> bool {
        self.0 & ALLOCATED != 0
    }

    /// Returns whether the block is free.
    #[inline(always)]
    pub const fn is_free(self) -> bool {
        !self.is_allocated()
    }

    /// Returns whether the block before is allocated.
    #[inline(always)]
    pub const fn is_prev_allocated(self) -> bool {
        self.0 & PREV_ALLOCATED != 0
    }

    /// Returns the same tag, with the bit for a quick list set or cleared.
    #[inline(always)]
    pub const fn with_quick(self, quick: bool) -> Tag {
        if quick { Tag(self.0 | QUICK) } else { Tag(self.0 & !QUICK) }
    }

    /// Returns whether the block was freed and is on a quick list.
    #[inline(always)]
    pub const fn is_quick(self) -> bool {
        self.0 & QUICK != 0
    }

    /// Returns whether the program holds the block: allocated, and not on a quick list.
    #[inline(always)]
    pub const fn is_held(self) -> bool {
        self.0 & (ALLOCATED | QUICK) == ALLOCATED
    }

    /// Returns whether this is an epilogue; the bit for the block before does not matter.
    #[inline(always)]
    pub const fn is_epilogue(self) -> bool {
        self.0 & !PREV_ALLOCATED == ALLOCATED
    }

    /// Returns the tag that is stored in a word of memory.
    #[inline(always)]
    pub const fn from_word(word: u32) -> Tag {
        Tag(word)
    }

    /// Returns the word to store.
    #[inline(always)]
    pub const fn to_word(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match (self.is_allocated(), self.is_quick()) {
            (false, _) => "free",
            (true, false) => "allocated",
            (true, true) => "free, quick",
        };
        write!(f, "{} {status}", self.size())?;
        if self.is_prev_allocated() {
            write!(f, ", previous allocated")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CS:APP 9.9.6: a block of 24 (0x18) bytes has the header 0x19 when
    /// allocated, one of 40 (0x28) has 0x28 when free.
    #[test]
    fn headers_are_as_in_the_book() {
        assert_eq!(Tag::allocated(0x18).to_word(), 0x19);
        assert_eq!(Tag::free(0x28).to_word(), 0x28);
    }

    #[test]
    fn the_size_and_the_flags_of_a_tag_are_independent() {
        let tag = Tag::allocated(4096).with_prev_allocated(true);
        assert_eq!((tag.size(), tag.is_allocated(), tag.is_prev_allocated()), (4096, true, true));
        let tag = tag.with_size(64);
        assert_eq!((tag.size(), tag.is_allocated(), tag.is_prev_allocated()), (64, true, true));
        assert!(!tag.with_prev_allocated(false).is_prev_allocated());
        assert!(Tag::EPILOGUE.with_prev_allocated(true).is_epilogue());
        assert!(!Tag::free(0).is_epilogue());
        assert_eq!(tag.to_string(), "64 allocated, previous allocated");
    }
}
