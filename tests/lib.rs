//! What the end-to-end tests share.
#![forbid(unsafe_code)]

pub mod command;
pub mod designs;
pub mod examples;
