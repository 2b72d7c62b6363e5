//! Whether the process has a single thread.
//!
//! glibc says so in the variable `__libc_single_threaded`, from version 2.32 on. It is set to 0
//! before a second thread exists. With an older glibc, a process always counts as one of several.

use core::ffi::c_char;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// The C library's variable, if it has been found.
static SINGLE: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// Looks for the variable.
pub fn look() {
    // SAFETY: the name is a C string. Looking for a name changes nothing.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__libc_single_threaded".as_ptr()) };
    SINGLE.store(found.cast(), Ordering::Relaxed);
}

/// Returns whether no other thread can be in the heap, or come into it during this call.
#[inline]
pub fn is_single() -> bool {
    let place = SINGLE.load(Ordering::Relaxed);
    // SAFETY: the C library's variable stays as long as the process. It is written before the
    // thread that makes it false exists, so never at the same time as this.
    !place.is_null() && unsafe { place.read_volatile() } != 0
}
