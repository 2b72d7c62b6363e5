//! The library that `heaplab exec` preloads into a program with `LD_PRELOAD`: every block of the
//! program comes from a heap of the lab.
//!
//! ```text
//!  the program   malloc(100)            free(p)            operator new    dlopen
//!                    |                     |                     |             |
//!  hooks.rs      C's rules: NULL and errno, sizes,       operators.rs    modules.rs
//!                overflow, alignments
//!                    |                     |
//!  gate.rs       one thread at a time (lock.rs);    the other calls   -> elsewhere.rs
//!                    |                     |                              reserve.rs
//!  serve.rs      pointers here, addresses of the simulated machine there
//!                    |                     |
//!  a heap        over the arena: 4 GiB of this process's address space
//! ```
//!
//! - **One lock.** The heaps don't handle threads.
//! - **Nothing waits for itself.** A small reserve that never waits serves a signal handler that
//!   allocates while its thread is inside the heap, a thread that runs while another forks, and the
//!   loader before there is an environment.
//! - **The library's own allocations** come from that reserve too, or from the host (`own.rs`).
//! - **Unknown blocks are refused.** A pointer that the heap did not give out, or that is free
//!   already, ends the program with a message, as in the C library. If the program is linked with
//!   another allocator, that one is called first (`foreign.rs`).
//! - **Nothing is given back at the end.** The end of the process does that.
//!
//! Payloads are aligned to 16 bytes, as C requires on 64-bit machines. The library works only on
//! Linux with glibc; elsewhere it is empty.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod account;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod blocks;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod checked;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod choose;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod elsewhere;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod foreign;
pub mod format;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod gate;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod hooks;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod lock;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod mapping;
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod modules;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod operators;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod own;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod reserve;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod serve;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod threads;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod walk;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod words;
