//! Variations of generated traces: their shapes, and what is said of a heap on them.

use heaplab_heap::{Align, parse_policy};
use heaplab_heap_tests::variations::{
    Change, Range, Shares, VARIATIONS, Varied, base, families, variation,
};
use heaplab_trace::{Generator, Kind, Parameters};

const SMALL: Parameters = Parameters { seed: 1, ops: 2_000, max_live_blocks: 200, size_factor: 1 };

#[test]
fn a_variation_has_the_shape_of_its_base_and_other_sizes() {
    for family in families() {
        let base = base(family, &SMALL);
        let mut peaks = Vec::new();
        for number in 1..=VARIATIONS {
            let trace = variation(family, &SMALL, Change::SeedsAndSizes, number);
            let lengths = [base.ops().len(), trace.ops().len()];
            assert!(lengths[0].abs_diff(lengths[1]) <= 20, "{} {lengths:?}", trace.name());
            peaks.push(trace.peak_payload_bytes());
        }
        peaks.sort_unstable();
        peaks.dedup();
        assert_eq!(peaks.len() as u32, VARIATIONS, "{} {peaks:?}", family.name);
        // Half to twice; and few blocks of a power law have most of the bytes.
        let peak = base.peak_payload_bytes();
        assert!(peaks[0] > peak / 8 && peaks[9] < 8 * peak, "{} {peaks:?}", family.name);
    }
}

/// A heap with a rule for `binary` only would have 100 % of the ceiling there.
#[test]
fn a_heap_that_knows_the_sizes_of_the_base_is_found() {
    let shares =
        |of_ceiling| Shares { utilization: of_ceiling, of_ceiling, of_header_ceiling: 100.0 };
    let varied = Varied { base: shares(100.0), variations: vec![shares(99.5), shares(55.0)] };
    let range = varied.range(|shares| shares.of_ceiling);
    assert_eq!(range, Range { base: 100.0, lowest: 55.0, highest: 99.5 });
    assert!(!range.is_close());
    assert!(varied.range(|shares| shares.of_header_ceiling).is_close());
}

#[test]
fn no_heap_passes_the_ceiling() {
    let design: heaplab_implicit::Policy = parse_policy("elided").unwrap();
    let family = Generator::named("diagrams").unwrap();
    let varied = Varied::measure(&design, family, &SMALL, Change::SeedsAndSizes, Align::Eight);
    for shares in varied.variations.iter().chain([&varied.base]) {
        assert!(shares.of_header_ceiling <= 100.0, "{shares:?}");
        assert!(shares.of_ceiling <= shares.of_header_ceiling, "{shares:?}");
        assert!(shares.utilization <= shares.of_ceiling, "{shares:?}");
    }
}

#[test]
fn other_seeds_alone_change_no_fixed_trace() {
    for family in families() {
        let other = variation(family, &SMALL, Change::Seeds, 1);
        let is_fixed = family.kind == Kind::Fixed;
        assert_eq!(other.ops() == base(family, &SMALL).ops(), is_fixed, "{}", family.name);
    }
}
