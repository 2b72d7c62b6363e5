//! What is counted on request.

use crate::Geometry;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What to count besides what is always counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// A cache to simulate.
    pub cache: Option<Geometry>,
    /// A translation lookaside buffer to simulate.
    pub tlb: Option<Geometry>,
    /// Operations to sum up separately, by index.
    pub parts: Vec<Range<usize>>,
}

/// Some operations, summed up separately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which ones, by index.
    pub ops: Range<usize>,
    /// Words they read and wrote.
    pub touches: u64,
}

impl Part {
    /// Returns the words read and written, as a mean over the operations; none without operations.
    pub fn mean_touches(&self) -> Option<f64> {
        let ops = self.ops.len();
        (ops > 0).then(|| self.touches as f64 / ops as f64)
    }
}
