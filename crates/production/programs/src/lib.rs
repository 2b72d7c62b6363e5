//! Real programs with another malloc.
//!
//! | what | where |
//! |---|---|
//! | run a program whose blocks come from a heap of the lab | [`exec`] |
//! | measure programs under several mallocs, as whole processes | `bench` |
//! | preload one of heaplab's libraries into a program, and run it | [`preload`] |
//! | find out which programs keep their own malloc whatever is preloaded | [`program`] |
//!
//! Everything here needs Linux with glibc, whose loader reads `LD_PRELOAD`; elsewhere the
//! functions return an error that says so.
#![forbid(unsafe_code)]

pub mod bench;
pub mod child;
pub mod exec;
/// The layout of the accounts, shared as source with the library that writes them: a dependency on
/// that crate would link its `malloc` into this process.
#[path = "../../malloc-shim/src/format.rs"]
#[cfg_attr(not(test), expect(dead_code, reason = "some of it is only for the writer"))]
mod format;
pub mod preload;
pub mod program;
