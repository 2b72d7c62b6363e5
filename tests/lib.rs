//! Shared code of the end-to-end tests.
#![forbid(unsafe_code)]

pub mod command;
pub mod examples;
