//! What the end-to-end tests share.
#![forbid(unsafe_code)]

pub mod command;
pub mod designs;
pub mod examples;
pub mod long_run;
pub mod worst_operation;
