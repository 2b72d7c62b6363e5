//! What the tests share that are about heaps as types: every design with every
//! combination of its policies, long runs, and the operation that costs most.
#![forbid(unsafe_code)]

pub mod designs;
pub mod long_run;
pub mod worst_operation;
