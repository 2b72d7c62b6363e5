//! What is bad about a pointer that the checked machine tries.
//!
//! Programs free blocks twice, and free pointers that are not theirs. The contract asks for an
//! error where the tags can show it, and for a heap that stays as it was. A trace can't contain
//! these calls: the checked machine makes them itself, between operations.

use crate::other::{Other, bytes};
use heaplab_arena::Addr;
use std::fmt;

/// What is bad about a pointer. A heap can see each kind by its tags, by where its blocks are, and
/// by the alignment. What is in front of a pointer into a live payload is up to the program: here
/// it is zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The operation before has freed the payload.
    FreedNow {
        /// The freed block.
        block: Other,
    },
    /// The heap's own `blocks` show a free block with that payload.
    Free {
        /// Where the free block starts.
        start: Addr,
        /// Bytes in it.
        size: u32,
    },
    /// It is not a multiple of the alignment.
    Misaligned {
        /// The live block that it points into.
        block: Other,
        /// How far into its payload.
        offset: u32,
    },
    /// It is aligned and points into a live payload.
    Inside {
        /// The live block.
        block: Other,
        /// How far into its payload.
        offset: u32,
    },
    /// It is inside the heap segment, before the payload of the first block, where a
    /// heap keeps its lists.
    BeforeFirst {
        /// The first block's payload.
        first: Addr,
    },
    /// It is outside the heap segment.
    Outside {
        /// Where the segment starts.
        start: Addr,
        /// Where it ends: the break.
        end: Addr,
    },
}

impl Flaw {
    /// Returns a stable name of this kind of pointer.
    pub fn name(&self) -> &'static str {
        match self {
            Flaw::FreedNow { .. } => "freed",
            Flaw::Free { .. } => "free",
            Flaw::Misaligned { .. } => "misaligned",
            Flaw::Inside { .. } => "inside",
            Flaw::BeforeFirst { .. } => "before-first",
            Flaw::Outside { .. } => "outside",
        }
    }

    /// Returns the program's block that the pointer is about, if there is one.
    pub fn block(&self) -> Option<Other> {
        match self {
            Flaw::FreedNow { block }
            | Flaw::Misaligned { block, .. }
            | Flaw::Inside { block, .. } => Some(*block),
            Flaw::Free { .. } | Flaw::BeforeFirst { .. } | Flaw::Outside { .. } => None,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::FreedNow { block } => write!(f, "where this operation freed {block}"),
            Flaw::Free { size, .. } => write!(
                f,
                "the payload of a block of {} that the heap's blocks() shows as free",
                bytes((*size).into())
            ),
            Flaw::Misaligned { block, offset } => {
                write!(f, "misaligned, {} into {block}", bytes((*offset).into()))
            }
            Flaw::Inside { block, offset } => write!(
                f,
                "{} into {block}, where the payload is zero on both sides",
                bytes((*offset).into())
            ),
            Flaw::BeforeFirst { first } => {
                write!(f, "before the first block, whose payload is at {first}")
            }
            Flaw::Outside { start, end } => {
                write!(f, "outside the heap, which is {start} to {end}")
            }
        }
    }
}
