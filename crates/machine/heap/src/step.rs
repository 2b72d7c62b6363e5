//! Calls that are prepared, so that a loop makes one after the other with little else to do.

/// One prepared call, on a table of slots for pointers.
///
/// The loop treats all calls alike: it looks into the call's slot, makes the call, and stores the
/// answer in the slot; a free stores what was there.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// `slot << KIND_BITS | kind`.
    pub slot_and_kind: u32,
    /// Bytes.
    pub size: u32,
}

impl Step {
    /// How many bits of `slot_and_kind` are the kind.
    pub const KIND_BITS: u32 = 3;
    /// These bits.
    pub const KIND: u32 = (1 << Step::KIND_BITS) - 1;

    // The frees come first, so that one comparison separates them from the rest.
    /// `free(slot)`.
    pub const FREE: u32 = 0;
    /// `free(NULL)`.
    pub const FREE_NULL: u32 = 1;
    /// `malloc(size)`.
    pub const MALLOC: u32 = 2;
    /// `calloc(1, size)`.
    pub const CALLOC: u32 = 3;
    /// `realloc(slot, size)`.
    pub const REALLOC: u32 = 4;
    /// `realloc(NULL, size)`.
    pub const REALLOC_NULL: u32 = 5;
    /// `memalign`; its alignment is elsewhere.
    pub const MEMALIGN: u32 = 6;
    /// The program writes to the block: this is not a call of the heap.
    pub const WRITE: u32 = 7;
}
