//! The requested sizes, counted.

use serde::Serialize;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The sizes requested by malloc, calloc, memalign and realloc (not those to 0).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// How many requests.
    pub requests: u64,
    /// How many different sizes.
    pub distinct: usize,
    /// The smallest request in bytes.
    pub min_bytes: u32,
    /// The middle request in bytes: half are as small or smaller.
    pub median_bytes: u32,
    /// The largest request in bytes.
    pub max_bytes: u32,
    /// The most frequent sizes, up to five.
    pub most_frequent: Vec<SizeCount>,
    /// Requests by size, in powers of two, from the smallest to the largest.
    pub histogram: Vec<SizeClass>,
}

/// A size and how often it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeCount {
    /// The size in bytes.
    pub bytes: u32,
    /// How many requests.
    pub requests: u64,
}

/// How many requests were of a size between two powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeClass {
    /// The smallest size of the class in bytes.
    pub from_bytes: u32,
    /// The largest size of the class in bytes.
    pub to_bytes: u32,
    /// How many requests.
    pub requests: u64,
}

/// How many of the most frequent sizes are kept.
const MOST_FREQUENT: usize = 5;

impl Sizes {
    /// Makes the summary from how often each size was asked for.
    pub(super) fn of(counts: &HashMap<u32, u64>) -> Sizes {
        let mut counts: Vec<SizeCount> =
            counts.iter().map(|(&bytes, &requests)| SizeCount { bytes, requests }).collect();
        counts.sort_by_key(|count| count.bytes);
        let requests = counts.iter().map(|count| count.requests).sum();
        let (Some(first), Some(last)) = (counts.first(), counts.last()) else {
            return Sizes::default();
        };

        let mut most_frequent = counts.clone();
        // The sort is stable: of two sizes equally frequent the smaller comes first.
        most_frequent.sort_by_key(|count| Reverse(count.requests));
        most_frequent.truncate(MOST_FREQUENT);
        Sizes {
            requests,
            distinct: counts.len(),
            min_bytes: first.bytes,
            median_bytes: median(&counts, requests),
            max_bytes: last.bytes,
            most_frequent,
            histogram: histogram(&counts),
        }
    }
}

/// Returns the size of the middle request; `counts` is sorted by size.
fn median(counts: &[SizeCount], requests: u64) -> u32 {
    let mut seen = 0;
    counts
        .iter()
        .find(|count| {
            seen += count.requests;
            2 * seen >= requests
        })
        .map_or(0, |count| count.bytes)
}

/// Returns size classes 0, 1, 2, 3-4, 5-8, 9-16 and so on, those between the smallest and the
/// largest request, the empty ones among them; `counts` is sorted by size.
fn histogram(counts: &[SizeCount]) -> Vec<SizeClass> {
    let mut classes: Vec<SizeClass> = Vec::new();
    for count in counts {
        let mut class = class_of(count.bytes);
        while let Some(last) = classes.last()
            && last.to_bytes.saturating_add(1) < class.from_bytes
        {
            classes.push(class_of(last.to_bytes + 1));
        }
        match classes.last_mut() {
            Some(last) if last.from_bytes == class.from_bytes => last.requests += count.requests,
            _ => {
                class.requests = count.requests;
                classes.push(class);
            }
        }
    }
    classes
}

/// Returns the class that a size belongs to, still empty.
fn class_of(bytes: u32) -> SizeClass {
    let to_bytes = match bytes {
        0 => 0,
        _ => bytes.checked_next_power_of_two().unwrap_or(u32::MAX),
    };
    let from_bytes = match to_bytes {
        0..=2 => to_bytes,
        u32::MAX => (1 << 31) + 1,
        _ => to_bytes / 2 + 1,
    };
    SizeClass { from_bytes, to_bytes, requests: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_has_no_gaps_between_its_ends() {
        let counts = HashMap::from([(3, 1), (4, 1), (17, 1), (u32::MAX, 1)]);
        let histogram = Sizes::of(&counts).histogram;
        let ends: Vec<_> = histogram[..4]
            .iter()
            .map(|class| (class.from_bytes, class.to_bytes, class.requests))
            .collect();
        assert_eq!(ends, [(3, 4, 2), (5, 8, 0), (9, 16, 0), (17, 32, 1)]);
        let last = histogram.last().expect("not empty");
        assert_eq!((last.from_bytes, last.requests), (2_147_483_649, 1));
    }

    #[test]
    fn the_median_is_a_requested_size() {
        let median = |counts| Sizes::of(&HashMap::from(counts)).median_bytes;
        assert_eq!(median([(8, 1), (16, 1), (100, 1)]), 16);
        assert_eq!(median([(8, 2), (16, 1), (100, 1)]), 8);
        assert_eq!(median([(8, 1), (16, 1), (100, 3)]), 100);
    }
}
