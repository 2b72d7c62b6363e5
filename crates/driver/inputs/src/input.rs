//! A trace and its file.

use heaplab_trace::Trace;
use std::path::PathBuf;

/// A trace and the file it came from.
pub struct Input {
    /// The file, as it was named or found.
    pub path: PathBuf,
    /// What is in it.
    pub trace: Trace,
}
