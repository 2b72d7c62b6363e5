//! Production allocators as contenders: what the simulated heaps race against.
//!
//! They live in the host's own memory, not in a simulated heap. So there is no
//! heap segment whose size could be compared with the payload, and no
//! utilization in the sense of the lab. It is not 0; there is none. What can be
//! measured of all of them, and of the simulated heaps too, is what they take of
//! the host ([`resident`]).
//!
//! A shared library with malloc's names is one too ([`library`]), loaded when it is
//! asked for.
//!
//! The C library's is always there. The others are compiled in with the feature
//! `all`, on Linux.

#[cfg(all(feature = "all", target_os = "linux"))]
mod layout_api;
pub mod library;
#[cfg(all(feature = "all", target_os = "linux"))]
mod peers;
#[cfg(all(feature = "all", target_os = "linux"))]
mod production;
#[cfg(all(feature = "all", target_os = "linux"))]
mod region;
mod registry;
pub mod resident;
mod validity;

pub use registry::{Allocator, KNOWN, allocators, is_known};
pub use validity::{What, Wrong};

pub use heaplab_host::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME, c_library};

/// This machine, as ELF files name it.
const MACHINE: u16 = if cfg!(target_arch = "x86_64") {
    object::elf::EM_X86_64
} else if cfg!(target_arch = "aarch64") {
    object::elf::EM_AARCH64
} else if cfg!(target_arch = "riscv64") {
    object::elf::EM_RISCV
} else {
    object::elf::EM_NONE
};
