//! Tests that hold for every heap with every combination of its policies.
//!
//! `cargo test -p heaplab-heap-tests shadow::` runs those of one file.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod bad_calls;
mod bad_pointers;
mod bump;
mod check_fails;
mod exhaustion;
mod graded;
mod long_runs;
mod names;
mod operation_time;
mod shadow;
mod small_scope;
mod variations;
mod waste_parts;
