//! What is replayed for timing: anything with the five calls.

use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::{Heap, NativeCalls};
use std::ffi::c_void;
use std::ptr;

/// An allocator as the timed loop sees it. There are no errors: a trace is only timed on an
/// allocator that got through it, so a refusal is simply a null.
///
/// Sizes are bytes. Every call means the same as in the C library.
pub trait Subject {
    /// Where a block is: an address of the simulated machine, or a pointer.
    type Ptr: Copy;

    /// The null pointer.
    const NULL: Self::Ptr;

    /// `malloc(size)`.
    fn malloc(&mut self, size: u32) -> Self::Ptr;

    /// `free(ptr)`.
    fn free(&mut self, ptr: Self::Ptr);

    /// `realloc(ptr, size)`, where size 0 frees.
    fn realloc(&mut self, ptr: Self::Ptr, size: u32) -> Self::Ptr;

    /// `calloc(1, size)`.
    fn calloc(&mut self, size: u32) -> Self::Ptr;

    /// `memalign(align_bytes, size)`, the alignment a power of two.
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Self::Ptr;
}

/// A subject whose payloads can be read and written, as by a program that uses its memory.
pub trait Payloads: Subject {
    /// Returns the bytes that the program may use of a block: at least those that it asked for.
    fn usable_bytes(&self, ptr: Self::Ptr) -> u32;

    /// Returns the first `size` bytes of a block with at least this many; none if `ptr` is null.
    fn payload_mut(&mut self, ptr: Self::Ptr, size: u32) -> &mut [u8];
}

/// A heap of the simulated machine as a subject.
pub struct Simulated<H>(
    /// The heap.
    pub H,
);

impl<H: Heap> Subject for Simulated<H> {
    type Ptr = Addr;
    const NULL: Addr = Addr::NULL;

    #[inline]
    fn malloc(&mut self, size: u32) -> Addr {
        self.0.malloc(size).unwrap_or(Addr::NULL)
    }

    #[inline]
    fn free(&mut self, ptr: Addr) {
        // A heap that got through the trace once refuses nothing here.
        let _ = self.0.free(ptr);
    }

    #[inline]
    fn realloc(&mut self, ptr: Addr, size: u32) -> Addr {
        self.0.realloc(ptr, size).unwrap_or(Addr::NULL)
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> Addr {
        self.0.calloc(1, size).unwrap_or(Addr::NULL)
    }

    #[inline]
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Addr {
        self.0.memalign(align_bytes, size).unwrap_or(Addr::NULL)
    }
}

impl<H: Heap> Payloads for Simulated<H> {
    fn usable_bytes(&self, ptr: Addr) -> u32 {
        self.0.usable_size(ptr).unwrap_or(0)
    }

    fn payload_mut(&mut self, ptr: Addr, size: u32) -> &mut [u8] {
        if ptr.is_null() {
            return &mut [];
        }
        // A heap that got through the trace once has its payloads in the machine.
        let payload = self.0.arena_mut().payload_mut(ptr, size);
        payload.unwrap_or_default()
    }
}

/// A heap in another language as a subject: its functions are called with pointers, as a program
/// calls them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Native(pub(crate) NativeCalls);

impl Native {
    /// Returns the machine's address that a pointer is; null for one that is not of the machine.
    pub(crate) fn address_of(self, pointer: *mut c_void) -> Addr {
        let offset = pointer.addr().checked_sub(self.0.base);
        offset.and_then(|offset| u32::try_from(offset).ok()).map_or(Addr::NULL, Addr::new)
    }
}

impl Subject for Native {
    type Ptr = *mut c_void;
    const NULL: *mut c_void = ptr::null_mut();

    #[inline]
    fn malloc(&mut self, size: u32) -> *mut c_void {
        (self.0.malloc)(size as usize)
    }

    #[inline]
    fn free(&mut self, ptr: *mut c_void) {
        (self.0.free)(ptr);
    }

    #[inline]
    fn realloc(&mut self, ptr: *mut c_void, size: u32) -> *mut c_void {
        (self.0.realloc)(ptr, size as usize)
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> *mut c_void {
        self.0.calloc.map_or(ptr::null_mut(), |calloc| calloc(1, size as usize))
    }

    #[inline]
    fn memalign(&mut self, _align_bytes: u32, _size: u32) -> *mut c_void {
        ptr::null_mut()
    }
}

/// The subject that does nothing, to measure the cost of the loop. Its "addresses" are the sizes
/// asked for, so that there is something to store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Subject for Nothing {
    type Ptr = u32;
    const NULL: u32 = 0;

    #[inline]
    fn malloc(&mut self, size: u32) -> u32 {
        size
    }

    #[inline]
    fn free(&mut self, _ptr: u32) {}

    #[inline]
    fn realloc(&mut self, _ptr: u32, size: u32) -> u32 {
        size
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> u32 {
        size
    }

    #[inline]
    fn memalign(&mut self, _align_bytes: u32, size: u32) -> u32 {
        size
    }
}
