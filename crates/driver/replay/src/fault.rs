//! What can be wrong with a heap's answers: one variant for each fault, and its message (module
//! `words`).

use crate::access::{BadAccess, Call, EndlessLoop, Owner, Place};
use crate::evidence::{BadAccount, Dirty, Held, TooLarge, When};
use crate::flaw::Flaw;
use crate::miscount::Miscount;
use crate::other::Other;
use heaplab_arena::Addr;
use heaplab_heap::{HeapError, Violation};
use heaplab_trace::{Op, Trace};

mod words;

pub(crate) use words::in_second_run;

/// Something that a heap did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The operation; `None` if the fault is not that of a single operation.
    pub at: Option<At>,
    /// What is wrong.
    pub kind: Kind,
}

/// An operation of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its index, from 0.
    pub op_index: usize,
    /// Its line in the trace's file, from 1.
    pub line: u32,
    /// The operation.
    pub op: Op,
}

impl At {
    /// Returns the operation with this index.
    pub(crate) fn of(trace: &Trace, op_index: usize) -> At {
        At { op_index, line: trace.line(op_index), op: trace.ops()[op_index] }
    }
}

/// What is wrong. [`Kind::code`] gives each a stable name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The heap's value is too large: lists and tables belong in the heap segment.
    StructTooLarge {
        /// Its bytes, the machine not counted.
        bytes: usize,
        /// The most allowed.
        limit: usize,
    },
    /// Not even an empty heap could be set up.
    NotBuilt {
        /// The heap limit in bytes: `sbrk` fails beyond it.
        limit_bytes: u32,
    },
    /// A request was refused because the heap can't grow.
    OutOfMemory {
        /// Bytes asked for.
        size: u32,
        /// Bytes in the heap segment now.
        heap_bytes: u32,
        /// The heap limit in bytes: `sbrk` fails beyond it.
        limit_bytes: u32,
        /// Requested bytes that are live.
        live_bytes: u64,
    },
    /// A call was refused that should have worked.
    Refused(HeapError),
    /// Null for a request of at least one byte.
    Null,
    /// Not null for `realloc(p, 0)`, which frees.
    NotNull {
        /// What was returned.
        addr: Addr,
    },
    /// A payload is not aligned.
    Misaligned {
        /// The payload.
        addr: Addr,
        /// The alignment asked for, in bytes.
        align_bytes: u32,
    },
    /// A payload is not all inside the heap segment.
    OutsideHeap {
        /// The payload.
        addr: Addr,
        /// Its requested bytes.
        size: u32,
        /// Where the heap segment starts.
        start: Addr,
        /// Where it ends: the break.
        end: Addr,
    },
    /// A payload shares bytes with another live one.
    Overlap {
        /// The payload.
        addr: Addr,
        /// Its requested bytes.
        size: u32,
        /// A block it shares bytes with.
        other: Other,
    },
    /// `usable_size` is smaller than the request.
    UsableSize {
        /// The payload.
        addr: Addr,
        /// What `usable_size` returned.
        answer: Result<u32, HeapError>,
        /// Bytes asked for.
        size: u32,
    },
    /// `usable_size` is larger than the block can be.
    UsableTooLarge {
        /// The payload.
        addr: Addr,
        /// Bytes asked for.
        size: u32,
        /// What `usable_size` returned.
        usable: u32,
        /// What shows that it is too large.
        why: TooLarge,
    },
    /// The heap's blocks do not account for its bytes: a block is lost, or what the heap says of
    /// its blocks can't be true.
    Miscounted(Box<BadAccount>),
    /// `calloc` left a byte that is not zero.
    NotZeroed {
        /// The payload.
        addr: Addr,
        /// Which byte of the payload.
        offset: usize,
        /// The byte that was found.
        found: u8,
    },
    /// `realloc` did not keep the block's bytes.
    LostByRealloc {
        /// Where the payload was.
        from: Addr,
        /// Where it is now.
        to: Addr,
        /// The first byte of the payload that is not what it was.
        offset: usize,
        /// How many bytes should have been kept.
        kept: u32,
    },
    /// The bytes of a live block were changed, and not by the program.
    Trampled {
        /// The block.
        block: Other,
        /// The first byte of its payload that was changed.
        offset: usize,
        /// What the program wrote there.
        expected: u8,
        /// What is there.
        found: u8,
        /// When it was found.
        when: When,
    },
    /// The allocator stored a word outside the heap segment.
    StrayStore {
        /// Where.
        addr: Addr,
        /// Where the heap segment starts.
        start: Addr,
        /// Where it ends: the break.
        end: Addr,
    },
    /// The heap's own `check` found an invariant that does not hold.
    Check(Violation),
    /// A load or store that breaks a rule, stopped before it happened.
    Access(Box<BadAccess>),
    /// A negative `sbrk` that would give back a live payload.
    ShrinkLive {
        /// What `sbrk` was called with.
        increment: i32,
        /// The new break.
        new: Addr,
        /// A block that would lie past it.
        block: Option<Other>,
        /// The allocator's line.
        place: Place,
    },
    /// A call takes too many steps.
    EndlessLoop(Box<EndlessLoop>),
    /// A call with a bad pointer, tried between operations, that did not end as it must.
    BadPointer(Box<BadPointer>),
    /// The heap panicked.
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// A call failed, as it may, but changed what it had to leave alone.
    FailedDirty {
        /// The block that a failed realloc must leave as it was.
        block: Other,
        /// What is wrong with it now.
        what: Dirty,
    },
    /// A second run on a fresh machine gave another answer: the heap still remembers something of
    /// the first run.
    SecondRun {
        /// The first run's answer; null for a call that returns nothing.
        first: Addr,
        /// The second run's.
        second: Result<Addr, HeapError>,
    },
    /// Native code, whose variables had the values that the first run left, was at fault in a
    /// second run on a fresh machine.
    SecondRunFault(Box<Kind>),
    /// A second run on a fresh machine gave the same answers, but other figures.
    SecondRunFigure(FigureDiffers),
}

