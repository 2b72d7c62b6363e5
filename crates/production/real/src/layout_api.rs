//! Allocators with Rust's interface: the caller that frees a block passes its size and alignment,
//! so the allocator need not store them in front of the block.

use heaplab_host::c_api::{HostMemory, payload_at};
use heaplab_replay::{Payloads, Subject};
use std::alloc::Layout;
use std::ptr;

/// The alignment that `malloc` guarantees.
const MALLOC_ALIGN: usize = 16;

/// The calls of an allocator, as in `GlobalAlloc`.
///
/// # Safety
/// Until it is given back, a block has the bytes and the alignment of its layout, and shares bytes
/// with nothing else.
pub(crate) unsafe trait LayoutApi {
    /// Returns null if there is no memory.
    ///
    /// # Safety
    /// The size of `layout` is not 0.
    unsafe fn allocate(&mut self, layout: Layout) -> *mut u8;

    /// # Safety
    /// `ptr` is a block of this layout that was not given back.
    unsafe fn deallocate(&mut self, ptr: *mut u8, layout: Layout);

    /// Returns null if there is no memory; the old block then stays valid.
    ///
    /// # Safety
    /// As for `deallocate`, and `size` is not 0.
    unsafe fn reallocate(&mut self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's; the two blocks are two.
        unsafe {
            let Ok(larger) = Layout::from_size_align(size, layout.align()) else {
                return ptr::null_mut();
            };
            let moved = self.allocate(larger);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(ptr, moved, layout.size().min(size));
                self.deallocate(ptr, layout);
            }
            moved
        }
    }
}

/// Such an allocator as a subject. As with [`CAllocator`](heaplab_host::c_api::CAllocator), every
/// block passed in is null, or was returned by these functions and not given back since.
pub(crate) struct LayoutAllocator<A>(pub(crate) A);

/// A block and its layout: what a Rust program stores of it.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    ptr: *mut u8,
    layout: Layout,
}

impl Held {
    const NULL: Held = Held { ptr: ptr::null_mut(), layout: Layout::new::<()>() };
}

impl<A: LayoutApi> LayoutAllocator<A> {
    fn aligned(&mut self, align: usize, size: u32) -> Held {
        // malloc(0) returns a block in C, but Rust's interface does not take a size of 0.
        let size = size.max(1) as usize;
        let Ok(layout) = Layout::from_size_align(size, align) else {
            return Held::NULL;
        };
        // SAFETY: the size is not 0.
        let ptr = unsafe { self.0.allocate(layout) };
        Held { ptr, layout }
    }
}

impl<A: LayoutApi> Subject for LayoutAllocator<A> {
    type Ptr = Held;
    const NULL: Held = Held::NULL;

    #[inline]
    fn malloc(&mut self, size: u32) -> Held {
        self.aligned(MALLOC_ALIGN, size)
    }

    #[inline]
    fn free(&mut self, held: Held) {
        if !held.ptr.is_null() {
            // SAFETY: a block of this layout, see the type.
            unsafe { self.0.deallocate(held.ptr, held.layout) };
        }
    }

    #[inline]
    fn realloc(&mut self, held: Held, size: u32) -> Held {
        if held.ptr.is_null() {
            return self.malloc(size);
        }
        if size == 0 {
            self.free(held);
            return Held::NULL;
        }
        let Ok(layout) = Layout::from_size_align(size as usize, held.layout.align()) else {
            return Held::NULL;
        };
        // SAFETY: a block of this layout, see the type, and the size is not 0.
        let ptr = unsafe { self.0.reallocate(held.ptr, held.layout, size as usize) };
        Held { ptr, layout }
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> Held {
        let held = self.malloc(size);
        if !held.ptr.is_null() {
            // SAFETY: a block of at least `size` bytes.
            unsafe { ptr::write_bytes(held.ptr, 0, size as usize) };
        }
        held
    }

    #[inline]
    fn memalign(&mut self, align_bytes: u32, size: u32) -> Held {
        self.aligned((align_bytes as usize).max(MALLOC_ALIGN), size)
    }
}

impl<A: LayoutApi> Payloads for LayoutAllocator<A> {
    /// Returns the size that was requested: a caller with a layout uses no more.
    fn usable_bytes(&self, held: Held) -> u32 {
        held.layout.size() as u32
    }

    fn payload_mut(&mut self, held: Held, size: u32) -> &mut [u8] {
        // SAFETY: a block not given back yet, see the type; the slice borrows `self`.
        unsafe { payload_at::<Self>(held, size) }
    }
}

// SAFETY: the trait's promise.
unsafe impl<A: LayoutApi> HostMemory for LayoutAllocator<A> {
    fn place(held: Held) -> *mut u8 {
        held.ptr
    }
}
