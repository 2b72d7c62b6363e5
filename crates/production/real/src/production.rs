//! Production allocators with the C library's interface, each under the names that its build uses
//! here.

use heaplab_host::c_api;
use libc::c_void;

c_api! {
    /// mimalloc, version 3: free lists in every page of a size class.
    Mimalloc {
        malloc: libmimalloc_sys::mi_malloc,
        free: libmimalloc_sys::mi_free,
        realloc: libmimalloc_sys::mi_realloc,
        calloc: libmimalloc_sys::mi_calloc,
        memalign: libmimalloc_sys::mi_malloc_aligned, |align, size| (size, align),
        usable_size: libmimalloc_sys::mi_usable_size,
        prepare: (),
    }
}

c_api! {
    /// mimalloc, version 2, as `build.rs` compiles it.
    Mimalloc2 {
        malloc: mimalloc2::malloc,
        free: mimalloc2::free,
        realloc: mimalloc2::realloc,
        calloc: mimalloc2::calloc,
        memalign: mimalloc2::malloc_aligned, |align, size| (size, align),
        usable_size: mimalloc2::usable_size,
        prepare: (),
    }
}

mod mimalloc2 {
    use libc::c_void;

    unsafe extern "C" {
        #[link_name = "heaplab_mimalloc2_mi_malloc"]
        pub fn malloc(size: usize) -> *mut c_void;
        #[link_name = "heaplab_mimalloc2_mi_free"]
        pub fn free(ptr: *mut c_void);
        #[link_name = "heaplab_mimalloc2_mi_realloc"]
        pub fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void;
        #[link_name = "heaplab_mimalloc2_mi_calloc"]
        pub fn calloc(count: usize, size: usize) -> *mut c_void;
        #[link_name = "heaplab_mimalloc2_mi_malloc_aligned"]
        pub fn malloc_aligned(size: usize, align: usize) -> *mut c_void;
        #[link_name = "heaplab_mimalloc2_mi_usable_size"]
        pub fn usable_size(ptr: *const c_void) -> usize;
    }
}

c_api! {
    /// jemalloc: size classes in slabs, with a cache for each thread.
    Jemalloc {
        malloc: tikv_jemalloc_sys::malloc,
        free: tikv_jemalloc_sys::free,
        realloc: tikv_jemalloc_sys::realloc,
        calloc: tikv_jemalloc_sys::calloc,
        memalign: tikv_jemalloc_sys::aligned_alloc, |align, size| (align, size),
        usable_size: tikv_jemalloc_sys::malloc_usable_size,
        prepare: (),
    }
}

c_api! {
    /// Google's TCMalloc: spans of one size class, with a cache for each core.
    Tcmalloc {
        malloc: tcmalloc::malloc,
        free: tcmalloc::free,
        realloc: tcmalloc::realloc,
        calloc: tcmalloc::calloc,
        memalign: tcmalloc::memalign, |align, size| (align, size),
        usable_size: tcmalloc::usable_size,
        prepare: tcmalloc::link(),
    }
}

mod tcmalloc {
    use libc::c_void;

    // The crate declares only what Rust's allocator interface needs, but its library also contains
    // C's entry points.
    unsafe extern "C" {
        #[link_name = "TCMallocInternalMalloc"]
        pub fn malloc(size: usize) -> *mut c_void;
        #[link_name = "TCMallocInternalFree"]
        pub fn free(ptr: *mut c_void);
        #[link_name = "TCMallocInternalRealloc"]
        pub fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void;
        #[link_name = "TCMallocInternalCalloc"]
        pub fn calloc(count: usize, size: usize) -> *mut c_void;
        #[link_name = "TCMallocInternalMemalign"]
        pub fn memalign(align: usize, size: usize) -> *mut c_void;
        #[link_name = "TCMallocInternalMallocSize"]
        pub fn usable_size(ptr: *mut c_void) -> usize;
    }

    /// Refers to the crate, so that its library is linked.
    pub fn link() {
        let named = libtcmalloc_sys::BridgeTCMallocInternalNewAlignedNothrow as *const ();
        std::hint::black_box(named);
    }
}

c_api! {
    /// rpmalloc: spans of one size class, each owned by a thread.
    Rpmalloc {
        malloc: rpmalloc_sys::rpmalloc,
        free: rpmalloc_sys::rpfree,
        realloc: rpmalloc_sys::rprealloc,
        calloc: rpmalloc_sys::rpcalloc,
        memalign: rpmalloc_sys::rpaligned_alloc, |align, size| (align, size),
        usable_size: rpmalloc_sys::rpmalloc_usable_size,
        prepare: initialize_rpmalloc(),
    }
}

fn initialize_rpmalloc() {
    // SAFETY: it may be called as often as one likes.
    unsafe { rpmalloc_sys::rpmalloc_initialize() };
}

c_api! {
    /// snmalloc: slabs of one size class; blocks that another thread frees come as messages.
    Snmalloc {
        malloc: snmalloc_sys::sn_malloc,
        free: snmalloc_sys::sn_free,
        realloc: snmalloc_sys::sn_realloc,
        calloc: snmalloc_sys::sn_calloc,
        memalign: snmalloc_aligned, |align, size| (align, size),
        usable_size: snmalloc_sys::sn_malloc_usable_size,
        prepare: (),
    }
}

/// # Safety
/// `align` is a power of two.
unsafe fn snmalloc_aligned(align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's. It finds the size class of a block by its address, so
    // that `sn_free` may have blocks of this call, too.
    unsafe { snmalloc_sys::sn_rust_alloc(align, size) }
}
