//! How long blocks live.

use serde::Serialize;

/// How many operations pass between a block's allocation and its free. A realloc
/// goes on with the same life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lifetimes {
    /// Blocks that are freed.
    pub freed: u64,
    /// Blocks that are not.
    pub never_freed: u64,
    /// A tenth of the freed blocks live no longer, in operations.
    pub p10_ops: u32,
    /// Half of the freed blocks live no longer, in operations.
    pub p50_ops: u32,
    /// Nine tenths of the freed blocks live no longer, in operations.
    pub p90_ops: u32,
    /// 99 in 100 of the freed blocks live no longer, in operations.
    pub p99_ops: u32,
    /// The longest life of a freed block, in operations.
    pub max_ops: u32,
}

impl Lifetimes {
    /// From the lifetimes of the freed blocks, in operations.
    pub(super) fn of(mut lifetimes: Vec<u32>, never_freed: u32) -> Lifetimes {
        lifetimes.sort_unstable();
        let percentile = |percent: usize| {
            // The smallest lifetime that so many percent do not exceed.
            let rank = (lifetimes.len() * percent).div_ceil(100).max(1);
            lifetimes.get(rank - 1).copied().unwrap_or(0)
        };
        Lifetimes {
            freed: lifetimes.len() as u64,
            never_freed: u64::from(never_freed),
            p10_ops: percentile(10),
            p50_ops: percentile(50),
            p90_ops: percentile(90),
            p99_ops: percentile(99),
            max_ops: percentile(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_lifetimes_that_occurred() {
        let lifetimes = Lifetimes::of((1..=200).rev().collect(), 3);
        assert_eq!((lifetimes.freed, lifetimes.never_freed), (200, 3));
        assert_eq!((lifetimes.p10_ops, lifetimes.p50_ops), (20, 100));
        assert_eq!((lifetimes.p90_ops, lifetimes.p99_ops), (180, 198));
        assert_eq!(lifetimes.max_ops, 200);
        assert_eq!(Lifetimes::of(vec![], 0), Lifetimes::default());
    }
}
