//! The library that `heaplab record` preloads into a program with `LD_PRELOAD`: every heap call of
//! the program passes through it, is logged, and is served by the C library as before.
//!
//! A hook runs inside `malloc`, so it keeps the rules that `malloc` itself keeps:
//!
//! 1. The real functions are found in the libraries' own symbol tables (`next.rs`, `objects.rs`).
//!    Looking them up with `dlsym` could allocate before an allocator exists.
//! 2. A hook never allocates, locks, prints or panics. The compiler helps: this crate is `no_std`,
//!    so it can only name `core`, system calls and atomics. Every hook is `extern "C"`, where a
//!    panic aborts.
//! 3. A record costs one atomic addition and four stores into a file mapped into memory (`log.rs`).
//!    Nothing is buffered, so nothing is lost when the program ends through `_exit` or `exec`,
//!    which run no destructors.
//! 4. A release is logged before it happens and an acquisition after it has happened (`hooks.rs`).
//!    So the log never gives out an address that is still live in it, whatever the threads do.
//! 5. A forked child leaves its parent's log and opens its own.
//! 6. All entry points of the heap are hooked, not only `malloc` and `free`; those of C++ are in
//!    `operators.rs`.
//! 7. The first heap call opens the log; it comes long before `main` and before this library's own
//!    constructor. The constructor opens the log of a program that makes no heap call here because
//!    it has its own `malloc`; the log then says so.
//!
//! The library works only on Linux with glibc; elsewhere it is empty.
#![no_std]

// For its panic handler alone, which the shared object needs to link. The rules above keep the
// handler from ever being called.
extern crate std as _;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod call;
pub mod format;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod hooks;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod log;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod nested;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod next;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod objects;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod operators;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod sanitizers;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod system;
