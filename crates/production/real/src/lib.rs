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

mod c_api;
mod c_library;
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
pub mod time_limit;
mod validity;

pub use registry::{Allocator, KNOWN, allocators};
pub use validity::{What, Wrong};

use c_api::CAllocator;
use c_library::CLibrary;
use heaplab_replay::{Payloads, Subject, SubjectRacer};
use std::slice;

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

/// The name of the C library's allocator in tables and reports.
pub const C_LIBRARY_NAME: &str = "libc";

/// `malloc` and its kin of the C library that this program is linked to.
pub fn c_library() -> SubjectRacer<impl Subject> {
    SubjectRacer::new(CAllocator::<CLibrary>::new())
}

/// A subject whose payloads are in this process's own memory.
///
/// # Safety
/// A block that a call returned for `size` bytes has these at `place`, and they are
/// nobody else's until it is given back.
pub(crate) unsafe trait HostMemory: Payloads {
    /// Where the payload is; null if it is nowhere.
    fn place(ptr: Self::Ptr) -> *mut u8;

    /// Whether it has a call for blocks of a given alignment.
    fn has_memalign(&self) -> bool {
        true
    }
}

/// The program's view of a block that was not given back; of null it is empty.
pub(crate) fn payload_at<'a, S: HostMemory>(ptr: S::Ptr, size: u32) -> &'a mut [u8] {
    let place = S::place(ptr);
    if place.is_null() {
        return &mut [];
    }
    // SAFETY: the subject gave out a block of at least so many bytes, which was not given
    // back; the slice is not used after the next call of the subject.
    unsafe { slice::from_raw_parts_mut(place, size as usize) }
}
