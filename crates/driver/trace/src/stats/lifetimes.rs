//! How long blocks live.

use serde::Serialize;
use std::collections::HashMap;

/// How many operations pass between a block's allocation and its free. A realloc does not end a
/// lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lifetimes {
    /// Blocks that are freed.
    pub freed: u64,
    /// Blocks that are never freed.
    pub never_freed: u64,
    /// A tenth of the freed blocks live at most this long, in operations.
    pub p10_ops: u32,
    /// Half of the freed blocks live at most this long, in operations.
    pub p50_ops: u32,
    /// Nine tenths of the freed blocks live at most this long, in operations.
    pub p90_ops: u32,
    /// 99 in 100 of the freed blocks live at most this long, in operations.
    pub p99_ops: u32,
    /// The longest life of a freed block, in operations.
    pub max_ops: u32,
}

impl Lifetimes {
    /// Makes the summary from how often each lifetime of the freed blocks occurs, in operations.
    pub(super) fn of(counts: &HashMap<u32, u64>, never_freed: u32) -> Lifetimes {
        let mut counts: Vec<(u32, u64)> = counts.iter().map(|(&ops, &n)| (ops, n)).collect();
        counts.sort_unstable();
        let freed = counts.iter().map(|(_, count)| count).sum::<u64>();
        let percentile = |percent: u64| {
            // The smallest lifetime that `percent` % of the blocks do not exceed.
            let rank = (freed * percent).div_ceil(100).max(1);
            let mut so_far = 0;
            let mut lifetimes = counts.iter().map(|&(lifetime, count)| {
                so_far += count;
                (lifetime, so_far)
            });
            let found = lifetimes.find(|&(_, so_far)| so_far >= rank);
            found.map_or(0, |(lifetime, _)| lifetime)
        };
        Lifetimes {
            freed,
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
        let once_each = (1..=200).map(|lifetime| (lifetime, 1)).collect();
        let lifetimes = Lifetimes::of(&once_each, 3);
        assert_eq!((lifetimes.freed, lifetimes.never_freed), (200, 3));
        assert_eq!((lifetimes.p10_ops, lifetimes.p50_ops), (20, 100));
        assert_eq!((lifetimes.p90_ops, lifetimes.p99_ops), (180, 198));
        assert_eq!(lifetimes.max_ops, 200);
        assert_eq!(Lifetimes::of(&HashMap::new(), 0), Lifetimes::default());
        let often = HashMap::from([(7, 99), (1000, 1)]);
        let lifetimes = Lifetimes::of(&often, 0);
        assert_eq!((lifetimes.p10_ops, lifetimes.p99_ops), (7, 7));
        assert_eq!((lifetimes.freed, lifetimes.max_ops), (100, 1000));
    }
}
