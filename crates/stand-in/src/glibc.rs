//! The C library's allocator, by the names under which glibc exports it besides
//! `malloc`, `free` and so on: for what this library allocates itself.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use core::ptr;

unsafe extern "C" {
    #[link_name = "__libc_free"]
    pub fn free(ptr: *mut c_void);
    #[link_name = "__libc_calloc"]
    fn calloc(count: usize, size: usize) -> *mut c_void;
    #[link_name = "__libc_realloc"]
    fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void;
    #[link_name = "__libc_memalign"]
    fn memalign(align: usize, size: usize) -> *mut c_void;
    fn __errno_location() -> *mut c_int;
}

/// Where Rust's own library gets memory: never from the functions that this library
/// stands in for. It is called only inside the heap, by one thread at a time.
struct OfThisLibrary;

#[global_allocator]
static ALLOCATOR: OfThisLibrary = OfThisLibrary;

/// What the C library aligns blocks to.
const C_ALIGN: usize = 16;

// SAFETY: glibc's functions keep the contract; what is aligned to more than they promise
// is asked of memalign, and moved by the default `realloc`, through `alloc`.
unsafe impl GlobalAlloc for OfThisLibrary {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any two numbers may be asked for.
        unsafe { memalign(layout.align().max(C_ALIGN), layout.size()).cast() }
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller's promise: it is a block of `alloc`.
        unsafe { free(block.cast()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() > C_ALIGN {
            // SAFETY: the caller's promise; the block has so many bytes.
            unsafe {
                let block = self.alloc(layout);
                if !block.is_null() {
                    ptr::write_bytes(block, 0, layout.size());
                }
                return block;
            }
        }
        // SAFETY: any two numbers may be asked for.
        unsafe { calloc(1, layout.size()).cast() }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= C_ALIGN {
            // SAFETY: the caller's promise: it is a block of `alloc`.
            return unsafe { realloc(block.cast(), size).cast() };
        }
        // SAFETY: both blocks have the bytes that are copied; the old one is given back
        // only if there is a new one.
        unsafe {
            let moved = memalign(layout.align(), size).cast::<u8>();
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                free(block.cast());
            }
            moved
        }
    }
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
