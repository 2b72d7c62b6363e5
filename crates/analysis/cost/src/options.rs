//! What is counted on request.

use crate::Geometry;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
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
    /// How many operations a [`Stretch`] has; none to count no stretches.
    pub stretch_ops: Option<NonZeroUsize>,
}

/// Operations that follow each other: what a picture of the cost over time shows in one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The first operation, from 0.
    pub first_op: usize,
    /// How many there are.
    pub ops: u64,
    /// Words that they read.
    pub loads: u64,
    /// Words that they wrote.
    pub stores: u64,
    /// The touches of the cheapest of them.
    pub least: u64,
    /// The touches of the most expensive of them.
    pub most: u64,
}

impl Stretch {
    /// Counts one more operation, which is the one with this index.
    pub(crate) fn add(&mut self, op_index: usize, loads: u64, stores: u64) {
        let touches = loads + stores;
        if self.ops == 0 {
            (self.first_op, self.least) = (op_index, touches);
        }
        self.ops += 1;
        self.loads += loads;
        self.stores += stores;
        self.least = self.least.min(touches);
        self.most = self.most.max(touches);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_keeps_the_extremes_of_its_operations() {
        let mut stretch = Stretch::default();
        for (op_index, loads, stores) in [(40, 3, 2), (41, 0, 0), (42, 9, 1)] {
            stretch.add(op_index, loads, stores);
        }
        let expected = Stretch { first_op: 40, ops: 3, loads: 12, stores: 3, least: 0, most: 10 };
        assert_eq!(stretch, expected);
    }
}
