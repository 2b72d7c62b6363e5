//! A heap that is compiled: where it is, and how it is called.

use crate::interface::Interface;
use std::path::PathBuf;

/// A heap that is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The shared object, or the program.
    pub object: PathBuf,
    /// Whether it is a program: code for 32-bit processors can't be loaded into this process.
    pub is_program: bool,
    /// The shared object with the heap's code, if it was compiled already: the other one only adds
    /// the runtime.
    pub ready: Option<PathBuf>,
    /// Its functions.
    pub interface: Interface,
    /// What the compiler printed.
    pub warnings: String,
    /// What the lab has to say about the files.
    pub remarks: Vec<String>,
}
