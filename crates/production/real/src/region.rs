//! Reserves a piece of the host's address space for allocators that can't get memory themselves.

use std::ptr::{self, NonNull};

/// Reserves address space whose pages are mapped at the first touch. It stays reserved as long as
/// the process runs, because an allocator in it is a contender for many traces.
pub(crate) fn reserve(bytes: usize) -> NonNull<[u8]> {
    // SAFETY: a new mapping, which takes the place of none.
    let base = unsafe {
        libc::mmap(
            ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    let base = match base {
        libc::MAP_FAILED => None,
        base => NonNull::new(base.cast::<u8>()),
    };
    let base = base.expect("the host has address space for a region");
    NonNull::slice_from_raw_parts(base, bytes)
}
