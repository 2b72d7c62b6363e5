//! The heap's entry points, each under the name that the program calls. They handle what C requires
//! beyond a heap: NULL and `errno`, sizes that overflow, alignments.

use crate::gate::{close, serve};
use crate::glibc::set_errno;
use crate::{elsewhere, foreign, reserve};
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

/// `malloc(size)`. A size of 0 returns a block too: some programs take NULL for a lack of memory.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    let Some(bytes) = in_machine(size) else {
        return no_memory();
    };
    or_no_memory(serve(|room| room.malloc(bytes), || reserve::allocate(1, size)))
}

/// `calloc(count, size)`.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let size = count.checked_mul(size);
    let Some((size, bytes)) = size.and_then(|size| Some((size, in_machine(size)?))) else {
        return no_memory();
    };
    or_no_memory(serve(|room| room.calloc(bytes), || reserve::allocate_zeroed(size)))
}

/// `realloc(block, size)`. As in glibc, a size of 0 frees the block.
///
/// # Safety
/// As C's: `block` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let Some(block) = NonNull::new(block) else {
        return malloc(size);
    };
    if size == 0 {
        // SAFETY: the caller's promise, passed on.
        unsafe { free(block.as_ptr()) };
        return ptr::null_mut();
    }
    let Some(bytes) = in_machine(size) else {
        return no_memory();
    };
    let moved = serve(|room| room.realloc(block, bytes), || elsewhere::realloc(block, size));
    or_no_memory(moved.unwrap_or_else(|not| foreign::realloc(block, size, &not)))
}

/// `reallocarray(block, count, size)`: a realloc whose product is checked.
///
/// # Safety
/// As [`realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise, passed on.
        Some(total) => unsafe { realloc(block, total) },
        None => no_memory(),
    }
}

/// `free(block)`.
///
/// # Safety
/// As C's: `block` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if let Some(block) = NonNull::new(block) {
        let done = serve(|room| room.free(block), || elsewhere::free(block));
        if let Err(not) = done {
            foreign::free(block, &not);
        }
    }
}

/// `memalign(align, size)`. As in glibc, an alignment is rounded up to a power of two.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    match align.checked_next_power_of_two() {
        Some(align) => or_no_memory(aligned(align, size)),
        None => {
            set_errno(libc::EINVAL);
            ptr::null_mut()
        }
    }
}

/// `aligned_alloc(align, size)`: in glibc another name for `memalign`.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    memalign(align, size)
}

/// `posix_memalign(&block, align, size)`: the strict form, which returns an error number. As in
/// glibc, it also sets `errno` if memory runs out, because programs look at it.
///
/// # Safety
/// As POSIX: `place` is one for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    place: *mut *mut c_void,
    align: usize,
    size: usize,
) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<*mut c_void>()) {
        return libc::EINVAL;
    }
    let block = or_no_memory(aligned(align, size));
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller promised the place.
    unsafe { *place = block };
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
    match size.max(1).checked_next_multiple_of(page) {
        Some(whole) => memalign(page, whole),
        None => no_memory(),
    }
}

/// `malloc_usable_size(block)`.
///
/// # Safety
/// `block` is null or a live block's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    NonNull::new(block).map_or(0, |block| {
        let usable = serve(|room| room.usable_bytes(block), || elsewhere::usable_bytes(block));
        usable.unwrap_or_else(|not| foreign::usable_bytes(block, &not))
    })
}

/// `_exit(status)`: no functions for the end are called, so the table of the blocks is completed
/// here, if one is kept.
#[unsafe(no_mangle)]
pub extern "C" fn _exit(status: c_int) -> ! {
    close();
    loop {
        // SAFETY: it does not return.
        unsafe { libc::syscall(libc::SYS_exit_group, status) };
    }
}

/// `_Exit(status)`, C's name for the same.
#[unsafe(no_mangle)]
pub extern "C" fn _Exit(status: c_int) -> ! {
    _exit(status)
}

/// `free_sized(block, size)`, of C23.
///
/// # Safety
/// As [`free`]; the size is what was asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(block: *mut c_void, _size: usize) {
    // SAFETY: the caller's promise, passed on.
    unsafe { free(block) }
}

/// `free_aligned_sized(block, align, size)`, of C23.
///
/// # Safety
/// As [`free_sized`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _align: usize, _size: usize) {
    // SAFETY: the caller's promise, passed on.
    unsafe { free(block) }
}

/// Returns a block with this alignment, a power of two; null if there is none.
pub fn aligned(align: usize, size: usize) -> *mut c_void {
    let Some(bytes) = in_machine(size) else {
        return ptr::null_mut();
    };
    match u32::try_from(align) {
        Ok(machine_align) if align < MOST_ALIGN => {
            serve(|room| room.memalign(machine_align, bytes), || reserve::allocate(align, size))
        }
        // `serve` preserves errno.
        _ => serve(|_| reserve::allocate(align, size), || reserve::allocate(align, size)),
    }
}

/// An alignment of 2 GiB does not fit in the machine's 4 GiB. It fits in the reserve.
const MOST_ALIGN: usize = 1 << 31;

/// Returns the size as the machine's type, at least 1; `None` if it does not fit.
#[inline]
fn in_machine(size: usize) -> Option<u32> {
    u32::try_from(size.max(1)).ok()
}

#[inline]
fn or_no_memory(block: *mut c_void) -> *mut c_void {
    if block.is_null() { no_memory() } else { block }
}

#[cold]
fn no_memory() -> *mut c_void {
    set_errno(libc::ENOMEM);
    ptr::null_mut()
}

fn page_bytes() -> usize {
    // SAFETY: sysconf only reads; a page size always exists and is positive.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}
