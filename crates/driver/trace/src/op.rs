//! One operation of a trace.

/// A block's name in a trace. Ids are dense: `0 .. trace.ids()`, and may be
/// used again after a free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u32);

impl Id {
    /// Returns the id as an index into a table with a slot for every id.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One call that the traced program made. Sizes are payload bytes.
///
/// 12 bytes; with its source line a trace needs 16 bytes an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `a ID SIZE`: `id = malloc(size)`.
    Malloc {
        /// The id that gets the block.
        id: Id,
        /// Requested payload bytes.
        size: u32,
    },
    /// `f ID`: `free(id)`.
    Free {
        /// The id whose block is freed.
        id: Id,
    },
    /// `f -1`: `free(NULL)`.
    FreeNull,
    /// `r ID SIZE`: `id = realloc(id, size)`. On an id that is not live it is
    /// `realloc(NULL, size)`, an allocation, whatever the size. On a live id
    /// size 0 frees.
    Realloc {
        /// The id whose block is resized.
        id: Id,
        /// Requested payload bytes.
        size: u32,
    },
    /// `c ID SIZE` (extended dialect): `id = calloc(1, size)`.
    Calloc {
        /// The id that gets the block.
        id: Id,
        /// Requested payload bytes.
        size: u32,
    },
    /// `m ID ALIGN SIZE` (extended dialect): `id = memalign(align, size)`.
    Memalign {
        /// The id that gets the block.
        id: Id,
        /// The alignment's base-2 logarithm, so that it is a power of two.
        align_log2: u8,
        /// Requested payload bytes.
        size: u32,
    },
    /// `w ID BYTES` (classic with writes, extended): the program writes the first bytes of
    /// the block. The heap is not called.
    Write {
        /// The id whose block is written.
        id: Id,
        /// How many bytes; at most the block's size.
        bytes: u32,
    },
}

const _: () = assert!(size_of::<Op>() == 12);

impl Op {
    /// Returns the id that the operation names; `free(NULL)` names none.
    #[inline]
    pub fn id(self) -> Option<Id> {
        match self {
            Op::Malloc { id, .. }
            | Op::Free { id }
            | Op::Realloc { id, .. }
            | Op::Calloc { id, .. }
            | Op::Memalign { id, .. }
            | Op::Write { id, .. } => Some(id),
            Op::FreeNull => None,
        }
    }

    /// Returns the payload bytes it asks for; a free and a write ask for none.
    #[inline]
    pub fn size(self) -> Option<u32> {
        match self {
            Op::Malloc { size, .. }
            | Op::Realloc { size, .. }
            | Op::Calloc { size, .. }
            | Op::Memalign { size, .. } => Some(size),
            Op::Free { .. } | Op::FreeNull | Op::Write { .. } => None,
        }
    }

    /// Returns the same operation with another size; a free and a write stay as they are.
    #[must_use]
    pub fn with_size(mut self, bytes: u32) -> Op {
        match &mut self {
            Op::Malloc { size, .. }
            | Op::Realloc { size, .. }
            | Op::Calloc { size, .. }
            | Op::Memalign { size, .. } => *size = bytes,
            Op::Free { .. } | Op::FreeNull | Op::Write { .. } => {}
        }
        self
    }

    /// Returns the same operation on another id; `free(NULL)` has none.
    #[must_use]
    pub fn with_id(self, id: Id) -> Op {
        match self {
            Op::Malloc { size, .. } => Op::Malloc { id, size },
            Op::Free { .. } => Op::Free { id },
            Op::FreeNull => Op::FreeNull,
            Op::Realloc { size, .. } => Op::Realloc { id, size },
            Op::Calloc { size, .. } => Op::Calloc { id, size },
            Op::Memalign { align_log2, size, .. } => Op::Memalign { id, align_log2, size },
            Op::Write { bytes, .. } => Op::Write { id, bytes },
        }
    }
}

/// The line of a trace file that stands for the operation, as in `a 3 128`.
impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Op::Malloc { id, size } => write!(f, "a {} {size}", id.0),
            Op::Free { id } => write!(f, "f {}", id.0),
            Op::FreeNull => write!(f, "f -1"),
            Op::Realloc { id, size } => write!(f, "r {} {size}", id.0),
            Op::Calloc { id, size } => write!(f, "c {} {size}", id.0),
            Op::Write { id, bytes } => write!(f, "w {} {bytes}", id.0),
            Op::Memalign { id, align_log2, size } => {
                let align = 1u64.checked_shl(align_log2.into()).unwrap_or(u64::MAX);
                write!(f, "m {} {align} {size}", id.0)
            }
        }
    }
}
