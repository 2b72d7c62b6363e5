//! What this library needs of the C library besides `libc`'s declarations.

use core::ffi::{c_int, c_void};

unsafe extern "C" {
    /// The C library's own `free`, by the name under which it has it besides.
    #[link_name = "__libc_free"]
    pub fn free(block: *mut c_void);
    fn __errno_location() -> *mut c_int;
}

/// Where the calling thread's `errno` is: another place for each living thread.
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
