//! The readers never panic, whatever the bytes. The same with a million inputs for each:
//! `.ci/mutated-inputs`.

use heaplab_logs::Tool;
use std::time::Duration;

mod mutate;

#[test]
fn damaged_logs_are_converted_or_refused_but_never_panic() {
    let outcome = mutate::run(20_000, 1, None);
    // Every reader reaches every outcome.
    assert!(outcome.converted.iter().all(|&times| times > 500), "{:?}", outcome.converted);
    assert!(outcome.refused > 500);
    assert!(outcome.longest < Duration::from_secs(60));
}

#[test]
fn each_reader_converts_damaged_logs() {
    for tool in Tool::ALL {
        let outcome = mutate::run(3_000, 2, Some(tool));
        assert!(outcome.converted[tool as usize] > 800, "{tool}");
    }
}
