//! The hooks of C++: every form of `operator new` and `operator delete`.
//!
//! The real operator is of one of three kinds; the hook tells by which object contains it:
//!
//! - The C++ library's call `malloc` and `free`, which are hooked. They are only passed on.
//! - Another library's need not call a hooked function: these calls are logged here, unless an
//!   inner call was. Otherwise almost nothing would be logged of a C++ program that is linked with
//!   tcmalloc, jemalloc or mimalloc.
//! - There may be none yet: a C program later opens a plug-in written in C++. The loader then finds
//!   these hooks before the plug-in's C++ library. They call `malloc` and `free`, as that library
//!   would. If memory runs out they call that library: it has to call the program's handler, or
//!   throw.
//!
//! An exception may pass through these hooks: they are `C-unwind`. It leaves nothing undone,
//! because an `operator new` leaves nothing behind before it has a block.

use crate::call::{self, Call};
use crate::format::Kind;
use crate::hooks;
use crate::next::{self, Function};
use core::ffi::c_void;
use core::mem;

/// One form of `operator new`. The name is mangled as the C++ ABI says.
macro_rules! operator_new {
    ($hook:ident = $symbol:literal, $function:ident, $align:ident, ($($argument:ident: $type:ty),*)) => {
        #[doc = concat!("`", $symbol, "`")]
        ///
        /// # Safety
        ///
        /// As C++ asks: an alignment is a power of two.
        #[unsafe(export_name = $symbol)]
        pub unsafe extern "C-unwind" fn $hook(size: usize $(, $argument: $type)*) -> *mut c_void {
            type Real = unsafe extern "C-unwind" fn(usize $(, $type)*) -> *mut c_void;
            // SAFETY: the C++ ABI gives the function this type, and the caller's promise is
            // the one that it asks for.
            unsafe {
                acquire::<Real>(Function::$function, operator_new!(@$align $($argument)*), size, |real| {
                    real(size $(, $argument)*)
                })
            }
        }
    };
    (@plain $($argument:ident)*) => { None };
    (@aligned $align:ident $($argument:ident)*) => { Some($align) };
}

/// One form of `operator delete`.
macro_rules! operator_delete {
    ($hook:ident = $symbol:literal, $function:ident, ($($argument:ident: $type:ty),*)) => {
        #[doc = concat!("`", $symbol, "`")]
        ///
        /// # Safety
        ///
        /// As C++ asks: `address` is null or a live block's, from a matching `operator new`.
        #[unsafe(export_name = $symbol)]
        pub unsafe extern "C-unwind" fn $hook(address: *mut c_void $(, $argument: $type)*) {
            type Real = unsafe extern "C-unwind" fn(*mut c_void $(, $type)*);
            // SAFETY: as above.
            unsafe {
                release::<Real>(Function::$function, address, |real| real(address $(, $argument)*))
            }
        }
    };
}

/// A pointer to `std::nothrow`, with an address and contents that mean nothing.
type Nothrow = *const c_void;

operator_new!(new = "_Znwm", New, plain, ());
operator_new!(new_array = "_Znam", NewArray, plain, ());
operator_new!(new_nothrow = "_ZnwmRKSt9nothrow_t", NewNothrow, plain, (nothrow: Nothrow));
operator_new!(
    new_array_nothrow = "_ZnamRKSt9nothrow_t", NewArrayNothrow, plain, (nothrow: Nothrow)
);
operator_new!(new_aligned = "_ZnwmSt11align_val_t", NewAligned, aligned, (align: usize));
operator_new!(
    new_array_aligned = "_ZnamSt11align_val_t", NewArrayAligned, aligned, (align: usize)
);
operator_new!(
    new_aligned_nothrow = "_ZnwmSt11align_val_tRKSt9nothrow_t", NewAlignedNothrow, aligned,
    (align: usize, nothrow: Nothrow)
);
operator_new!(
    new_array_aligned_nothrow = "_ZnamSt11align_val_tRKSt9nothrow_t", NewArrayAlignedNothrow, aligned,
    (align: usize, nothrow: Nothrow)
);

