//! The real allocator, by the names under which glibc exports it besides
//! `malloc`, `free` and so on. The linker binds them like any other function:
//! no look-up at run time, and nothing that could allocate.

use core::ffi::{c_char, c_int, c_void};
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

unsafe extern "C" {
    /// `malloc`.
    #[link_name = "__libc_malloc"]
    pub fn malloc(size: usize) -> *mut c_void;
    /// `free`.
    #[link_name = "__libc_free"]
    pub fn free(address: *mut c_void);
    /// `calloc`.
    #[link_name = "__libc_calloc"]
    pub fn calloc(count: usize, size: usize) -> *mut c_void;
    /// `realloc`.
    #[link_name = "__libc_realloc"]
    pub fn realloc(address: *mut c_void, size: usize) -> *mut c_void;
    /// `memalign`, which serves the whole aligned family.
    #[link_name = "__libc_memalign"]
    pub fn memalign(align: usize, size: usize) -> *mut c_void;
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn __errno_location() -> *mut c_int;
}

/// The calling thread's `errno`.
pub fn errno() -> c_int {
    // SAFETY: as in `set_errno`.
    unsafe { *__errno_location() }
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: c_int) {
    // SAFETY: glibc returns the address of this thread's own `errno`, which is
    // valid as long as the thread runs.
    unsafe { *__errno_location() = value }
}

/// glibc's `malloc_usable_size`, the one function that has no second name.
///
/// It is looked up at the first call. That is safe here, unlike in `malloc`: the
/// allocator works by now, and a program has a block in hand when it asks.
///
/// # Safety
///
/// `address` is null or was given out by the heap and is live.
pub unsafe fn malloc_usable_size(address: *mut c_void) -> usize {
    type Function = unsafe extern "C" fn(*mut c_void) -> usize;
    static FOUND: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
    let mut found = FOUND.load(Ordering::Relaxed);
    if found.is_null() {
        // SAFETY: the name is a C string; RTLD_NEXT is a handle dlsym knows.
        found = unsafe { dlsym(libc::RTLD_NEXT, c"malloc_usable_size".as_ptr()) };
        FOUND.store(found, Ordering::Relaxed);
    }
    if found.is_null() {
        return 0;
    }
    // SAFETY: the symbol of this name has this type in every glibc.
    let function = unsafe { mem::transmute::<*mut c_void, Function>(found) };
    // SAFETY: the caller's promise is the one this function asks for.
    unsafe { function(address) }
}
