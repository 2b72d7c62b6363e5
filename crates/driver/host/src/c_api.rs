//! Allocators with the C library's interface.

use heaplab_replay::{Payloads, Subject};
pub use libc::c_void;
use std::marker::PhantomData;
use std::{ptr, slice};

/// The calls of an allocator with C's interface, under whatever names it has them.
///
/// # Safety
/// The calls do what malloc(3), posix_memalign(3) and malloc_usable_size(3) say, for one thread.
pub unsafe trait CApi {
    /// Prepares the allocator, before the first call.
    fn prepare() {}

    /// # Safety
    /// None: any size may be asked for.
    unsafe fn malloc(size: usize) -> *mut c_void;

    /// # Safety
    /// `ptr` is null, or a block of this allocator that was not given back.
    unsafe fn free(ptr: *mut c_void);

    /// # Safety
    /// As for `free`, and `size` is not 0.
    unsafe fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void;

    /// # Safety
    /// None: any size may be asked for.
    unsafe fn calloc(size: usize) -> *mut c_void;

    /// # Safety
    /// `align` is a power of two, and at least the size of a pointer.
    unsafe fn memalign(align: usize, size: usize) -> *mut c_void;

    /// # Safety
    /// As for `free`, and `ptr` is not null.
    unsafe fn usable_size(ptr: *mut c_void) -> usize;
}

/// An allocator with C's interface as a subject of replay.
///
/// A safe `free` of any pointer at all would not be sound, so making one is unsafe: only a
/// [`Program`](heaplab_replay::Program) or a checked run of a trace may call it.
///
/// The argument that every `unsafe` below rests on: a program and a checked run are made from a
/// validated trace. They free or resize a slot only after they have stored the result of an
/// allocation there, once, and a resize to size 0 ends the slot's block too. So every pointer that
/// arrives is null, or one that these functions returned and that was not given back since.
pub struct CAllocator<A>(PhantomData<A>);

impl<A: CApi> CAllocator<A> {
    /// Returns the allocator, prepared.
    ///
    /// # Safety
    /// Every pointer that is passed to it is null, or one that it returned and that was not given
    /// back since.
    pub unsafe fn new() -> Self {
        A::prepare();
        CAllocator(PhantomData)
    }
}

#[allow(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the caller of `new` has promised which pointers arrive: see the type"
)]
impl<A: CApi> Subject for CAllocator<A> {
    type Ptr = *mut c_void;
    const NULL: *mut c_void = ptr::null_mut();

    #[inline]
    fn malloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { A::malloc(size as usize) }
    }

    #[inline]
    fn free(&mut self, ptr: *mut c_void) {
        // SAFETY: null or a block not given back yet, see the type.
        unsafe { A::free(ptr) }
    }

    #[inline]
    fn realloc(&mut self, ptr: *mut c_void, size: u32) -> *mut c_void {
        if size == 0 && !ptr.is_null() {
            // C libraries differ in what realloc(p, 0) does; the lab's frees.
            self.free(ptr);
            return ptr::null_mut();
        }
        // SAFETY: null or a block not given back yet, see the type.
        unsafe { A::realloc(ptr, size as usize) }
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { A::calloc(size as usize) }
    }

    #[inline]
    fn memalign(&mut self, align_bytes: u32, size: u32) -> *mut c_void {
        let align = (align_bytes as usize).max(size_of::<*mut c_void>());
        // SAFETY: a trace's alignments are powers of two.
        unsafe { A::memalign(align, size as usize) }
    }
}

#[allow(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the caller of `new` has promised which pointers arrive: see the type"
)]
impl<A: CApi> Payloads for CAllocator<A> {
    fn usable_bytes(&self, ptr: *mut c_void) -> u32 {
        if ptr.is_null() {
            return 0;
        }
        // SAFETY: a block not given back yet, see the type.
        let bytes = unsafe { A::usable_size(ptr) };
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    fn payload_mut(&mut self, ptr: *mut c_void, size: u32) -> &mut [u8] {
        // SAFETY: a block not given back yet, see the type; the slice borrows `self`.
        unsafe { payload_at::<Self>(ptr, size) }
    }
}

// SAFETY: a block of malloc has the bytes asked for, and shares none with another
// block, until it is given back.
unsafe impl<A: CApi> HostMemory for CAllocator<A> {
    fn place(ptr: *mut c_void) -> *mut u8 {
        ptr.cast()
    }
}

/// A subject whose payloads are in this process's own memory.
///
/// # Safety
/// A block that a call returned for `size` bytes has these bytes at `place`, and no other block
/// has any of them until it is given back.
pub unsafe trait HostMemory: Payloads {
    /// Returns the address of the payload; null if there is none.
    fn place(ptr: Self::Ptr) -> *mut u8;

    /// Returns whether the subject has a call for blocks of a given alignment.
    fn has_memalign(&self) -> bool {
        true
    }
}

/// Returns the program's view of a block that was not given back; empty for null.
///
/// # Safety
/// `ptr` is null, or a block of at least `size` bytes that the subject gave out and that
/// was not given back; the slice is not used after the next call of the subject.
pub unsafe fn payload_at<'a, S: HostMemory>(ptr: S::Ptr, size: u32) -> &'a mut [u8] {
    let place = S::place(ptr);
    if place.is_null() {
        return &mut [];
    }
    // SAFETY: the caller's.
    unsafe { slice::from_raw_parts_mut(place, size as usize) }
}

/// Defines a type with the calls of an allocator, by the allocator's names for them. The arguments
/// of `memalign` come in the allocator's order.
#[macro_export]
macro_rules! c_api {
    ($(#[$about:meta])* $name:ident {
        malloc: $malloc:path,
        free: $free:path,
        realloc: $realloc:path,
        calloc: $calloc:path,
        memalign: $memalign:path, |$align:ident, $size:ident| ($($argument:ident),+),
        usable_size: $usable_size:path,
        prepare: $prepare:expr $(,)?
    }) => {
        $(#[$about])*
        pub struct $name;

        // SAFETY: they are the allocator's own, and documented to do what C's do.
        unsafe impl $crate::c_api::CApi for $name {
            fn prepare() {
                $prepare
            }

            #[inline]
            unsafe fn malloc(size: usize) -> *mut $crate::c_api::c_void {
                // SAFETY: the caller's.
                unsafe { $malloc(size) }.cast()
            }

            #[inline]
            unsafe fn free(ptr: *mut $crate::c_api::c_void) {
                // SAFETY: the caller's.
                unsafe { $free(ptr.cast()) };
            }

            #[inline]
            unsafe fn realloc(ptr: *mut $crate::c_api::c_void, size: usize) -> *mut $crate::c_api::c_void {
                // SAFETY: the caller's.
                unsafe { $realloc(ptr.cast(), size) }.cast()
            }

            #[inline]
            unsafe fn calloc(size: usize) -> *mut $crate::c_api::c_void {
                // SAFETY: the caller's.
                unsafe { $calloc(1, size) }.cast()
            }

            #[inline]
            unsafe fn memalign($align: usize, $size: usize) -> *mut $crate::c_api::c_void {
                // SAFETY: the caller's.
                unsafe { $memalign($($argument),+) }.cast()
            }

            #[inline]
            unsafe fn usable_size(ptr: *mut $crate::c_api::c_void) -> usize {
                // SAFETY: the caller's.
                unsafe { $usable_size(ptr.cast()) }
            }
        }
    };
}
