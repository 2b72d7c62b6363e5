//! How a measure is distributed over the operations: sum, percentiles, the worst.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often each value occurred, exactly, in little memory: an operation that costs more than a
/// few thousand takes long enough that the tree adds little.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    /// How often each value occurred, with the value as the index.
    small: Vec<u64>,
    large: BTreeMap<u64, u64>,
    operations: u64,
    total: u64,
    worst: Option<(u64, usize)>,
}

/// Values below this are counted in a table.
const SMALL: u64 = 4096;

impl Distribution {
    /// Notes that the operation with this index, from 0, cost `value`.
    #[inline]
    pub fn add(&mut self, value: u64, op_index: usize) {
        self.operations += 1;
        self.total += value;
        if value > self.worst.map_or(0, |(worst, _)| worst) {
            self.worst = Some((value, op_index));
        }
        if value >= SMALL {
            *self.large.entry(value).or_default() += 1;
            return;
        }
        let place = value as usize;
        if place >= self.small.len() {
            self.small.resize(place + 1, 0);
        }
        self.small[place] += 1;
    }

    /// Returns the percentile by nearest rank: the smallest value that occurred such that at least
    /// `percent` % of the operations cost at most this much. It is always the value of some
    /// operation; 0 without operations.
    pub fn percentile(&self, percent: u8) -> u64 {
        let rank = (u128::from(self.operations) * u128::from(percent)).div_ceil(100);
        let mut seen = 0;
        let small = (0..).zip(self.small.iter().copied());
        let large = self.large.iter().map(|(&value, &times)| (value, times));
        for (value, times) in small.chain(large) {
            seen += u128::from(times);
            if times > 0 && seen >= rank {
                return value;
            }
        }
        0
    }

    /// Returns the sum over all operations.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the highest value, and the index of the first operation that has it. None if all are
    /// 0.
    pub fn worst(&self) -> Option<(u64, usize)> {
        self.worst
    }
}

/// One measure over all operations of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The cost of setting up the empty heap, before the first operation.
    pub setup: u64,
    /// The total over all operations, without the set-up.
    pub total: u64,
    /// The 99th percentile of the operations, by nearest rank.
    pub p99: u64,
    /// The worst operation; none if all of them have 0.
    pub worst: Option<Worst>,
}

/// The first of the operations with the highest cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worst {
    /// Its cost.
    pub value: u64,
    /// Its index, from 0.
    pub op_index: usize,
    /// Its line in the trace's file, from 1.
    pub line: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
        let mut distribution = Distribution::default();
        for (index, value) in values.into_iter().enumerate() {
            distribution.add(value, index);
        }
        distribution
    }

    /// The example of the definition: 15, 20, 35, 40, 50 have the percentiles
    /// 5: 15, 30: 20, 40: 20, 50: 35, 100: 50.
    #[test]
    fn percentiles_by_nearest_rank() {
        let five = of([50, 15, 40, 20, 35]);
        let percentiles = [5, 30, 40, 50, 100].map(|percent| five.percentile(percent));
        assert_eq!(percentiles, [15, 20, 20, 35, 50]);
    }

    #[test]
    fn the_99th_percentile_of_a_hundred_leaves_one_value_out() {
        assert_eq!(of(1..=100).percentile(99), 99);
        assert_eq!(of(1..=101).percentile(99), 100);
        assert_eq!(of(1..=99).percentile(99), 99);
        assert_eq!(of([7]).percentile(99), 7);
        assert_eq!(of([]).percentile(99), 0);
    }

    #[test]
    fn large_values_are_as_exact_as_small_ones() {
        let values = of((1..=1000).map(|n| n * 1_000_003));
        assert_eq!(values.percentile(99), 990 * 1_000_003);
        assert_eq!(values.total(), 500_500 * 1_000_003);
        let mixed = of([4095, 4096, 0, 1 << 40]);
        let percentiles = [25, 50, 75, 100].map(|percent| mixed.percentile(percent));
        assert_eq!(percentiles, [0, 4095, 4096, 1 << 40]);
    }

    #[test]
    fn the_worst_value_comes_with_its_first_operation() {
        assert_eq!(of([1, 9, 3, 9]).worst(), Some((9, 1)));
        assert_eq!(of([0, 0]).worst(), None);
    }
}
