//! Where Rust's own library gets memory inside this one: never from the functions that
//! this library stands in for, and never from the C library, whose allocator has locks
//! that a fork waits for.
//!
//! Small blocks come from the [`reserve`], large ones from the host. Neither waits.

use crate::reserve;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

struct Own;

#[global_allocator]
static ALLOCATOR: Own = Own;

/// Blocks of more bytes are mappings.
const LARGE_BYTES: usize = 64 << 10;

/// What a mapping is aligned to, on every host.
const PAGE_ALIGN: usize = 4096;

fn is_large(size: usize, align: usize) -> bool {
    size > LARGE_BYTES && align <= PAGE_ALIGN
}

// SAFETY: a block has the size and the alignment that were asked for, and is no other's
// until it is given back; which of the two it came from, its layout says.
unsafe impl GlobalAlloc for Own {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout.size(), layout.align()) {
            return map(layout.size());
        }
        reserve::allocate(layout.align(), layout.size()).cast()
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, passed on; the block has the layout's size.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() && !is_large(layout.size(), layout.align()) {
                ptr::write_bytes(block, 0, layout.size());
            }
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_large(layout.size(), layout.align()) {
            // SAFETY: the caller's promise: a block of `alloc`, and so a mapping.
            unsafe { libc::munmap(block.cast(), layout.size()) };
        } else if let Some(block) = NonNull::new(block) {
            // A block that is none can't be: the caller promises.
            let _ = reserve::release(block.cast());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let align = layout.align();
        if is_large(layout.size(), align) && is_large(size, align) {
            let moves = libc::MREMAP_MAYMOVE;
            // SAFETY: the caller's promise: a block of `alloc`, and so a mapping.
            let moved = unsafe { libc::mremap(block.cast(), layout.size(), size, moves) };
            return or_null(moved);
        }
        // SAFETY: the caller's promise; both blocks have the bytes that are copied.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, align));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

/// New memory, all zeros; null if the host has none.
fn map(bytes: usize) -> *mut u8 {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a mapping at an address of the kernel's choice takes the place of none.
    or_null(unsafe { libc::mmap(ptr::null_mut(), bytes, access, flags, -1, 0) })
}

fn or_null(mapped: *mut libc::c_void) -> *mut u8 {
    match mapped {
        libc::MAP_FAILED => ptr::null_mut(),
        mapped => mapped.cast(),
    }
}
