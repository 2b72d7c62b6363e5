//! The calls that are measured, and the words that they read.

use heaplab_heap::{Align, parse_policy};
use heaplab_heap_tests::operation_time::{Call, calls, mean, worst_call};
use std::collections::BTreeSet;

#[test]
fn calls_keep_a_table_of_live_blocks() {
    for blocks in [1, 10, 3_000] {
        let calls = calls(blocks, 5_000, 2);
        let mut empty = BTreeSet::new();
        for call in &calls {
            match *call {
                Call::Free { place } => assert!(place < blocks && empty.insert(place)),
                Call::Malloc { place, size } => assert!(size > 0 && empty.remove(&place)),
            }
        }
        assert!(empty.is_empty());
        assert!((5_000..6_200).contains(&calls.len()));
    }
}

/// An implicit list passes every block of the heap when nothing fits: a call reads more words the
/// more there are. Which call takes longest is for a quiet machine to say; here only that one of
/// the calls is named.
#[test]
fn a_search_of_all_blocks_reads_more_words() {
    let design: heaplab_implicit::Policy = parse_policy("best-fit").unwrap();
    let of = |blocks| calls(blocks, 400, 2);
    let worst = worst_call(&design, Align::Eight, 200, &of(200), 2).unwrap();
    assert_eq!(of(200)[worst.index], worst.call);
    let words = |blocks| mean(&design, Align::Eight, blocks, &of(blocks), 1).words;
    assert!(words(200) > 4.0 * words(20), "{} and {}", words(200), words(20));
}
