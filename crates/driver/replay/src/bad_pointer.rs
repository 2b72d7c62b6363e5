//! What a heap did wrong with a pointer that is not the payload of a live block.
//!
//! Programs free twice, and free what is not theirs. The contract asks for an error
//! where the tags can show it, and for a heap that is as it was before. No trace has
//! such calls: the checked machine makes them itself, between operations.

use crate::access::Call;
use crate::fault::Kind;
use crate::other::{Other, bytes};
use heaplab_arena::Addr;
use std::fmt;

/// A call with a bad pointer that did not end as it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPointer {
    /// The call, with the pointer.
    pub call: Call,
    /// What is bad about the pointer.
    pub flaw: Flaw,
    /// What the heap did.
    pub wrong: Wrong,
}

/// What is bad about a pointer. Every kind is one that a heap can see by its tags, by
/// where its blocks are, and by the alignment: what a pointer into a live payload
/// finds in front of it is up to the program, and here it finds zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The operation before has freed it.
    FreedNow {
        /// What it was.
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
        /// How far.
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

/// What a heap did with a bad pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It took it; `usable_size` gave this answer.
    Accepted(Option<u32>),
    /// It refused it, and a byte of the heap is not what it was.
    Changed {
        /// The first changed byte, or the first block that `blocks` shows changed.
        at: Addr,
    },
    /// It refused it, and the break is not where it was.
    BreakMoved {
        /// Where the break was.
        from: Addr,
        /// Where it is.
        to: Addr,
    },
    /// It was stopped: a bad access, an endless loop, a panic.
    Stopped(Kind),
}

impl BadPointer {
    /// A stable name, for programs that read reports.
    pub(crate) fn code(&self) -> &'static str {
        match &self.wrong {
            Wrong::Accepted(_) => "bad-pointer-accepted",
            Wrong::Changed { .. } | Wrong::BreakMoved { .. } => "bad-pointer-changed",
            Wrong::Stopped(Kind::Panicked { .. }) => "bad-pointer-panic",
            Wrong::Stopped(Kind::EndlessLoop(_)) => "bad-pointer-loop",
            Wrong::Stopped(_) => "bad-pointer-access",
        }
    }

    /// The pointer.
    pub(crate) fn pointer(&self) -> Addr {
        match self.call {
            Call::Free { payload } | Call::Realloc { payload, .. } => payload,
            Call::UsableSize { payload } => payload,
            _ => Addr::NULL,
        }
    }

    /// What stopped the heap, if it was stopped.
    pub(crate) fn stopped_by(&self) -> Option<&Kind> {
        match &self.wrong {
            Wrong::Stopped(kind) => Some(kind),
            _ => None,
        }
    }
}

impl Flaw {
    /// A stable name of this kind of pointer.
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

    /// The block of the program that the pointer is about, if it is about one.
    pub fn block(&self) -> Option<Other> {
        match self {
            Flaw::FreedNow { block }
            | Flaw::Misaligned { block, .. }
            | Flaw::Inside { block, .. } => Some(*block),
            Flaw::Free { .. } | Flaw::BeforeFirst { .. } | Flaw::Outside { .. } => None,
        }
    }
}

/// `a bad pointer, tried after this operation: free(0x10010), ...`.
impl fmt::Display for BadPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadPointer { call, flaw, wrong } = self;
        write!(
            f,
            "a bad pointer, tried after this operation: {call}, {flaw}; "
        )?;
        match wrong {
            Wrong::Accepted(None) => write!(f, "the heap accepts it, and must refuse it"),
            Wrong::Accepted(Some(answer)) => {
                write!(f, "the heap answers {answer}, and must refuse it")
            }
            Wrong::Changed { at } => write!(
                f,
                "the heap refuses it, and is not as it was before: it is changed at {at}"
            ),
            Wrong::BreakMoved { from, to } => write!(
                f,
                "the heap refuses it, and is not as it was before: the break moved from {from} to {to}"
            ),
            Wrong::Stopped(kind) => write!(f, "the heap must refuse it, but {kind}"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::FreedNow { block } => write!(f, "where this operation freed {block}"),
            Flaw::Free { start, size } => write!(
                f,
                "the payload of a block that the heap's blocks() shows as free, {} at {start}",
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
