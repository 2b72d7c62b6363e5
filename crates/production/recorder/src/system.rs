//! System calls made without the C library's functions for them.
//!
//! Other libraries interpose those functions: a sanitizer, to watch the program's memory; a tracer.
//! Their versions may allocate, or may not be called as early as the first heap call.

use core::ffi::{CStr, c_int, c_void};
use core::ptr::{self, NonNull};

/// An open file.
pub struct File(c_int);

impl File {
    /// Opens a file; `flags` as for `open`. `None` on failure.
    pub fn open(path: &CStr, flags: c_int, mode: libc::mode_t) -> Option<File> {
        // SAFETY: the path is a C string.
        let file =
            unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, mode) };
        (file >= 0).then_some(File(file as c_int))
    }

    /// Gives the file this length; returns whether that succeeded.
    pub fn set_length(&self, bytes: usize) -> bool {
        // SAFETY: the descriptor is open.
        unsafe { libc::syscall(libc::SYS_ftruncate, self.0, bytes) == 0 }
    }

    /// Maps the file's first `bytes` as shared; `None` on failure.
    pub fn map(&self, bytes: usize) -> Option<NonNull<c_void>> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_NORESERVE;
        let anywhere: *mut c_void = ptr::null_mut();
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that
        // is in use.
        let mapped = unsafe {
            libc::syscall(libc::SYS_mmap, anywhere, bytes, access, flags, self.0, 0_usize)
        };
        match mapped {
            -1 => None,
            address => NonNull::new(address as *mut c_void),
        }
    }

    /// Reads into memory; returns the number of bytes read, 0 at the end or on failure.
    ///
    /// # Safety
    ///
    /// `target` points to `bytes` that may be written.
    pub unsafe fn read(&self, target: *mut c_void, bytes: usize) -> usize {
        // SAFETY: the caller's promise; the descriptor is open.
        let count = unsafe { libc::syscall(libc::SYS_read, self.0, target, bytes) };
        usize::try_from(count).unwrap_or(0)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours and not used again.
        unsafe { libc::syscall(libc::SYS_close, self.0) };
    }
}

/// Removes a mapping.
///
/// # Safety
///
/// There is a mapping of this length, and it is not used any more.
pub unsafe fn unmap(address: *mut c_void, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_munmap, address, bytes) };
}

/// Fills the holes of a mapped file with disk space; returns whether there was room.
///
/// # Safety
///
/// The range is inside a mapping of a file.
pub unsafe fn fill(begin: *mut c_void, bytes: usize) -> bool {
    loop {
        // SAFETY: the caller's promise. Filling holes changes nothing that was stored.
        let failed =
            unsafe { libc::syscall(libc::SYS_madvise, begin, bytes, libc::MADV_POPULATE_WRITE) };
        return match crate::next::errno() {
            _ if failed == 0 => true,
            libc::EINTR => continue,
            // Linux before 5.14 can't do this: stores fill the holes, or fail.
            libc::EINVAL | libc::ENOSYS => true,
            _ => false,
        };
    }
}

/// Writes the calling thread's name, 16 bytes with the final zero.
///
/// # Safety
///
/// `target` points to 16 bytes that may be written.
pub unsafe fn name_of_thread(target: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_prctl, libc::PR_GET_NAME, target) };
}

/// Returns the time on the monotonic clock, in nanoseconds.
pub fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let clock = libc::CLOCK_MONOTONIC;
    // SAFETY: the place for the answer is a live local, and this clock exists.
    let failed = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, &raw mut now) };
    if failed != 0 {
        return 0;
    }
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
