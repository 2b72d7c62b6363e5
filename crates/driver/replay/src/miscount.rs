//! Why a heap's blocks do not account for its bytes.

use heaplab_arena::Addr;
use heaplab_heap::HeapError;
use std::fmt;

/// Why an account fails: what a heap says about its blocks can't be true, or a block is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miscount {
    /// A block of size 0.
    Empty {
        /// Where it starts.
        start: Addr,
    },
    /// A block begins inside the one before it, or before the heap.
    Overlap {
        /// Where it starts.
        start: Addr,
        /// Where the block before it ends, or the heap starts.
        end_before: Addr,
    },
    /// A block ends past the break.
    PastBreak {
        /// Where it starts.
        start: Addr,
        /// Its bytes.
        size: u32,
        /// The break.
        brk: Addr,
    },
    /// A block's payload is not inside it.
    PayloadElsewhere {
        /// Where it starts.
        start: Addr,
        /// Its bytes.
        size: u32,
        /// Where the heap says that its payload is.
        payload: Addr,
    },
    /// The program holds a payload that no allocated block has.
    NoBlock {
        /// The payload.
        payload: Addr,
        /// Its requested bytes.
        size: u32,
    },
    /// A block that the heap shows as allocated, but the program holds nothing in it.
    NotHeld {
        /// Its payload.
        payload: Addr,
        /// Its bytes.
        size: u32,
    },
    /// `usable_size` of an allocated block is below the request, above what the block has, or an
    /// error.
    Usable {
        /// The block's payload.
        payload: Addr,
        /// What `usable_size` returned.
        answer: Result<u32, HeapError>,
        /// Bytes asked for.
        requested: u32,
        /// Bytes from the payload to the end of the block.
        room: u32,
    },
}

impl Miscount {
    /// Returns a stable name for what is wrong.
    pub fn code(&self) -> &'static str {
        match self {
            Miscount::NotHeld { .. } => "leaked",
            Miscount::NoBlock { .. } => "no-block",
            Miscount::Usable { answer: Ok(answer), room, .. } if answer > room => {
                "usable-too-large"
            }
            Miscount::Usable { .. } => "usable-size",
            Miscount::Empty { .. }
            | Miscount::Overlap { .. }
            | Miscount::PastBreak { .. }
            | Miscount::PayloadElsewhere { .. } => "blocks",
        }
    }

    /// Returns the address that it is about: a payload, or where a block starts.
    pub fn addr(&self) -> Addr {
        match *self {
            Miscount::Empty { start }
            | Miscount::Overlap { start, .. }
            | Miscount::PastBreak { start, .. }
            | Miscount::PayloadElsewhere { start, .. } => start,
            Miscount::NoBlock { payload, .. }
            | Miscount::NotHeld { payload, .. }
            | Miscount::Usable { payload, .. } => payload,
        }
    }
}

impl fmt::Display for Miscount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code() == "blocks" {
            write!(f, "the heap's blocks() do not add up: ")?;
        }
        match self {
            Miscount::Empty { start } => write!(f, "the block at {start} has size 0"),
            Miscount::Overlap { start, end_before } => write!(
                f,
                "the block at {start} begins before {end_before}, where the one before it ends or the heap starts; blocks come by rising address"
            ),
            Miscount::PastBreak { start, size, brk } => write!(
                f,
                "the block at {start} of {size} bytes ends past the break, which is {brk}"
            ),
            Miscount::PayloadElsewhere { start, size, payload } => write!(
                f,
                "the payload {payload} is not inside its block at {start} of {size} bytes"
            ),
            Miscount::NoBlock { payload, size } => write!(
                f,
                "the program holds the payload {payload} of {size} bytes, but blocks() shows no allocated block there"
            ),
            Miscount::NotHeld { payload, size } => write!(
                f,
                "a leak: the block of {size} bytes with the payload {payload} is allocated, but the program does not hold it"
            ),
            Miscount::Usable { payload, answer: Ok(answer), requested, room } => write!(
                f,
                "usable_size({payload}) says {answer}; {requested} bytes were asked for, and from there to the end of the block there are {room}"
            ),
            Miscount::Usable { payload, answer: Err(error), .. } => {
                write!(f, "usable_size({payload}) of an allocated block: {error}")
            }
        }
    }
}

impl std::error::Error for Miscount {}
