//! The hooks: the heap's entry points, each under the name that the program calls.
//!
//! Read [`free`] and [`malloc`] first: with threads, the order of their lines keeps the log right.
//! Between the log's "free" and the real free no other thread can get the address, because it is
//! still taken; between the real malloc and the log's "malloc" none can, because it is already
//! taken. In the opposite order, another thread's record of the same address could come in between.
//!
//! `operators.rs` has the entry points of C++.

use crate::call::{Call, Moving, release};
use crate::format::Kind;
use crate::format::header::{FREE_NULL_CALLS, USABLE_SIZE_CALLS};
use crate::log::count;
use crate::next::{Function, set_errno};
use core::ffi::{c_int, c_void};
use core::ptr;

/// The real function with this name and type.
macro_rules! real {
    ($function:ident: fn($($argument:ty),*) $(-> $result:ty)?) => {
        // SAFETY: the C standard, POSIX or glibc's manual gives the function this type.
        unsafe { Function::$function.real::<unsafe extern "C" fn($($argument),*) $(-> $result)?>() }
    };
}

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
    let _releasing = release(Function::Free, address);
    if let Some(real) = real!(Free: fn(*mut c_void)) {
        // SAFETY: the caller's promise, passed on.
        unsafe { real(address) }
    }
}

/// `malloc(size)`.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    let call = Call::begin(Function::Malloc);
    let address = match real!(Malloc: fn(usize) -> *mut c_void) {
        // SAFETY: malloc takes any size.
        Some(real) => unsafe { real(size) },
        None => ptr::null_mut(),
    };
    call.acquired(Kind::Malloc, address, size)
}

/// `calloc(count, size)`, logged as one size: their product.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let call = Call::begin(Function::Calloc);
    let address = match real!(Calloc: fn(usize, usize) -> *mut c_void) {
        // SAFETY: calloc takes any two numbers; it checks the product itself.
        Some(real) => unsafe { real(count, size) },
        None => ptr::null_mut(),
    };
    // If the product is too large, the allocator has just refused it.
    call.acquired(Kind::Calloc, address, count.wrapping_mul(size))
}

/// `realloc(address, size)`: two records, because it releases one address and acquires another, and
/// other threads may run between the two.
///
/// # Safety
///
/// As C's `realloc`: `address` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(address: *mut c_void, size: usize) -> *mut c_void {
    if address.is_null() {
        return malloc(size);
    }
    let moving = Moving::begin(address, size);
    let moved = match real!(Realloc: fn(*mut c_void, usize) -> *mut c_void) {
        // SAFETY: the caller's promise, passed on.
        Some(real) => unsafe { real(address, size) },
        None => ptr::null_mut(),
    };
    moving.end(moved, size)
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
        // SAFETY: the caller's promise, passed on. The C library does no other, so this is
        // right where the allocator has no function of this name.
        Some(total) => unsafe { realloc(address, total) },
        None => {
            Call::begin(Function::Realloc).refused();
            set_errno(libc::ENOMEM);
            ptr::null_mut()
        }
    }
}

/// `memalign(align, size)`.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    let call = Call::begin(Function::Memalign);
    let address = match real!(Memalign: fn(usize, usize) -> *mut c_void) {
        // SAFETY: memalign takes any two numbers; it checks the alignment itself.
        Some(real) => unsafe { real(align, size) },
        None => ptr::null_mut(),
    };
    call.acquired_aligned(align, address, size)
}

/// `aligned_alloc(align, size)`.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    let call = Call::begin(Function::AlignedAlloc);
    let address = match real!(AlignedAlloc: fn(usize, usize) -> *mut c_void) {
        // SAFETY: aligned_alloc takes any two numbers; it checks them itself.
        Some(real) => unsafe { real(align, size) },
        None => ptr::null_mut(),
    };
    call.acquired_aligned(align, address, size)
}

/// `posix_memalign(&block, align, size)`: the strict form, which returns an error number.
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
    let call = Call::begin(Function::PosixMemalign);
    let error = match real!(PosixMemalign: fn(*mut *mut c_void, usize, usize) -> c_int) {
        // SAFETY: the caller's promise, passed on.
        Some(real) => unsafe { real(block, align, size) },
        None => libc::ENOMEM,
    };
    match error {
        0 => {
            // SAFETY: the caller promised the place, and the call has filled it.
            call.acquired_aligned(align, unsafe { *block }, size);
        }
        libc::ENOMEM => call.refused(),
        _ => {}
    }
    error
}

/// `valloc(size)`: a block that begins on a page.
#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    let call = Call::begin(Function::Valloc);
    let address = match real!(Valloc: fn(usize) -> *mut c_void) {
        // SAFETY: valloc takes any size.
        Some(real) => unsafe { real(size) },
        None => ptr::null_mut(),
    };
    call.acquired_aligned(page_bytes(), address, size)
}

/// `pvalloc(size)`: whole pages.
#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    let page = page_bytes();
    let call = Call::begin(Function::Pvalloc);
    let address = match real!(Pvalloc: fn(usize) -> *mut c_void) {
        // SAFETY: pvalloc takes any size.
        Some(real) => unsafe { real(size) },
        None => ptr::null_mut(),
    };
    // If that overflows, the allocator has just refused it.
    let whole = size.checked_next_multiple_of(page).unwrap_or(size);
    call.acquired_aligned(page, address, whole)
}

/// `free_sized(address, size)`, C23's `free` with a hint.
///
/// # Safety
///
/// As [`free`], and `size` is what was requested.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(address: *mut c_void, size: usize) {
    let Some(real) = real!(FreeSized: fn(*mut c_void, usize)) else {
        // SAFETY: the caller's promise, passed on. The hint may be left out.
        return unsafe { free(address) };
    };
    let _releasing = release(Function::FreeSized, address);
    // SAFETY: the caller's promise, passed on.
    unsafe { real(address, size) }
}

/// `free_aligned_sized(address, align, size)`, C23's `free` with two hints.
///
/// # Safety
///
/// As [`free`], and the hints are what was requested.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(address: *mut c_void, align: usize, size: usize) {
    let Some(real) = real!(FreeAlignedSized: fn(*mut c_void, usize, usize)) else {
        // SAFETY: the caller's promise, passed on. The hints may be left out.
        return unsafe { free(address) };
    };
    let _releasing = release(Function::FreeAlignedSized, address);
    // SAFETY: the caller's promise, passed on.
    unsafe { real(address, align, size) }
}

/// `malloc_usable_size(address)`: changes nothing, but the caller may use more of its block than it
/// requested, so the report mentions it.
///
/// # Safety
///
/// `address` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(address: *mut c_void) -> usize {
    count(USABLE_SIZE_CALLS);
    match real!(UsableSize: fn(*mut c_void) -> usize) {
        // SAFETY: the caller's promise, passed on.
        Some(real) => unsafe { real(address) },
        None => 0,
    }
}

fn page_bytes() -> usize {
    // SAFETY: sysconf only reads; a page size always exists and is positive.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}
