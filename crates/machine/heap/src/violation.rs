//! The invariants, numbered.

use crate::Tag;
use heaplab_arena::Addr;
use std::fmt;

/// An invariant of the heap that does not hold, and where. Block addresses are
/// payload addresses.
///
/// The numbers are the ones used in the docs, in comments where an invariant
/// is asserted, and in error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// I1: blocks tile the heap: each ends where the next begins, the last at
    /// the epilogue.
    Gap {
        /// The block that does not lead to the next.
        block: Addr,
        /// Its size in bytes.
        size: u32,
    },
    /// I2: a block's size is a multiple of the alignment and at least the
    /// minimum.
    Size {
        /// The block.
        block: Addr,
        /// Its size in bytes.
        size: u32,
        /// The smallest block in bytes.
        minimum: u32,
    },
    /// I3: header and footer agree, where there is a footer.
    Footer {
        /// The block.
        block: Addr,
        /// Its header.
        header: Tag,
        /// Its footer.
        footer: Tag,
    },
    /// I4: a header's fact about the block before it is true.
    PrevAllocated {
        /// The block whose header is wrong.
        block: Addr,
        /// What the header says.
        says: bool,
    },
    /// I5: no two free blocks are adjacent, where coalescing is immediate.
    Uncoalesced {
        /// The first of the two.
        block: Addr,
    },
    /// I6: payloads are aligned.
    Misaligned {
        /// The block.
        block: Addr,
        /// The alignment in bytes.
        align_bytes: u32,
    },
    /// I7: the prologue is in place.
    Prologue {
        /// Where it should be.
        at: Addr,
    },
    /// I7: the epilogue is in place.
    Epilogue {
        /// Where it should be.
        at: Addr,
        /// What is there.
        found: Tag,
    },
    /// I8: every free block is on a list.
    NotListed {
        /// The free block that is not on a list.
        block: Addr,
    },
    /// I8: everything on a list is a free block, once.
    NotAFreeBlock {
        /// The list.
        list: u32,
        /// What is on it.
        block: Addr,
    },
    /// I8: a block is on a list once.
    ListedTwice {
        /// The block.
        block: Addr,
    },
    /// I9: links are mutual: the next block links back to this one.
    Link {
        /// The list.
        list: u32,
        /// The block whose next does not point back.
        block: Addr,
        /// Its next.
        next: Addr,
    },
    /// I10: a block is on the list of its size class.
    WrongClass {
        /// The list it is on.
        list: u32,
        /// The block.
        block: Addr,
        /// The list it belongs on.
        class: u32,
    },
    /// I11: the bitmap says which lists have blocks.
    Bitmap {
        /// The list.
        list: u32,
        /// What the bitmap says.
        says: bool,
    },
    /// I12: the list is in the order that the policy promises.
    Order {
        /// The list.
        list: u32,
        /// The block that is out of order.
        block: Addr,
    },
    /// I13: what the allocator remembers between calls (next fit's rover, the
    /// top block) is a block of the heap.
    Remembered {
        /// What the allocator remembers.
        what: &'static str,
        /// The address.
        addr: Addr,
    },
    /// The heap's own check, of which no more is known, says that the heap is not sound.
    OwnCheck,
    /// I14: the allocator's own count agrees with the count of a walk.
    Count {
        /// What the allocator counts.
        what: &'static str,
        /// What the allocator remembers.
        remembered: u32,
        /// What a walk finds.
        found: u32,
    },
}

impl Violation {
    /// Returns the invariant's number; 0 for [`Violation::OwnCheck`].
    pub fn number(&self) -> u32 {
        match self {
            Violation::Gap { .. } => 1,
            Violation::Size { .. } => 2,
            Violation::Footer { .. } => 3,
            Violation::PrevAllocated { .. } => 4,
            Violation::Uncoalesced { .. } => 5,
            Violation::Misaligned { .. } => 6,
            Violation::Prologue { .. } | Violation::Epilogue { .. } => 7,
            Violation::NotListed { .. }
            | Violation::NotAFreeBlock { .. }
            | Violation::ListedTwice { .. } => 8,
            Violation::Link { .. } => 9,
            Violation::WrongClass { .. } => 10,
            Violation::Bitmap { .. } => 11,
            Violation::Order { .. } => 12,
            Violation::Remembered { .. } => 13,
            Violation::Count { .. } => 14,
            Violation::OwnCheck => 0,
        }
    }
}

impl Violation {
    /// Returns where to look: a block's payload, or the word itself. Null if the
    /// violation has no single place.
    pub fn addr(&self) -> Addr {
        match *self {
            Violation::Gap { block, .. }
            | Violation::Size { block, .. }
            | Violation::Footer { block, .. }
            | Violation::PrevAllocated { block, .. }
            | Violation::Uncoalesced { block }
            | Violation::Misaligned { block, .. }
            | Violation::NotListed { block }
            | Violation::NotAFreeBlock { block, .. }
            | Violation::ListedTwice { block }
            | Violation::Link { block, .. }
            | Violation::WrongClass { block, .. }
            | Violation::Order { block, .. } => block,
            Violation::Prologue { at } | Violation::Epilogue { at, .. } => at,
            Violation::Remembered { addr, .. } => addr,
            Violation::Bitmap { .. } | Violation::Count { .. } | Violation::OwnCheck => Addr::NULL,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self != Violation::OwnCheck {
            write!(f, "I{}: ", self.number())?;
        }
        match self {
            Violation::OwnCheck => f.write_str("it says that the heap is not sound"),
            Violation::Gap { block, size } => {
                write!(f, "block {block} of {size} bytes does not end where another begins")
            }
            Violation::Size { block, size, minimum } => write!(
                f,
                "block {block} has size {size}, not a multiple of the alignment and at least {minimum}"
            ),
            Violation::Footer { block, header, footer } => {
                write!(f, "block {block} has the header ({header}) and the footer ({footer})")
            }
            Violation::PrevAllocated { block, says } => write!(
                f,
                "the header of block {block} says that the block before it is {}, which is wrong",
                if *says { "allocated" } else { "free" }
            ),
            Violation::Uncoalesced { block } => {
                write!(f, "block {block} and the block behind it are both free")
            }
            Violation::Misaligned { block, align_bytes } => {
                write!(f, "payload {block} is not a multiple of {align_bytes}")
            }
            Violation::Prologue { at } => write!(f, "the prologue at {at} was overwritten"),
            Violation::Epilogue { at, found } => {
                write!(f, "the epilogue at {at} was overwritten: found ({found})")
            }
            Violation::NotListed { block } => write!(f, "free block {block} is on no list"),
            Violation::NotAFreeBlock { list, block } => {
                write!(f, "list {list} holds {block}, which is not a free block")
            }
            Violation::ListedTwice { block } => write!(f, "block {block} is listed twice"),
            Violation::Link { list, block, next } => {
                write!(f, "on list {list}, block {block} links to {next}, which does not link back")
            }
            Violation::WrongClass { list, block, class } => {
                write!(f, "block {block} is on list {list}, its size belongs on {class}")
            }
            Violation::Bitmap { list, says } => write!(
                f,
                "the bitmap says that list {list} {}, which is wrong",
                if *says { "has blocks" } else { "is empty" }
            ),
            Violation::Order { list, block } => {
                write!(f, "block {block} is out of order on list {list}")
            }
            Violation::Remembered { what, addr } => {
                write!(f, "the {what} {addr} is not a block of the heap")
            }
            Violation::Count { what, remembered, found } => {
                write!(f, "the heap remembers {remembered} {what}, a walk finds {found}")
            }
        }
    }
}

impl std::error::Error for Violation {}
