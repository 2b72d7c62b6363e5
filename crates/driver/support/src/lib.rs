//! What the libraries above share and what is not about heaps.
//!
//! | what | where |
//! |---|---|
//! | an error that is a message for the user | [`Error`] |
//! | what a library reports while it works, without a terminal in it | [`Listener`], [`Work`] |
//! | a file that is written whole or not at all | [`files`] |
//! | a file that can be read more than once | [`open_file`] |
//! | where the files of an installed program are | [`installed`] |
//! | numbers that are easy to read | [`grouped`] |
//! | how a person starts this program | [`this_command`], [`explain_command`] |
//! | the word that was perhaps meant | [`did_you_mean`] |
//! | samples: middle, spread, which of two is faster | [`statistics`] |
#![forbid(unsafe_code)]

mod error;
pub mod files;
mod installed;
mod listener;
mod numbers;
mod open;
pub mod statistics;
mod this_command;
mod words;

pub use error::Error;
pub use installed::installed;
pub use listener::{Listener, Quiet, Work};
pub use numbers::grouped;
pub use open::{NotOpened, open_file};
pub use this_command::{explain_command, this_command};
pub use words::did_you_mean;
