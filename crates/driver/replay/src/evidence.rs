//! What goes with a fault: when it was found, whose a block is, what shows it.

use crate::access::Place;
use crate::miscount::Miscount;
use crate::other::Other;
use heaplab_arena::Addr;
use heaplab_heap::HeapError;

/// When a payload was found changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// By this very operation, on a second look at the block after each one.
    ByThis,
    /// Just before it was resized or freed; changed by some operation before.
    Before,
    /// At the end of the trace; changed by some operation before.
    AtEnd,
}

/// A heap whose blocks do not account for its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAccount {
    /// What is wrong.
    pub miscount: Miscount,
    /// Whose the block is, or was.
    pub held: Held,
}

/// Whose a block is, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The program holds it.
    Now(Other),
    /// The program held it.
    Once {
        /// The last one that it held there.
        block: Other,
        /// The line that freed or moved it.
        until_line: u32,
    },
    /// The program never held it.
    Never,
    /// That is not remembered.
    Unknown,
}

/// What shows that `usable_size` says too much.
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
        /// What `usable_size` said of it.
        other_usable: u32,
    },
    /// The heap itself reads one of them, to answer how many there are.
    Read {
        /// Where.
        at: Addr,
        /// The allocator's line.
        place: Place,
    },
    /// The program wrote them all, and then `usable_size` gave this answer.
    Written {
        /// The answer.
        answer: Result<u32, HeapError>,
    },
}

/// What a failed call did to a block that it had to leave alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dirty {
    /// This byte of its payload was changed.
    Payload {
        /// Which byte.
        offset: usize,
    },
    /// `usable_size` no longer finds room for the payload there.
    Block(Result<u32, HeapError>),
}
