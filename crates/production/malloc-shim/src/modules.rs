//! Makes `dlopen` ignore RTLD_DEEPBIND.
//!
//! A module opened with that flag looks names up first in itself and its own libraries. So it finds
//! the C library's malloc, while the rest of the program uses this one: a block that passes between
//! the two is freed by the wrong one.
//!
//! The C library finds the caller of `dlopen` by the return address, and searches the RUNPATH of
//! the caller's file. So these functions clear the flag and *jump* on: the return address stays the
//! caller's.

use core::arch::naked_asm;
use core::ffi::{CStr, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};

static DLOPEN: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
static DLMOPEN: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());

/// Looks the functions up before `main`, and before the program's own constructors.
#[used]
#[unsafe(link_section = ".init_array")]
static FIND: extern "C" fn() = find;

extern "C" fn find() {
    for (place, name) in [(&DLOPEN, c"dlopen"), (&DLMOPEN, c"dlmopen")] {
        place.store(next(name), Ordering::Relaxed);
    }
}

fn next(name: &CStr) -> *mut c_void {
    // SAFETY: a name; nothing is called.
    unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) }
}

/// Returns the function's address, even if called before `find` has run.
extern "C" fn dlopen_address() -> *mut c_void {
    if DLOPEN.load(Ordering::Relaxed).is_null() {
        find();
    }
    DLOPEN.load(Ordering::Relaxed)
}

extern "C" fn dlmopen_address() -> *mut c_void {
    if DLMOPEN.load(Ordering::Relaxed).is_null() {
        find();
    }
    DLMOPEN.load(Ordering::Relaxed)
}

const _: () = assert!(libc::RTLD_DEEPBIND == 8);

/// `dlopen(file, mode)`.
#[cfg(target_arch = "x86_64")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn dlopen(_file: *const i8, _mode: i32) -> *mut c_void {
    naked_asm!(
        "and esi, -9",
        "mov rax, [rip + {address}]",
        "test rax, rax",
        "jnz 2f",
        "push rdi",
        "push rsi",
        "sub rsp, 8",
        "call {find}",
        "add rsp, 8",
        "pop rsi",
        "pop rdi",
        "2:",
        "jmp rax",
        address = sym DLOPEN,
        find = sym dlopen_address,
    )
}

/// `dlmopen(namespace, file, mode)`.
#[cfg(target_arch = "x86_64")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn dlmopen(_space: i64, _file: *const i8, _mode: i32) -> *mut c_void {
    naked_asm!(
        "and edx, -9",
        "mov rax, [rip + {address}]",
        "test rax, rax",
        "jnz 2f",
        "push rdi",
        "push rsi",
        "push rdx",
        "call {find}",
        "pop rdx",
        "pop rsi",
        "pop rdi",
        "2:",
        "jmp rax",
        address = sym DLMOPEN,
        find = sym dlmopen_address,
    )
}

/// `dlopen(file, mode)`.
#[cfg(target_arch = "aarch64")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn dlopen(_file: *const u8, _mode: i32) -> *mut c_void {
    naked_asm!(
        "and w1, w1, #0xfffffff7",
        "stp x29, x30, [sp, #-32]!",
        "stp x0, x1, [sp, #16]",
        "bl {find}",
        "mov x16, x0",
        "ldp x0, x1, [sp, #16]",
        "ldp x29, x30, [sp], #32",
        "br x16",
        find = sym dlopen_address,
    )
}

/// `dlmopen(namespace, file, mode)`.
#[cfg(target_arch = "aarch64")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn dlmopen(_space: i64, _file: *const u8, _mode: i32) -> *mut c_void {
    naked_asm!(
        "and w2, w2, #0xfffffff7",
        "stp x29, x30, [sp, #-48]!",
        "stp x0, x1, [sp, #16]",
        "str x2, [sp, #32]",
        "bl {find}",
        "mov x16, x0",
        "ldp x0, x1, [sp, #16]",
        "ldr x2, [sp, #32]",
        "ldp x29, x30, [sp], #48",
        "br x16",
        find = sym dlmopen_address,
    )
}
