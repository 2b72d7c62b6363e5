//! What is wrong with a lab's definition.

use std::fmt;

/// Error in a `lab.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabError(String);

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LabError {}

impl LabError {
    pub(crate) fn new(text: String) -> LabError {
        LabError(text)
    }
}
