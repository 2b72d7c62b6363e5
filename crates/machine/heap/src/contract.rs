//! The contract: what an allocator offers.

use crate::{HeapError, Step, Violation};
use core::ffi::c_void;
use core::time::Duration;
use heaplab_arena::{Addr, Arena, Probe};

/// An allocator over one simulated machine, with the semantics of CS:APP 9.9.1 and
/// with errors as values.
///
/// An allocator keeps its free lists and tags in the simulated heap. The Rust value
/// has at most 128 bytes besides the machine: room for a few addresses and
/// settings, not for tables.
///
/// Sizes are bytes. On an error the heap is as it was before the call.
pub trait Heap: Sized {
    /// The probe that watches the machine; [`Silent`](heaplab_arena::Silent) in timed runs.
    type Probe: Probe;

    /// Allocates `size` bytes, uninitialized, at a multiple of the alignment.
    /// `malloc(0)` allocates nothing and returns [`Addr::NULL`].
    ///
    /// # Errors
    /// [`HeapError::OutOfMemory`].
    fn malloc(&mut self, size: u32) -> Result<Addr, HeapError>;

    /// Frees an allocated payload. `free(NULL)` does nothing.
    ///
    /// # Errors
    /// [`HeapError::BadPointer`] if the block's tags can show that `payload` is not an
    /// allocated payload: wild, misaligned, inside a block, freed before.
    fn free(&mut self, payload: Addr) -> Result<(), HeapError>;

    // ANCHOR: realloc
    /// Resizes the payload to `size` bytes, and moves it if necessary; its first bytes,
    /// up to the smaller of the two sizes, are kept. `realloc(NULL, n)` is
    /// `malloc(n)`; `realloc(p, 0)` frees `p` and returns [`Addr::NULL`].
    ///
    /// The default is the simplest correct way: malloc, copy, free.
    ///
    /// # Errors
    /// [`HeapError::OutOfMemory`], with the old block still allocated;
    /// [`HeapError::BadPointer`] as for `free`.
    fn realloc(&mut self, payload: Addr, size: u32) -> Result<Addr, HeapError> {
        if payload.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(payload)?;
            return Ok(Addr::NULL);
        }
        let old_size = self.usable_size(payload)?;
        let moved = self.malloc(size)?;
        self.arena_mut().copy(payload, moved, old_size.min(size));
        self.free(payload)?;
        Ok(moved)
    }
    // ANCHOR_END: realloc

    // ANCHOR: calloc
    /// Allocates `count * size` bytes of zeros.
    ///
    /// # Errors
    /// [`HeapError::OutOfMemory`], also when the product does not fit a word.
    fn calloc(&mut self, count: u32, size: u32) -> Result<Addr, HeapError> {
        let bytes = count.checked_mul(size).ok_or(HeapError::OutOfMemory)?;
        let payload = self.malloc(bytes)?;
        if !payload.is_null() {
            self.arena_mut().zero(payload, bytes);
        }
        Ok(payload)
    }
    // ANCHOR_END: calloc

    /// Allocates `size` bytes at a multiple of `align_bytes`, a power of two.
    /// Returns [`Addr::NULL`] if `size` is 0.
    ///
    /// The default offers only the alignment that every payload has, 8 bytes.
    ///
    /// # Errors
    /// [`HeapError::BadAlignment`], [`HeapError::OutOfMemory`], and
    /// [`HeapError::NotOffered`] from the default.
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Result<Addr, HeapError> {
        if !align_bytes.is_power_of_two() {
            return Err(HeapError::BadAlignment { align_bytes });
        }
        if align_bytes > 8 {
            return Err(HeapError::NotOffered);
        }
        self.malloc(size)
    }

    /// Returns how many bytes the program may use at `payload`: the requested size, and
    /// what rounding added. This is a promise: the program may write all of them, so
    /// none of them is part of a tag, and they belong to the program until the block is
    /// resized or freed.
    ///
    /// # Errors
    /// [`HeapError::BadPointer`] as for `free`.
    fn usable_size(&self, payload: Addr) -> Result<u32, HeapError>;

    /// Checks every invariant that this design promises.
    ///
    /// # Errors
    /// The first invariant that does not hold, and where.
    fn check(&self) -> Result<(), Violation>;

    /// Returns all blocks, free and allocated, by rising address. Ends early if the
    /// heap is corrupted.
    ///
    /// A block is shown as allocated if and only if the program holds it: a block on a
    /// quick list is shown as free. Blocks that the heap keeps for itself (a table, a
    /// sentinel) are left out, unless they are there before the first call.
    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_;

    /// Returns every entry of every free list, list by list, in list order; nothing for
    /// a design without lists. If a list is corrupted, it ends after at most as many
    /// entries as the heap has room for blocks.
    fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
        std::iter::empty()
    }

    /// Returns whether [`blocks`](Heap::blocks) shows all blocks. The driver does not know the
    /// layout of a heap in another language, unless its code shows it.
    fn shows_blocks(&self) -> bool {
        true
    }

    /// Returns whether a bad pointer is refused with an error, as the contract asks. In C, a call
    /// with a bad pointer may do anything, so it is not made.
    fn refuses_bad_pointers(&self) -> bool {
        true
    }

    /// Returns how a timed run makes its calls, if the heap is in another language. The default is
    /// that the driver calls this trait's methods.
    fn timed_calls(&mut self) -> TimedCalls<'_> {
        TimedCalls::OfTrait
    }

    /// Returns the payload of the top: the free block that ends the heap, in a design that keeps it
    /// on no list. Only messages use it, to call the block that.
    fn top(&self) -> Option<Addr> {
        None
    }

    /// Returns the machine.
    fn arena(&self) -> &Arena<Self::Probe>;

    /// Returns the machine, to read and write payloads.
    fn arena_mut(&mut self) -> &mut Arena<Self::Probe>;

    /// Ends the heap and returns its machine.
    fn into_arena(self) -> Arena<Self::Probe>;

    /// Returns a copy of this value that uses `arena` instead of its own machine. The caller sees
    /// to it that the same bytes are there before the copy is called.
    ///
    /// The driver keeps such copies to go back in a run. It calls this function only where a heap
    /// is shown step by step, never where it is checked, timed or graded. For a struct whose
    /// machine is the field `arena`, it is `Some(Self { arena, ..*self })`.
    ///
    /// The default has no copy: the driver then runs all operations again to go back.
    fn copy_onto(&self, arena: Arena<Self::Probe>) -> Option<Self> {
        let _ = arena;
        None
    }
}

