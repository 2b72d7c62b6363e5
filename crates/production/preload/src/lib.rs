//! The library that `heaplab record` puts in front of a program with
//! `LD_PRELOAD`: every heap call of the program passes through it, is written to
//! a log, and is served by the C library as before.
//!
//! A hook runs inside `malloc`, so it lives by the rules that `malloc` itself
//! lives by:
//!
//! 1. The real functions are found in the libraries' own symbol tables (`next.rs`,
//!    `objects.rs`). Looking them up with `dlsym` could allocate before there is an
//!    allocator.
//! 2. A hook never allocates, locks, prints or panics. The compiler helps: this
//!    crate is `no_std`, so nothing but `core`, system calls and atomics can be
//!    named here. Every hook is `extern "C"`, where a panic aborts.
//! 3. A record is one atomic addition and four stores into a file mapped into
//!    memory (`log.rs`). Nothing is buffered, so nothing is lost when the program
//!    leaves through `_exit` or `exec`, which run no destructors.
//! 4. A release is logged before it happens and an acquisition after it has
//!    happened (`hooks.rs`). So an address is never handed out in the log while
//!    the log still has it live, whatever the threads do.
//! 5. A forked child leaves its parent's log and opens its own.
//! 6. All entrances of the heap are hooked, not `malloc` and `free` alone; those of C++
//!    are in `operators.rs`.
//! 7. The first heap call opens the log; it comes long before `main` and before this
//!    library's own constructor. The constructor opens it for a program that makes none,
//!    because it has a `malloc` of its own: the log then says so.
//!
//! The library only makes sense on Linux with glibc; elsewhere it is empty.
#![no_std]

// For its panic handler alone. The shared object needs one to link; the rules
// above keep it from ever being called.
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
