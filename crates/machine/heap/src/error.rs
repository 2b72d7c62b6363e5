//! Why a call of the contract failed.

use heaplab_arena::{Addr, OutOfMemory};
use std::fmt;

/// Why a call failed. The heap is as it was before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeapError {
    /// No free block is large enough and the heap can't grow.
    OutOfMemory,
    /// `free`, `realloc` or `usable_size` was given an address that is not the
    /// payload of an allocated block.
    BadPointer {
        /// The address given.
        addr: Addr,
        /// What is wrong with it.
        fault: PointerFault,
    },
    /// `memalign` was given an alignment that is not a power of two.
    BadAlignment {
        /// The alignment given, in bytes.
        align_bytes: u32,
    },
    /// This heap does not offer the call.
    NotOffered,
    /// The heap is native code, and returned a pointer that is not into the machine.
    OutsideMachine {
        /// The pointer.
        pointer: u64,
    },
}

/// What is wrong with an address that should be an allocated payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerFault {
    /// It is outside the blocks of the heap: a wild pointer.
    OutsideHeap,
    /// It is not a multiple of the alignment.
    Misaligned,
    /// The block there is free: freed before, or never allocated.
    NotAllocated,
    /// The tags around it do not agree that a block is there: a pointer into
    /// the middle of a block, or tags that were overwritten.
    NotABlock,
}

impl PointerFault {
    /// Returns the error for this fault at `addr`.
    #[cold]
    pub fn at(self, addr: Addr) -> HeapError {
        HeapError::BadPointer { addr, fault: self }
    }
}

impl From<OutOfMemory> for HeapError {
    fn from(_: OutOfMemory) -> HeapError {
        HeapError::OutOfMemory
    }
}

impl fmt::Display for HeapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeapError::OutOfMemory => f.write_str("out of memory: no fit, and sbrk was refused"),
            HeapError::BadPointer { addr, fault } => write!(f, "bad pointer {addr}: {fault}"),
            HeapError::BadAlignment { align_bytes } => {
                write!(f, "bad alignment {align_bytes}: not a power of two")
            }
            HeapError::OutsideMachine { pointer } => write!(
                f,
                "it returned the pointer {pointer:#x}, which is not in the heap: that memory does not come from sbrk"
            ),
            HeapError::NotOffered => f.write_str("this heap does not offer that call"),
        }
    }
}

impl fmt::Display for PointerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PointerFault::OutsideHeap => "it is outside the heap's blocks",
            PointerFault::Misaligned => "it is not a multiple of the alignment",
            PointerFault::NotAllocated => "the block there is free (freed twice?)",
            PointerFault::NotABlock => {
                "no block starts there (inside a block, or its tags were overwritten)"
            }
        })
    }
}

impl std::error::Error for HeapError {}
