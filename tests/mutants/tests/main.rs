//! Tests of the corpus of broken allocators.
//!
//! `cargo test -p heaplab-mutants corpus::` runs those of one file.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod copies;
mod corpus;
mod labs;
mod long_runs;
mod sound;
mod supervised;
mod table;
