//! The program with the hidden command.

use serde::{Deserialize, Serialize};
use std::env;
use std::io;
use std::path::PathBuf;

/// How to start the hidden command: a program that calls [`jail_main`](crate::jail_main) when
/// its arguments are these, an order, `--`, and a program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The program's path.
    pub program: PathBuf,
    /// Its first arguments.
    pub arguments: Vec<String>,
}

impl Entry {
    /// Returns the running program, with the name of its hidden command.
    ///
    /// # Errors
    /// If the system can't name the running program.
    pub fn this_program(hidden_command: &str) -> io::Result<Entry> {
        Ok(Entry { program: env::current_exe()?, arguments: vec![hidden_command.to_owned()] })
    }
}
