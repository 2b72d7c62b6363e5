//! A heap that is compiled: where it is, and how it is called.

use crate::interface::Interface;
use std::path::PathBuf;

/// A heap that is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The shared object.
    pub object: PathBuf,
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
