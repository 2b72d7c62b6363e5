//! Real programs, with another malloc in front of them.
//!
//! | what | where |
//! |---|---|
//! | run a program whose blocks come from a heap of the lab | [`exec`] |
//! | measure programs under several mallocs, as whole processes | `bench` |
//! | put one of heaplab's libraries in front of a program, and run it | [`preload`] |
//! | tell which programs keep their own malloc whatever is in front | [`program`] |
//!
//! Everything here needs Linux with glibc, whose loader reads `LD_PRELOAD`; elsewhere the
//! functions return an error that says so.
#![forbid(unsafe_code)]

pub mod bench;
pub mod child;
pub mod exec;
/// The accounts' layout, shared as source with the library that writes them: to `use`
/// that crate would link its `malloc` into this process.
#[path = "../../stand-in/src/format.rs"]
#[expect(dead_code, reason = "some of it is only for the writer")]
mod format;
pub mod preload;
pub mod program;