/// A figure of a run that the second run does not repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureDiffers {
    /// What is counted, in the plural.
    pub what: &'static str,
    /// The first run's.
    pub first: u64,
    /// The second run's.
    pub second: u64,
}

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

/// What a heap did with a bad pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It accepted the pointer; `usable_size` gave this answer.
    Accepted(Option<u32>),
    /// It refused the pointer, but a byte of the heap was changed.
    Changed {
        /// The first changed byte, or the first block that `blocks` shows changed.
        at: Addr,
    },
    /// It refused the pointer, but the break was moved.
    BreakMoved {
        /// Where the break was.
        from: Addr,
        /// Where it is.
        to: Addr,
    },
    /// It was stopped: a bad access, an endless loop, a panic.
    Stopped(Kind),
}

impl From<Miscount> for Kind {
    fn from(miscount: Miscount) -> Kind {
        Kind::Miscounted(Box::new(BadAccount { miscount, held: Held::Unknown }))
    }
}

impl Kind {
    /// Returns a stable name, for programs that read reports.
    pub fn code(&self) -> &'static str {
        match self {
            Kind::StructTooLarge { .. } => "struct-too-large",
            Kind::NotBuilt { .. } => "not-built",
            Kind::OutOfMemory { .. } => "out-of-memory",
            Kind::Refused(_) => "refused",
            Kind::Null => "null",
            Kind::NotNull { .. } => "not-null",
            Kind::Misaligned { .. } => "misaligned",
            Kind::OutsideHeap { .. } => "outside-heap",
            Kind::Overlap { addr, other, .. } if *addr == other.addr => "still-live",
            Kind::Overlap { .. } => "overlap",
            Kind::UsableSize { .. } => "usable-size",
            Kind::UsableTooLarge { .. } => "usable-too-large",
            Kind::Miscounted(account) => account.miscount.code(),
            Kind::NotZeroed { .. } => "not-zeroed",
            Kind::LostByRealloc { .. } => "lost-by-realloc",
            Kind::Trampled { .. } => "trampled",
            Kind::StrayStore { .. } => "stray-store",
            Kind::Check(_) => "check",
            Kind::Access(access) => access.code(),
            Kind::ShrinkLive { .. } => "shrink-live",
            Kind::EndlessLoop(_) => "endless-loop",
            Kind::BadPointer(bad) => bad.code(),
            Kind::Panicked { .. } => "panic",
            Kind::FailedDirty { .. } => "failed-dirty",
            Kind::SecondRun { .. } | Kind::SecondRunFigure(_) | Kind::SecondRunFault(_) => {
                "second-run"
            }
        }
    }

    /// Returns the other block that the message names, if any.
    pub fn other(&self) -> Option<Other> {
        match self {
            Kind::Overlap { other, .. }
            | Kind::UsableTooLarge { why: TooLarge::Shared { other, .. }, .. } => Some(*other),
            Kind::Miscounted(account) => match account.held {
                Held::Now(block) | Held::Once { block, .. } => Some(block),
                Held::Never | Held::Unknown => None,
            },
            Kind::ShrinkLive { block, .. } => *block,
            Kind::Trampled { block, .. } | Kind::FailedDirty { block, .. } => Some(*block),
            Kind::Access(access) => access.owner.map(|owner: Owner| owner.block),
            Kind::BadPointer(bad) => bad.flaw.block(),
            _ => None,
        }
    }

    /// Returns the line of the allocator's source, if it is known.
    pub fn place(&self) -> Option<Place> {
        match self {
            Kind::Access(access) => Some(access.place),
            Kind::ShrinkLive { place, .. } => Some(*place),
            Kind::UsableTooLarge { why: TooLarge::Read { place, .. }, .. } => Some(*place),
            Kind::EndlessLoop(endless) => endless.cycle.first().map(|step| step.place),
            Kind::BadPointer(bad) => bad.stopped_by().and_then(Kind::place),
            Kind::SecondRunFault(kind) => kind.place(),
            _ => None,
        }
    }

    /// Returns the address that the fault is about, if there is one.
    pub fn addr(&self) -> Option<Addr> {
        match self {
            Kind::NotNull { addr }
            | Kind::Misaligned { addr, .. }
            | Kind::OutsideHeap { addr, .. }
            | Kind::Overlap { addr, .. }
            | Kind::UsableSize { addr, .. }
            | Kind::UsableTooLarge { addr, .. }
            | Kind::NotZeroed { addr, .. }
            | Kind::StrayStore { addr, .. } => Some(*addr),
            Kind::LostByRealloc { to, .. } => Some(*to),
            Kind::Miscounted(account) => Some(account.miscount.addr()),
            Kind::Trampled { block, offset, .. } => Some(block.addr + *offset as u32),
            Kind::Access(access) => Some(access.at),
            Kind::ShrinkLive { new, .. } => Some(*new),
            Kind::FailedDirty { block, .. } => Some(block.addr),
            Kind::EndlessLoop(endless) => endless.cycle.first().map(|step| step.addr),
            Kind::BadPointer(bad) => Some(bad.pointer()),
            Kind::Check(violation) => Some(violation.addr()),
            Kind::SecondRun { first, .. } => Some(*first),
            Kind::StructTooLarge { .. }
            | Kind::NotBuilt { .. }
            | Kind::OutOfMemory { .. }
            | Kind::Refused(_)
            | Kind::Null
            | Kind::SecondRunFigure(_)
            | Kind::SecondRunFault(_)
            | Kind::Panicked { .. } => None,
        }
    }
}

impl BadPointer {
    /// Returns a stable name, for programs that read reports.
    pub(crate) fn code(&self) -> &'static str {
        match &self.wrong {
            Wrong::Accepted(_) => "bad-pointer-accepted",
            Wrong::Changed { .. } | Wrong::BreakMoved { .. } => "bad-pointer-changed",
            Wrong::Stopped(Kind::Panicked { .. }) => "bad-pointer-panic",
            Wrong::Stopped(Kind::EndlessLoop(_)) => "bad-pointer-loop",
            Wrong::Stopped(_) => "bad-pointer-access",
        }
    }

    /// Returns the pointer.
    pub(crate) fn pointer(&self) -> Addr {
        match self.call {
            Call::Free { payload } | Call::Realloc { payload, .. } => payload,
            Call::UsableSize { payload } => payload,
            _ => Addr::NULL,
        }
    }

    /// Returns what stopped the heap, if it was stopped.
    pub(crate) fn stopped_by(&self) -> Option<&Kind> {
        match &self.wrong {
            Wrong::Stopped(kind) => Some(kind),
            _ => None,
        }
    }
}

impl std::error::Error for Fault {}
