//! Production allocators, to be compared with the simulated heaps.
//!
//! Their memory is the host's, not that of a simulated heap. So they have no heap segment to
//! compare with the payload, and no utilization in the sense of the lab: it is not 0, it does not
//! exist. What can be measured of all of them, and of the simulated heaps, is the memory that they
//! take of the host ([`resident`]).
//!
//! A shared library that defines malloc's names is one too ([`library`]); it is loaded on request.
//!
//! The C library's is always available. The others are compiled in with the feature `all`, on
//! Linux.

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
