//! What goes with a fault: when it was found, which block it is about, and what shows it.

use crate::access::Place;
use crate::miscount::Miscount;
use crate::other::Other;
use heaplab_arena::Addr;
use heaplab_heap::HeapError;

/// When a payload was found to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// By the operation itself, when the block was read again after each operation.
    ByThis,
    /// Just before the block was resized or freed; an earlier operation changed it.
    Before,
    /// At the end of the trace; an earlier operation changed it.
    AtEnd,
}

/// A heap whose blocks do not account for its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAccount {
    /// What is wrong.
    pub miscount: Miscount,
    /// Who holds the block, or held it.
    pub held: Held,
}

/// Whether the program holds a block, or held it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The program holds it.
    Now(Other),
    /// The program held it.
    Once {
        /// The last block that it held there.
        block: Other,
        /// The line that freed or moved it.
        until_line: u32,
    },
    /// The program never held it.
    Never,
    /// Past blocks are not remembered.
    Unknown,
}

/// What shows that `usable_size` is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// The bytes reach past the break.
    PastBreak {
        /// The break.
        brk: Addr,
    },
    /// Another live block has some of them.
    Shared {
        /// The other block.
        other: Other,
        /// What `usable_size` returned for it.
        other_usable: u32,
    },
    /// The heap itself reads one of the bytes to answer how many there are.
    Read {
        /// Where.
        at: Addr,
        /// The allocator's line.
        place: Place,
    },
    /// The program wrote all the bytes, and then `usable_size` gave this answer.
    Written {
        /// The answer.
        answer: Result<u32, HeapError>,
    },
}

/// What a failed call changed in a block that it had to leave alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dirty {
    /// This byte of its payload was changed.
    Payload {
        /// Which byte.
        offset: usize,
    },
    /// `usable_size` is now too small for the payload, or fails.
    Block(Result<u32, HeapError>),
}
