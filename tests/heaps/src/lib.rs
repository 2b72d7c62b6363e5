//! Shared by the tests of heaps as types: every design with every
//! combination of its policies, long runs, and the most expensive operation.
#![forbid(unsafe_code)]

pub mod designs;
pub mod long_run;
pub mod worst_operation;
