//! Shared code of the end-to-end tests.
#![forbid(unsafe_code)]

pub mod browser;
pub mod command;
pub mod examples;
pub mod terminal;
