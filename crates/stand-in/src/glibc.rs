//! The C library's allocator, by the names under which glibc exports it besides
//! `malloc`, `free` and so on: for calls that this library makes itself.

use core::ffi::{c_int, c_void};

unsafe extern "C" {
    /// `malloc`.
    #[link_name = "__libc_malloc"]
    pub fn malloc(size: usize) -> *mut c_void;
    /// `free`.
    #[link_name = "__libc_free"]
    pub fn free(ptr: *mut c_void);
    /// `calloc`.
    #[link_name = "__libc_calloc"]
    pub fn calloc(count: usize, size: usize) -> *mut c_void;
    /// `realloc`.
    #[link_name = "__libc_realloc"]
    pub fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void;
    /// `memalign`, which serves the whole aligned family.
    #[link_name = "__libc_memalign"]
    pub fn memalign(align: usize, size: usize) -> *mut c_void;
    fn __errno_location() -> *mut c_int;
}

/// Where the calling thread's `errno` is: another place for each living thread.
pub fn errno_place() -> *mut c_int {
    // SAFETY: it only says where.
    unsafe { __errno_location() }
}

/// The calling thread's `errno`.
pub fn errno() -> c_int {
    // SAFETY: the place is valid as long as the thread runs.
    unsafe { *errno_place() }
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: c_int) {
    // SAFETY: as in `errno`.
    unsafe { *errno_place() = value }
}
