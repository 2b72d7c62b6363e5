//! Allocators written in Rust for programs without an operating system. All but dlmalloc use a
//! region that they get once, and can't give any of it back.

use crate::layout_api::LayoutApi;
use crate::region::reserve;
use std::alloc::Layout;
use std::ptr::{self, NonNull};

/// The size that a simulated heap may have.
const REGION_BYTES: usize = 1 << 30;

/// talc: a bitmap over bins of sizes, best fit among a few.
pub(crate) struct Talc(talc::base::Talc<talc::source::Manual, talc::DefaultBinning>);

impl Talc {
    pub(crate) fn new() -> Talc {
        let mut talc = talc::base::Talc::new(talc::source::Manual);
        let region = reserve(REGION_BYTES);
        // SAFETY: nothing else uses the region, and it stays mapped.
        unsafe { talc.claim(region.as_ptr().cast(), region.len()) };
        Talc(talc)
    }
}

// SAFETY: as its documentation promises.
unsafe impl LayoutApi for Talc {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.allocate(layout) }.map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline]
    unsafe fn deallocate(&mut self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.0.deallocate(ptr, layout) }
    }

    #[inline]
    unsafe fn reallocate(&mut self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's; the two blocks are two.
        unsafe {
            if self.0.try_realloc_in_place(ptr, layout, size) {
                return ptr;
            }
            let Ok(larger) = Layout::from_size_align(size, layout.align()) else {
                return ptr::null_mut();
            };
            let moved = self.allocate(larger);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(ptr, moved, layout.size().min(size));
                self.0.deallocate(ptr, layout);
            }
            moved
        }
    }
}

/// rlsf: two-level segregated fits (TLSF), in constant time.
pub(crate) struct Rlsf(rlsf::Tlsf<'static, u32, u32, 28, 32>);

impl Rlsf {
    pub(crate) fn new() -> Rlsf {
        let mut tlsf = rlsf::Tlsf::new();
        // SAFETY: nothing else uses the region, and it stays mapped.
        unsafe { tlsf.insert_free_block_ptr(reserve(REGION_BYTES)) };
        Rlsf(tlsf)
    }
}

// SAFETY: as its documentation promises.
unsafe impl LayoutApi for Rlsf {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> *mut u8 {
        self.0.allocate(layout).map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline]
    unsafe fn deallocate(&mut self, ptr: *mut u8, layout: Layout) {
        if let Some(ptr) = NonNull::new(ptr) {
            // SAFETY: the caller's.
            unsafe { self.0.deallocate(ptr, layout.align()) }
        }
    }

    #[inline]
    unsafe fn reallocate(&mut self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let larger = Layout::from_size_align(size, layout.align());
        let (Some(ptr), Ok(larger)) = (NonNull::new(ptr), larger) else {
            return ptr::null_mut();
        };
        // SAFETY: the caller's; the alignment is the block's.
        let moved = unsafe { self.0.reallocate(ptr, larger) };
        moved.map_or(ptr::null_mut(), NonNull::as_ptr)
    }
}

/// dlmalloc in Rust: Doug Lea's design, from which glibc's malloc comes. It gets its memory from
/// the host itself.
pub(crate) struct Dlmalloc(dlmalloc::Dlmalloc);

impl Dlmalloc {
    pub(crate) fn new() -> Dlmalloc {
        Dlmalloc(dlmalloc::Dlmalloc::new())
    }
}

// SAFETY: as its documentation promises.
unsafe impl LayoutApi for Dlmalloc {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.malloc(layout.size(), layout.align()) }
    }

    #[inline]
    unsafe fn deallocate(&mut self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.0.free(ptr, layout.size(), layout.align()) }
    }

    #[inline]
    unsafe fn reallocate(&mut self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.realloc(ptr, layout.size(), layout.align(), size) }
    }
}

/// linked_list_allocator: first fit over a list in address order, as for a kernel in its early
/// stages.
pub(crate) struct LinkedList(linked_list_allocator::Heap);

impl LinkedList {
    pub(crate) fn new() -> LinkedList {
        let mut heap = linked_list_allocator::Heap::empty();
        let region = reserve(REGION_BYTES);
        // SAFETY: nothing else uses the region, and it stays mapped.
        unsafe { heap.init(region.as_ptr().cast(), region.len()) };
        LinkedList(heap)
    }
}

// SAFETY: as its documentation promises.
unsafe impl LayoutApi for LinkedList {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> *mut u8 {
        let block = self.0.allocate_first_fit(layout);
        block.map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline]
    unsafe fn deallocate(&mut self, ptr: *mut u8, layout: Layout) {
        if let Some(ptr) = NonNull::new(ptr) {
            // SAFETY: the caller's.
            unsafe { self.0.deallocate(ptr, layout) }
        }
    }
}
