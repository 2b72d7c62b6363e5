//! All forms of `operator new` and `operator delete` of C++.
//!
//! A program that is linked with another allocator would find its operators, which never call
//! `malloc`. These operators do, as libstdc++'s do: if there is no memory, they call the program's
//! handler until it has none set; then they throw `std::bad_alloc`.

use crate::hooks::{aligned, free, malloc};
use core::ffi::{CStr, c_void};
use core::mem::transmute;

/// The argument `std::nothrow`: a reference that is not used.
type NoThrow = *const c_void;

/// Tries until there is a block, or no handler that could help; then returns null.
#[inline]
fn with_handler(try_it: impl Fn() -> *mut c_void) -> *mut c_void {
    loop {
        let block = try_it();
        if !block.is_null() {
            return block;
        }
        match new_handler() {
            // SAFETY: the program set it to be called now.
            Some(handler) => unsafe { handler() },
            None => return block,
        }
    }
}

/// Tries in the same way, but throws `std::bad_alloc` if there is no block.
#[inline]
fn or_throw(try_it: impl Fn() -> *mut c_void) -> *mut c_void {
    let block = with_handler(try_it);
    if block.is_null() {
        throw_bad_alloc();
    }
    block
}

type Handler = unsafe extern "C-unwind" fn();

fn symbol(name: &CStr) -> *mut c_void {
    // SAFETY: a name; nothing is called.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

#[cold]
fn new_handler() -> Option<Handler> {
    type Get = unsafe extern "C" fn() -> Option<Handler>;
    let get = symbol(c"_ZSt15get_new_handlerv");
    // SAFETY: `std::get_new_handler` has this type.
    (!get.is_null()).then(|| unsafe { transmute::<*mut c_void, Get>(get)() })?
}

#[cold]
fn throw_bad_alloc() -> ! {
    type Throw = unsafe extern "C-unwind" fn() -> !;
    let throw = symbol(c"_ZSt17__throw_bad_allocv");
    if throw.is_null() {
        crate::words::die(format_args!("operator new: there is no memory, and no std::bad_alloc"));
    }
    // SAFETY: `std::__throw_bad_alloc` has this type. Its exception passes through
    // functions that let it, and hold nothing.
    unsafe { transmute::<*mut c_void, Throw>(throw)() }
}

macro_rules! operator_new {
    ($($name:ident($($rest:ident: $type:ty),*) $by:ident $what:expr;)*) => {$(
        #[unsafe(no_mangle)]
        #[allow(non_snake_case)]
        extern "C-unwind" fn $name(size: usize, $($rest: $type),*) -> *mut c_void {
            $by(|| $what(size, $($rest),*))
        }
    )*};
}

operator_new! {
    // new, new[]
    _Znwm() or_throw malloc;
    _Znam() or_throw malloc;
    // (std::nothrow)
    _ZnwmRKSt9nothrow_t(nothrow: NoThrow) with_handler plain;
    _ZnamRKSt9nothrow_t(nothrow: NoThrow) with_handler plain;
    // (std::align_val_t)
    _ZnwmSt11align_val_t(align: usize) or_throw at_multiple;
    _ZnamSt11align_val_t(align: usize) or_throw at_multiple;
    // (std::align_val_t, std::nothrow)
    _ZnwmSt11align_val_tRKSt9nothrow_t(align: usize, nothrow: NoThrow) with_handler at_multiple_nothrow;
    _ZnamSt11align_val_tRKSt9nothrow_t(align: usize, nothrow: NoThrow) with_handler at_multiple_nothrow;
}

fn plain(size: usize, _: NoThrow) -> *mut c_void {
    malloc(size)
}

fn at_multiple(size: usize, align: usize) -> *mut c_void {
    aligned(align.next_power_of_two(), size)
}

fn at_multiple_nothrow(size: usize, align: usize, _: NoThrow) -> *mut c_void {
    at_multiple(size, align)
}

macro_rules! operator_delete {
    ($($name:ident($($rest:ty),*);)*) => {$(
        #[unsafe(no_mangle)]
        #[allow(non_snake_case)]
        unsafe extern "C" fn $name(block: *mut c_void, $(_: $rest),*) {
            // SAFETY: the caller's promise: null, or a live block of `operator new`.
            unsafe { free(block) }
        }
    )*};
}

operator_delete! {
    // delete, delete[]
    _ZdlPv();
    _ZdaPv();
    // with the size
    _ZdlPvm(usize);
    _ZdaPvm(usize);
    // (std::nothrow)
    _ZdlPvRKSt9nothrow_t(NoThrow);
    _ZdaPvRKSt9nothrow_t(NoThrow);
    // (std::align_val_t), also with the size, and with std::nothrow
    _ZdlPvSt11align_val_t(usize);
    _ZdaPvSt11align_val_t(usize);
    _ZdlPvmSt11align_val_t(usize, usize);
    _ZdaPvmSt11align_val_t(usize, usize);
    _ZdlPvSt11align_val_tRKSt9nothrow_t(usize, NoThrow);
    _ZdaPvSt11align_val_tRKSt9nothrow_t(usize, NoThrow);
}
