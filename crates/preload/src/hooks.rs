//! The hooks: the heap's entrances, each under the name the program calls.
//!
//! Read [`free`] and [`malloc`] first: the order of their two lines is what keeps
//! the log right with threads. Between the log's "free" and the real free nobody
//! else can be given the address, because it is still taken; between the real
//! malloc and the log's "malloc" nobody else can, because it is already taken.
//! Turned around, either would let another thread's record of the same address
//! slip in between.

use crate::format::Kind;
use crate::format::header::{FAILED_CALLS, FREE_NULL_CALLS, USABLE_SIZE_CALLS};
use crate::glibc;
use crate::log::{self, count, logged};
use core::ffi::{c_int, c_void};
use core::ptr;

/// `free(address)`.
///
/// # Safety
///
/// As C's `free`: `address` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(address: *mut c_void) {
    if address.is_null() {
        return count(FREE_NULL_CALLS);
    }
    logged(Kind::Free, address, 0);
    // SAFETY: the caller's promise, passed on.
    unsafe { glibc::free(address) }
}

/// `malloc(size)`.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: malloc takes any size.
    let address = unsafe { glibc::malloc(size) };
    acquired(Kind::Malloc, address, size)
}

/// `calloc(count, size)`, logged as one size: their product.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: calloc takes any two numbers; it checks the product itself.
    let address = unsafe { glibc::calloc(count, size) };
    // Where the product is too large the C library has just refused it.
    acquired(Kind::Calloc, address, count.wrapping_mul(size))
}

/// `realloc(address, size)`: two records, because it releases one address and
/// acquires another, and between the two other threads go on.
///
/// # Safety
///
/// As C's `realloc`: `address` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(address: *mut c_void, size: usize) -> *mut c_void {
    if address.is_null() {
        return malloc(size);
    }
    let begun = logged(Kind::ReallocBegin, address, size);
    // SAFETY: the caller's promise, passed on.
    let moved = unsafe { glibc::realloc(address, size) };
    let refused = moved.is_null() && size != 0;
    let kind = if refused {
        Kind::ReallocFailed
    } else {
        Kind::ReallocEnd
    };
    if refused {
        count_failure();
    }
    if let Some(begun) = begun {
        log::append(kind, 0, begun, moved as u64, size as u64);
    }
    moved
}

/// `reallocarray(address, count, size)`: a realloc whose product is checked.
///
/// # Safety
///
/// As [`realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(
    address: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise, passed on.
        Some(total) => unsafe { realloc(address, total) },
        None => {
            count_failure();
            glibc::set_errno(libc::ENOMEM);
            ptr::null_mut()
        }
    }
}

/// `memalign(align, size)`.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    // SAFETY: memalign takes any two numbers; it rounds the alignment up to a
    // power of two itself.
    let address = unsafe { glibc::memalign(align, size) };
    if address.is_null() {
        count_failure();
    } else {
        let align_log2 = usize::BITS - align.max(1).saturating_sub(1).leading_zeros();
        log::append(
            Kind::Memalign,
            align_log2 as u8,
            0,
            address as u64,
            size as u64,
        );
    }
    address
}

/// `aligned_alloc(align, size)`: in glibc another name of `memalign`.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    memalign(align, size)
}

/// `posix_memalign(&block, align, size)`: the strict one, with an error number.
///
/// # Safety
///
/// As POSIX: `block` points to a place for the address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    block: *mut *mut c_void,
    align: usize,
    size: usize,
) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<*mut c_void>()) {
        return libc::EINVAL;
    }
    let address = memalign(align, size);
    if address.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller promised the place.
    unsafe { *block = address };
    0
}

/// `valloc(size)`: a block that begins on a page.
#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    memalign(page_bytes(), size)
}

/// `pvalloc(size)`: whole pages.
#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    let page = page_bytes();
    match size.checked_next_multiple_of(page) {
        Some(whole) => memalign(page, whole),
        None => {
            count_failure();
            glibc::set_errno(libc::ENOMEM);
            ptr::null_mut()
        }
    }
}

/// `malloc_usable_size(address)`: changes nothing, but a program that asks may
/// use more of its block than it requested, so the report mentions it.
///
/// # Safety
///
/// `address` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(address: *mut c_void) -> usize {
    count(USABLE_SIZE_CALLS);
    // SAFETY: the caller's promise, passed on.
    unsafe { glibc::malloc_usable_size(address) }
}

/// Logs what the C library gave out, or counts that it gave nothing.
#[inline]
fn acquired(kind: Kind, address: *mut c_void, size: usize) -> *mut c_void {
    if address.is_null() {
        count_failure();
    } else {
        logged(kind, address, size);
    }
    address
}

#[cold]
fn count_failure() {
    count(FAILED_CALLS);
}

fn page_bytes() -> usize {
    // SAFETY: sysconf only reads; a page size always exists and is positive.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}
