//! Memory of the host.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

/// Makes a new mapping for reading and writing, of a file or anonymous.
pub fn map(bytes: usize, flags: i32, file: i32) -> Option<NonNull<c_void>> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = flags | libc::MAP_NORESERVE;
    // SAFETY: a mapping at an address of the kernel's choice takes the place of none.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), bytes, access, flags, file, 0) };
    match mapped {
        libc::MAP_FAILED => None,
        mapped => NonNull::new(mapped),
    }
}
