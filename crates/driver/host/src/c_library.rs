//! The C library's allocator: what every program gets that asks for no other.
//!
//! It races as programs get it, with its defaults. Two of them show in the
//! figures. With a second thread in the process it takes locks, so time it in a
//! process that has one. And glibc gives a large free top back to the host and
//! pays for touching it again, which the simulated heaps do not do between
//! replays; `GLIBC_TUNABLES=glibc.malloc.trim_threshold=1073741824` in the
//! environment shows how much that is.

use crate::c_api;
use crate::c_api::CAllocator;
use heaplab_replay::{Subject, SubjectRacer};
use libc::c_void;
use std::ptr;

/// The name of the C library's allocator in tables and reports.
pub const C_LIBRARY_NAME: &str = "libc";

/// `malloc` and its kin of the C library that this program is linked to.
pub fn c_library() -> SubjectRacer<impl Subject> {
    // SAFETY: only programs made of traces are raced.
    SubjectRacer::new(unsafe { CAllocator::<CLibrary>::new() })
}

c_api! {
    /// `malloc` and its kin of the C library that this program is linked to.
    CLibrary {
        malloc: libc::malloc,
        free: libc::free,
        realloc: libc::realloc,
        calloc: libc::calloc,
        memalign: memalign, |align, size| (align, size),
        usable_size: usable_size,
        prepare: (),
    }
}

/// # Safety
/// `align` is a power of two, and at least the size of a pointer.
unsafe fn memalign(align: usize, size: usize) -> *mut c_void {
    let mut ptr = ptr::null_mut();
    // SAFETY: `ptr` may be written, and the rest is the caller's.
    match unsafe { libc::posix_memalign(&mut ptr, align, size) } {
        0 => ptr,
        _ => ptr::null_mut(),
    }
}

/// # Safety
/// `ptr` is a block of malloc that was not given back.
unsafe fn usable_size(ptr: *mut c_void) -> usize {
    #[cfg(target_os = "linux")]
    // SAFETY: the caller's.
    unsafe {
        libc::malloc_usable_size(ptr)
    }
    #[cfg(not(target_os = "linux"))]
    // SAFETY: the caller's.
    unsafe {
        libc::malloc_size(ptr)
    }
}
