//! A loaded library's functions as a subject.

use heaplab_host::c_api::{HostMemory, payload_at};
use heaplab_replay::{Payloads, Subject};
use libc::{c_int, c_void};
use std::ptr;

/// A library's functions.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    pub malloc: unsafe extern "C" fn(usize) -> *mut c_void,
    pub free: unsafe extern "C" fn(*mut c_void),
    pub realloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    pub calloc: unsafe extern "C" fn(usize, usize) -> *mut c_void,
    pub aligned: AlignedCall,
    pub usable_size: Option<unsafe extern "C" fn(*mut c_void) -> usize>,
}

/// The library's function for a block of a given alignment.
#[derive(Clone, Copy)]
pub(super) enum AlignedCall {
    /// It has none.
    None,
    Memalign(unsafe extern "C" fn(usize, usize) -> *mut c_void),
    PosixMemalign(unsafe extern "C" fn(*mut *mut c_void, usize, usize) -> c_int),
    C11(unsafe extern "C" fn(usize, usize) -> *mut c_void),
}

/// Such a library as a subject. As with [`CAllocator`](heaplab_host::c_api::CAllocator), every
/// pointer passed in is null, or was returned by these functions and not given back since.
///
/// The argument on which every `unsafe` below rests: the functions have the names of C's interface,
/// so they are taken to be those functions, and the calls keep that interface's rules. A library
/// that breaks the rules may damage this process, as it would damage any program. So it is loaded
/// into a process that does nothing else, which reports to another one.
pub(super) struct LibraryAllocator(pub Calls);

impl Subject for LibraryAllocator {
    type Ptr = *mut c_void;
    const NULL: *mut c_void = ptr::null_mut();

    #[inline]
    fn malloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: any size may be asked for; see the type.
        unsafe { (self.0.malloc)(size as usize) }
    }

    #[inline]
    fn free(&mut self, ptr: *mut c_void) {
        // SAFETY: null or a block not given back yet, see the type.
        unsafe { (self.0.free)(ptr) }
    }

    #[inline]
    fn realloc(&mut self, ptr: *mut c_void, size: u32) -> *mut c_void {
        if size == 0 && !ptr.is_null() {
            // C libraries differ in what realloc(p, 0) does; in the lab it frees.
            self.free(ptr);
            return ptr::null_mut();
        }
        // SAFETY: null or a block not given back yet, see the type.
        unsafe { (self.0.realloc)(ptr, size as usize) }
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: any size may be asked for; see the type.
        unsafe { (self.0.calloc)(1, size as usize) }
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> *mut c_void {
        let align = (align_bytes as usize).max(size_of::<*mut c_void>());
        let size = size as usize;
        match self.0.aligned {
            AlignedCall::None => ptr::null_mut(),
            // SAFETY: a trace's alignments are powers of two; see the type.
            AlignedCall::Memalign(call) => unsafe { call(align, size) },
            // SAFETY: the same. The size must be a multiple of the alignment.
            AlignedCall::C11(call) => unsafe { call(align, size.next_multiple_of(align)) },
            AlignedCall::PosixMemalign(call) => {
                let mut made = ptr::null_mut();
                // SAFETY: the same, and `made` may be written.
                match unsafe { call(&mut made, align, size) } {
                    0 => made,
                    _ => ptr::null_mut(),
                }
            }
        }
    }
}

impl Payloads for LibraryAllocator {
    /// Returns the maximum if the library does not say.
    fn usable_bytes(&self, ptr: *mut c_void) -> u32 {
        match self.0.usable_size {
            _ if ptr.is_null() => 0,
            None => u32::MAX,
            // SAFETY: a block not given back yet, see the type.
            Some(usable_size) => u32::try_from(unsafe { usable_size(ptr) }).unwrap_or(u32::MAX),
        }
    }

    fn payload_mut(&mut self, ptr: *mut c_void, size: u32) -> &mut [u8] {
        // SAFETY: a block not given back yet, see the type; the slice borrows `self`.
        unsafe { payload_at::<Self>(ptr, size) }
    }
}

// SAFETY: a block of malloc has the bytes asked for, and no other block has them, until
// it is given back; see the type.
unsafe impl HostMemory for LibraryAllocator {
    fn place(ptr: *mut c_void) -> *mut u8 {
        ptr.cast()
    }

    fn has_memalign(&self) -> bool {
        !matches!(self.0.aligned, AlignedCall::None)
    }
}
