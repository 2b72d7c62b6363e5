//! Long runs detect a heap that hoards blocks. Without this,
//! `tests/heaps/tests/long_runs.rs` might be a test that can't fail.

use heaplab_heap::{Align, Design, parse_policy};
use heaplab_heap_tests::long_run::{LEAST_KEPT, LONG_OPS, MAX_LIVE_BLOCKS, SHORT_OPS};
use heaplab_heap_tests::long_run::{generate, kinds, replay};
use heaplab_mutants::quick::Policy;

/// Returns the share of its utilization that a heap keeps on traces of `growth`.
fn kept(words: &str) -> f64 {
    let design: Policy = parse_policy(words).expect("words of the policy");
    assert_eq!(Policy::NAME, "quick");
    let kind = kinds().find(|kind| kind.name == "growth");
    let kind = kind.expect("a generator of this name");
    let [short, long] = [SHORT_OPS, LONG_OPS].map(|ops| {
        let trace = generate(kind, ops, MAX_LIVE_BLOCKS);
        replay(&design, &trace, Align::Sixteen).utilization_percent()
    });
    long / short
}

#[test]
fn quick_lists_without_a_bound_lose_half_of_the_utilization() {
    let (hoards, bounded) = (kept("sound-hoards"), kept("deferred"));
    assert!(hoards < LEAST_KEPT, "kept {hoards:.2}");
    assert!(bounded >= LEAST_KEPT, "kept {bounded:.2}");
}
