//! One operation of a trace.

/// A block's name in a trace. Ids are dense: `0 .. trace.ids()`, and may be
/// used again after a free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u32);

impl Id {
    /// The id as an index into a table with a slot for every id.
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
        /// Who gets the block.
        id: Id,
        /// Requested payload bytes.
        size: u32,
    },
    /// `f ID`: `free(id)`.
    Free {
        /// Whose block is freed.
        id: Id,
    },
    /// `f -1`: `free(NULL)`.
    FreeNull,
    /// `r ID SIZE`: `id = realloc(id, size)`. On an id that is not live it is
    /// `realloc(NULL, size)`; with size 0 it frees.
    Realloc {
        /// Whose block is resized.
        id: Id,
        /// Requested payload bytes.
        size: u32,
    },
    /// `c ID SIZE` (extended dialect): `id = calloc(1, size)`.
    Calloc {
        /// Who gets the block.
        id: Id,
        /// Requested payload bytes.
        size: u32,
    },
    /// `m ID ALIGN SIZE` (extended dialect): `id = memalign(align, size)`.
    Memalign {
        /// Who gets the block.
        id: Id,
        /// The alignment's base-2 logarithm, so that it is a power of two.
        align_log2: u8,
        /// Requested payload bytes.
        size: u32,
    },
}

const _: () = assert!(size_of::<Op>() == 12);
