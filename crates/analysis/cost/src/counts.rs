//! What is counted.

use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, Index, IndexMut};

/// What is counted, for each operation of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Words read and written: loads and stores together. The measure to grade by.
    Touches,
    /// Words read. A copy of n bytes reads as many words as it takes.
    Loads,
    /// Words written, by stores, copies and clearing.
    Stores,
    /// Distinct 64-byte lines touched.
    Lines,
    /// Distinct 4-KiB pages touched.
    Pages,
    /// Blocks that a search looked at, where the allocator notes them.
    SearchSteps,
    /// Blocks split in two, where the allocator notes it.
    Splits,
    /// Blocks merged with a neighbour, where the allocator notes it.
    Merges,
    /// Calls of `sbrk`, including refused ones.
    SbrkCalls,
    /// Misses in the simulated cache.
    CacheMisses,
    /// Misses in the simulated translation lookaside buffer.
    TlbMisses,
}

impl Measure {
    /// All of them, in the order they are shown in.
    pub const ALL: [Measure; 11] = [
        Measure::Touches,
        Measure::Loads,
        Measure::Stores,
        Measure::Lines,
        Measure::Pages,
        Measure::SearchSteps,
        Measure::Splits,
        Measure::Merges,
        Measure::SbrkCalls,
        Measure::CacheMisses,
        Measure::TlbMisses,
    ];

    /// Returns its name in data: `search_steps`.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Touches => "touches",
            Measure::Loads => "loads",
            Measure::Stores => "stores",
            Measure::Lines => "lines",
            Measure::Pages => "pages",
            Measure::SearchSteps => "search_steps",
            Measure::Splits => "splits",
            Measure::Merges => "merges",
            Measure::SbrkCalls => "sbrk_calls",
            Measure::CacheMisses => "cache_misses",
            Measure::TlbMisses => "tlb_misses",
        }
    }
}

/// A number for each measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Measure::ALL.len()]);

impl Index<Measure> for Counts {
    type Output = u64;

    #[inline]
    fn index(&self, measure: Measure) -> &u64 {
        &self.0[measure as usize]
    }
}

impl IndexMut<Measure> for Counts {
    #[inline]
    fn index_mut(&mut self, measure: Measure) -> &mut u64 {
        &mut self.0[measure as usize]
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        for (sum, count) in self.0.iter_mut().zip(&other.0) {
            *sum += count;
        }
    }
}

/// The words of memory that one operation read and wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Words read.
    pub loads: u64,
    /// Words written.
    pub stores: u64,
}

impl Words {
    /// Returns the words read and written: [`Measure::Touches`].
    pub fn touches(self) -> u64 {
        self.loads + self.stores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts are kept by a measure's number and shown in the order of `ALL`.
    #[test]
    fn measures_are_numbered_in_the_order_they_are_listed() {
        for (place, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure as usize, place, "{}", measure.name());
        }
    }
}
