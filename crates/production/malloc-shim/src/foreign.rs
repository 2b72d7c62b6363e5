//! Blocks of a further allocator: a library that a program is linked with may have its own
//! functions that give out blocks (`mallocx`, `mi_malloc`), which `free` frees.

use crate::elsewhere::Not;
use crate::gate::refuse;
use core::ffi::{CStr, c_void};
use core::ptr::NonNull;

/// Returns the function that the program would call without this library, unless it is the C
/// library's: then there is another allocator.
fn of_another(name: &CStr) -> Option<NonNull<c_void>> {
    let of_c = crate::glibc::free as *const c_void;
    // SAFETY: both are names of functions; nothing is called.
    let (free, wanted) = unsafe {
        (
            libc::dlsym(libc::RTLD_NEXT, c"free".as_ptr()),
            libc::dlsym(libc::RTLD_NEXT, name.as_ptr()),
        )
    };
    NonNull::new(wanted).filter(|_| !free.is_null() && free.cast_const() != of_c)
}

/// `free` of a block that may be another allocator's. Ends the program if there is none.
#[cold]
pub fn free(block: NonNull<c_void>, why: &Not) {
    type Free = unsafe extern "C" fn(*mut c_void);
    let free = expect_other("free", c"free", block, why);
    // SAFETY: `free` has this type, in every library.
    let free = unsafe { core::mem::transmute::<NonNull<c_void>, Free>(free) };
    // SAFETY: the program gave the block back, and it is not ours.
    unsafe { free(block.as_ptr()) }
}

/// `realloc` of a block that may be another allocator's, as in [`free`].
#[cold]
pub fn realloc(block: NonNull<c_void>, size: usize, why: &Not) -> *mut c_void {
    type Realloc = unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void;
    let realloc = expect_other("realloc", c"realloc", block, why);
    // SAFETY: `realloc` has this type, in every library.
    let realloc = unsafe { core::mem::transmute::<NonNull<c_void>, Realloc>(realloc) };
    // SAFETY: as in `free`.
    unsafe { realloc(block.as_ptr(), size) }
}

/// `malloc_usable_size` of a block that may be another allocator's, as in [`free`].
#[cold]
pub fn usable_bytes(block: NonNull<c_void>, why: &Not) -> usize {
    type Usable = unsafe extern "C" fn(*mut c_void) -> usize;
    let name = c"malloc_usable_size";
    let usable = expect_other("malloc_usable_size", name, block, why);
    // SAFETY: `malloc_usable_size` has this type, in every library.
    let usable = unsafe { core::mem::transmute::<NonNull<c_void>, Usable>(usable) };
    // SAFETY: as in `free`.
    unsafe { usable(block.as_ptr()) }
}

fn expect_other(call: &str, name: &CStr, block: NonNull<c_void>, why: &Not) -> NonNull<c_void> {
    match why {
        Not::ABlock(no_block) => refuse(call, block, no_block),
        Not::Ours => of_another(name)
            .unwrap_or_else(|| refuse(call, block, &"the heap did not give out this pointer")),
    }
}
