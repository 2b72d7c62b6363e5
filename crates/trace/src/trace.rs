//! A trace in memory.

use crate::Op;

/// What a trace's weight lets it count for (line 1 or 4 of the header,
/// by dialect).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Weight {
    /// Counts for nothing: validity only.
    None,
    /// Counts for utilization and for throughput.
    #[default]
    Both,
    /// Counts for utilization only.
    Utilization,
    /// Counts for throughput only.
    Throughput,
}

/// A validated trace: every operation makes sense in the order given.
#[derive(Clone, Debug)]
pub struct Trace {
    name: String,
    weight: Weight,
    ids: u32,
    ops: Vec<Op>,
    lines: Vec<u32>,
}

impl Trace {
    /// The trace's name: the file's stem, or the generator's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What this trace counts for in the averages.
    pub fn weight(&self) -> Weight {
        self.weight
    }

    /// How many ids there are; every id of an operation is below it.
    pub fn ids(&self) -> u32 {
        self.ids
    }

    /// The operations, in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The line (from 1) of the source file on which operation `index` stands.
    pub fn line(&self, index: usize) -> u32 {
        self.lines[index]
    }
}
