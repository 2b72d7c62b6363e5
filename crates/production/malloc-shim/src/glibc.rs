//! The functions of the C library that `libc` does not declare.

use core::ffi::{c_int, c_void};

unsafe extern "C" {
    /// The C library's own `free`, under its other name.
    #[link_name = "__libc_free"]
    pub fn free(block: *mut c_void);
    fn __errno_location() -> *mut c_int;
}

/// Returns the address of the calling thread's `errno`, unique among living threads.
#[inline]
pub fn errno_place() -> *mut c_int {
    // SAFETY: it only says where.
    unsafe { __errno_location() }
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: c_int) {
    // SAFETY: the place is valid as long as the thread runs.
    unsafe { *errno_place() = value }
}
