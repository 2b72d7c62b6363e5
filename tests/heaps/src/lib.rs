//! Shared by the tests of heaps as types: every design with every
//! combination of its policies, long runs, variations of traces, the most
//! expensive operation, and times of operations.
#![forbid(unsafe_code)]

pub mod designs;
pub mod long_run;
pub mod operation_time;
pub mod variations;
pub mod worst_operation;
