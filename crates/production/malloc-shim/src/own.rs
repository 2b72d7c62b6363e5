//! The allocator of Rust's own library inside this one. It never uses the functions that this
//! library replaces, and never the C library, whose allocator has locks that a fork waits for.
//!
//! Small blocks come from the [`reserve`], large ones from the host. Neither waits.

use crate::reserve;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

struct Own;

#[global_allocator]
static ALLOCATOR: Own = Own;

/// Larger blocks are mappings.
const LARGE_BYTES: usize = 64 << 10;

/// The alignment of a mapping on every host.
const PAGE_ALIGN: usize = 4096;

fn is_large(size: usize, align: usize) -> bool {
    size > LARGE_BYTES && align <= PAGE_ALIGN
}

// SAFETY: a block has the size and the alignment that were asked for, and no other block
// overlaps it until it is given back; its layout says which of the two it came from.
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
            // An unknown block is impossible, by the caller's promise.
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

/// Maps new memory, all zeros; returns null if the host has none.
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
