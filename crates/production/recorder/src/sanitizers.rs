//! Programs with AddressSanitizer.
//!
//! Its library has to be the first, and ends the program if a preloaded library comes before it.
//! The recorder's does no harm there: it passes every call on to the sanitizer's functions.

use core::ffi::c_char;

/// AddressSanitizer calls this for its options, unless the program defines the function itself.
#[unsafe(no_mangle)]
pub extern "C" fn __asan_default_options() -> *const c_char {
    c"verify_asan_link_order=0".as_ptr()
}
