//! Programs with AddressSanitizer inside.
//!
//! Its library wants to be the first one, and ends the program where a preloaded library is
//! before it. Ours does no harm there: it passes every call on to the sanitizer's functions.

use core::ffi::c_char;

/// Options that AddressSanitizer asks the program for; this answers if the program does not.
#[unsafe(no_mangle)]
pub extern "C" fn __asan_default_options() -> *const c_char {
    c"verify_asan_link_order=0".as_ptr()
}
