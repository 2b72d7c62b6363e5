//! How sizes get smaller.

/// A way to make a size smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// To this, in bytes.
    To(u32),
    /// By its 2ⁿ-th part: by half, a quarter, ... and last by one byte.
    By(u32),
}

impl Rule {
    /// Returns all ways: small sizes first, as they are easy to read, then from half of the size
    /// back towards it.
    pub(super) fn all() -> impl Iterator<Item = Rule> {
        let small = [1, 8, 16, 24, 32, 48].into_iter();
        let powers = (6..31).map(|log2| 1 << log2);
        (small.chain(powers).map(Rule::To)).chain((1..32).map(Rule::By))
    }

    /// Returns the smaller size; `None` if this way does not lead to one. Never 0, which would turn
    /// a realloc into a free.
    pub(super) fn shrink(self, size: u32) -> Option<u32> {
        let smaller = match self {
            Rule::To(bytes) => bytes,
            Rule::By(part_log2) => size - (size >> part_log2),
        };
        (0 < smaller && smaller < size).then_some(smaller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_for_every_size_is_one_byte_less() {
        for size in [2, 3, 5, 4096, 4097, u32::MAX] {
            let last = Rule::all().filter_map(|rule| rule.shrink(size)).last();
            assert_eq!(last, Some(size - 1));
        }
        assert!(Rule::all().all(|rule| rule.shrink(1).is_none() && rule.shrink(0).is_none()));
    }
}
