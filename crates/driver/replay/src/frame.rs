//! A function that runs, and where.

use serde::{Deserialize, Serialize};

/// One of the allocator's functions, and the line that it has reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The function's name, without its path: `coalesce`.
    pub function: String,
    /// The file, from the workspace's folder.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}
