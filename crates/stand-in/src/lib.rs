//! The library that `heaplab exec` puts in front of a program with `LD_PRELOAD`:
//! every block of the program comes from a heap of the lab.
//!
//! ```text
//!  the program   malloc(100)            free(p)
//!                    |                     |
//!  hooks.rs      C's words: NULL and errno, sizes that overflow, alignments
//!                    |                     |
//!  gate.rs       one at a time; who comes in twice goes to the C library
//!                    |                     |
//!  serve.rs      pointers here, addresses of the simulated machine there
//!                    |                     |
//!  a heap        over the arena: 4 GiB of this process's address space
//! ```
//!
//! - **One lock.** The heaps know no threads. A thread that forks holds the lock, so
//!   that the child gets a heap that nobody was about to change.
//! - **Who comes in twice.** What runs under the lock may allocate itself: Rust's own
//!   library for a message, the C library for a fork handler. Such a call is given to the
//!   C library's allocator, under the names that glibc has for it besides (`glibc.rs`).
//!   So are the first calls of a process, before its environment is there.
//! - **What is not ours is refused**: a pointer that the heap did not give out, or that is
//!   free already, ends the program with a message, as in the C library.
//! - **Nothing is given back at the end.** The process's end does that.
//!
//! Payloads are aligned to 16 bytes, as C asks on 64-bit machines. The library only makes
//! sense on Linux with glibc; elsewhere it is empty.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod account;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod checked;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod choose;
pub mod format;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod gate;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod hooks;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod serve;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod words;
