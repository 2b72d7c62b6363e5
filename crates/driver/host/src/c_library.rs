//! The C library's allocator, which every program gets unless it asks for another.
//!
//! It is timed twice. [`c_library`] is what programs get, with its defaults: glibc gives a large
//! free top, and every large block, back to the host, and pays for taking them again. The
//! simulated heaps give back only what they release themselves, so [`c_library_kept`] keeps all of
//! it: the difference is what giving back costs.
//!
//! A second thread in the process makes it take locks, so time it in a process of one thread.

use crate::c_api;
use crate::c_api::CAllocator;
use crate::own_process::OwnProcess;
use heaplab_replay::{Subject, Timed, TimedSubject};
use libc::c_void;
use std::ptr;

/// The name of the C library's allocator in tables and reports.
pub const C_LIBRARY_NAME: &str = "libc";

/// Returns the malloc of the C library that this program is linked to.
pub fn c_library() -> TimedSubject<impl Subject> {
    // SAFETY: only programs made of traces are raced.
    TimedSubject::new(unsafe { CAllocator::<CLibrary>::new() })
}

/// The name of the C library's allocator that is kept from giving memory back.
pub const C_LIBRARY_KEPT_NAME: &str = "libc:keep";

/// Returns the C library's allocator in a process of its own, where it keeps the memory that it
/// has taken from the host: the top is not trimmed, and no block is a mapping of its own. `None`
/// if this C library lacks the options for that (glibc has them).
pub fn c_library_kept() -> Option<impl Timed> {
    CAN_KEEP.then(|| OwnProcess::new(c_library(), keep_memory))
}

/// Whether this C library can be kept from giving memory back.
pub const CAN_KEEP: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Makes the C library of this process keep memory from now on (mallopt(3)), if it can.
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it sets two numbers of this process's malloc.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        libc::mallopt(libc::M_MMAP_MAX, 0);
    }
}

c_api! {
    /// The malloc of the C library that this program is linked to.
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
