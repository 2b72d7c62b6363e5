//! A shared library with malloc's names as an allocator.
//!
//! 1. [`inspect`] reads the file, and reports why it can't be used. It runs none of its code.
//! 2. [`load`] loads it into this process, where it may crash: use a process that holds nothing
//!    else.
//!
//! The library's own calls of malloc and related functions reach the library itself, as in a
//! program that it is preloaded into; no other calls in the process do. For this it is opened with
//! `RTLD_LOCAL` and `RTLD_DEEPBIND`. A second namespace (`dlmopen`) would separate them better,
//! but would bring a second C library. Two C libraries move one break without knowing of each
//! other, so an allocator that calls `sbrk` would be given memory that is in use.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod calls;
mod error;
mod file;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod load;

pub use error::LoadError;
pub use file::{ALIGNED_NAMES, LibraryFile, NAMES, USABLE_SIZE, Unusable, inspect};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub use load::load;

/// Returns whether a name given for a heap is the path of a library: it contains a slash, or is the
/// file name of a shared library. Names of heaps never are.
pub fn is_path(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.contains('/') || file.ends_with(".so") || file.contains(".so.")
}

/// Loads nothing: on this system, loading is not known to work right.
///
/// # Errors
/// Always.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn load(_: &LibraryFile) -> Result<crate::Allocator, LoadError> {
    Err(LoadError::NotHere)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_heaps_are_distinguished_by_their_names() {
        for name in ["./libmine.so", "libmine.so", "/usr/lib/libx.so.2", "a/b"] {
            assert!(is_path(name), "{name}");
        }
        for name in ["explicit:address,best-fit", "libc", "segregated", "solo", "x.so2"] {
            assert!(!is_path(name), "{name}");
        }
    }
}