/// How a timed run makes its calls on a heap.
pub enum TimedCalls<'a> {
    /// By the methods of [`Heap`].
    OfTrait,
    /// By functions in another language, called as a program calls them.
    OfFunctions(NativeCalls),
    /// In the process that has the heap, where a message for each call would take longer than the
    /// call.
    OfProcess(&'a mut dyn MakeAll),
}

/// Makes all calls of a timed run in another process.
pub trait MakeAll {
    /// Makes these calls, and returns how long they took there; none if that process has ended.
    /// `slots` are the pointers before and after. From time to time it calls `progress` with how
    /// many calls were begun.
    fn make_all(
        &mut self,
        steps: &[Step],
        slots: &mut [Addr],
        progress: &dyn Fn(u64),
    ) -> Option<Duration>;
}

/// The functions of a heap in another language, in the C library's terms.
#[derive(Clone, Copy, Debug)]
pub struct NativeCalls {
    /// Where the machine's address 0 is in this process.
    pub base: usize,
    /// `malloc`.
    pub malloc: extern "C-unwind" fn(usize) -> *mut c_void,
    /// `free`.
    pub free: extern "C-unwind" fn(*mut c_void),
    /// `realloc`.
    pub realloc: extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void,
    /// `calloc`; if there is none, the program clears its block.
    pub calloc: Option<extern "C-unwind" fn(usize, usize) -> *mut c_void>,
}

/// One block, described in the same way for every design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockView {
    /// Where the block starts, its header included.
    pub start: Addr,
    /// Bytes in the whole block.
    pub size: u32,
    /// Where its payload is, or would be.
    pub payload: Addr,
    /// Whether the program holds it.
    pub allocated: bool,
}

/// One entry of a free list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which list, from 0: the size class, in designs that have several.
    pub list: u32,
    /// The free block's payload address.
    pub payload: Addr,
}