operator_delete!(delete = "_ZdlPv", Delete, ());
operator_delete!(delete_array = "_ZdaPv", DeleteArray, ());
operator_delete!(delete_nothrow = "_ZdlPvRKSt9nothrow_t", DeleteNothrow, (nothrow: Nothrow));
operator_delete!(
    delete_array_nothrow = "_ZdaPvRKSt9nothrow_t", DeleteArrayNothrow, (nothrow: Nothrow)
);
operator_delete!(delete_sized = "_ZdlPvm", DeleteSized, (size: usize));
operator_delete!(delete_array_sized = "_ZdaPvm", DeleteArraySized, (size: usize));
operator_delete!(delete_aligned = "_ZdlPvSt11align_val_t", DeleteAligned, (align: usize));
operator_delete!(
    delete_array_aligned = "_ZdaPvSt11align_val_t", DeleteArrayAligned, (align: usize)
);
operator_delete!(
    delete_aligned_nothrow = "_ZdlPvSt11align_val_tRKSt9nothrow_t", DeleteAlignedNothrow,
    (align: usize, nothrow: Nothrow)
);
operator_delete!(
    delete_array_aligned_nothrow = "_ZdaPvSt11align_val_tRKSt9nothrow_t", DeleteArrayAlignedNothrow,
    (align: usize, nothrow: Nothrow)
);
operator_delete!(
    delete_sized_aligned = "_ZdlPvmSt11align_val_t", DeleteSizedAligned,
    (size: usize, align: usize)
);
operator_delete!(
    delete_array_sized_aligned = "_ZdaPvmSt11align_val_t", DeleteArraySizedAligned,
    (size: usize, align: usize)
);

/// Passes an `operator new` on, and logs the call unless the operator will call `malloc`.
///
/// # Safety
///
/// `F` is the type of a pointer to the function.
#[inline]
unsafe fn acquire<F: Copy>(
    function: Function,
    align: Option<usize>,
    size: usize,
    call: impl Fn(F) -> *mut c_void,
) -> *mut c_void {
    // SAFETY: the caller's promise, passed on.
    let Some(real) = (unsafe { function.real::<F>() }) else {
        // SAFETY: the same.
        return unsafe { acquire_by_malloc(function, align, size, call) };
    };
    if !function.may_call_hooks() {
        return call(real);
    }
    let begun = Call::begin(function);
    let address = call(real);
    match align {
        Some(align) => begun.acquired_aligned(align, address, size),
        None => begun.acquired(Kind::Malloc, address, size),
    }
}

/// Does what the C++ library does, in a program that began without it.
///
/// # Safety
///
/// As [`acquire`].
#[cold]
unsafe fn acquire_by_malloc<F: Copy>(
    function: Function,
    align: Option<usize>,
    size: usize,
    call: impl Fn(F) -> *mut c_void,
) -> *mut c_void {
    let size = size.max(1);
    let address = match align {
        None => hooks::malloc(size),
        Some(align) => match size.checked_next_multiple_of(align) {
            Some(whole) => hooks::aligned_alloc(align, whole),
            None => core::ptr::null_mut(),
        },
    };
    let library = if address.is_null() { next::opened_later(function) } else { return address };
    if library.is_null() {
        return library;
    }
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: the caller's promise: a function of this name has this type.
    call(unsafe { mem::transmute_copy(&library) })
}

/// Passes an `operator delete` on, and logs the call unless the operator will call `free`.
///
/// # Safety
///
/// `F` is the type of a pointer to the function; `address` is null or a live block's.
#[inline]
unsafe fn release<F: Copy>(function: Function, address: *mut c_void, call: impl Fn(F)) {
    // SAFETY: the caller's promise, passed on.
    let Some(real) = (unsafe { function.real::<F>() }) else {
        // SAFETY: the same; the block came from `acquire_by_malloc`.
        return unsafe { hooks::free(address) };
    };
    if !function.may_call_hooks() {
        return call(real);
    }
    let _releasing = call::release(function, address);
    call(real);
}
