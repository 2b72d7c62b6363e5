//! A shared library with malloc's names as an allocator.
//!
//! 1. [`inspect`] reads the file, and says why it can't be used. It runs nothing of it.
//! 2. [`load`] loads it into this process, where it may crash: do that in a process
//!    that holds nothing else.
//!
//! The library's own calls of malloc and its kin reach the library itself, as they do
//! in a program that it is preloaded into, and nothing else in the process does: it is
//! opened with `RTLD_LOCAL` and `RTLD_DEEPBIND`. A second name space (`dlmopen`) would be
//! the cleaner border, but a second C library comes with it. Two C libraries move one
//! break without knowing of each other, and an allocator that calls `sbrk` would then be
//! given memory that is in use.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod calls;
mod file;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod load;

pub use file::{ALIGNED_NAMES, LibraryFile, NAMES, USABLE_SIZE, Unusable, inspect};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub use load::load;

use std::fmt;

/// Whether a name given for a heap is the path of a library: it has a slash, or the name
/// of a shared library. No heap's name does.
pub fn is_path(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.contains('/') || file.ends_with(".so") || file.contains(".so.")
}

/// Why a library can't be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The file itself can't be used.
    Unusable(Unusable),
    /// It needs another library, which the loader does not find.
    Needs(String),
    /// It needs a name that no library defines.
    Undefined(String),
    /// The loader has another reason, in its own words.
    Loader(String),
    /// Libraries are loaded only on Linux with glibc.
    NotHere,
}

impl LoadError {
    /// What the words of the loader mean.
    #[cfg_attr(
        not(all(target_os = "linux", target_env = "gnu")),
        expect(dead_code, reason = "nothing is loaded there")
    )]
    fn from_loader(words: &str) -> LoadError {
        if let Some((before, _)) = words.split_once(": cannot open shared object file") {
            return LoadError::Needs(before.to_owned());
        }
        match words.split_once("undefined symbol: ") {
            Some((_, name)) => LoadError::Undefined(name.to_owned()),
            None => LoadError::Loader(words.to_owned()),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unusable(why) => write!(f, "{why}"),
            LoadError::Needs(library) => write!(
                f,
                "it needs the library {library}, which the loader does not find\n\
                 help: install that library, or name its folder in LD_LIBRARY_PATH"
            ),
            LoadError::Undefined(name) => write!(
                f,
                "it needs `{name}`, which no library defines\n\
                 help: link it with the object file or the library that has `{name}`; \
                 `-Wl,--no-undefined` tells you when you link"
            ),
            LoadError::Loader(words) => write!(f, "the loader refuses it: {words}"),
            LoadError::NotHere => write!(f, "a library can be loaded only on Linux with glibc"),
        }
    }
}

impl std::error::Error for LoadError {}

/// Loads nothing: this system has no loader that is known to do it right.
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
    fn libraries_are_told_from_heaps_by_their_names() {
        for name in ["./libmine.so", "libmine.so", "/usr/lib/libx.so.2", "a/b"] {
            assert!(is_path(name), "{name}");
        }
        for name in [
            "explicit:address,best-fit",
            "libc",
            "segregated",
            "solo",
            "x.so2",
        ] {
            assert!(!is_path(name), "{name}");
        }
    }

    #[test]
    fn the_loaders_words_are_understood() {
        let of = LoadError::from_loader;
        assert_eq!(
            of("libno.so: cannot open shared object file: No such file or directory"),
            LoadError::Needs("libno.so".to_owned())
        );
        assert_eq!(
            of("/tmp/libmine.so: undefined symbol: helper"),
            LoadError::Undefined("helper".to_owned())
        );
        let other = "/tmp/libmine.so: cannot allocate memory in static TLS block";
        assert_eq!(of(other), LoadError::Loader(other.to_owned()));
    }
}
