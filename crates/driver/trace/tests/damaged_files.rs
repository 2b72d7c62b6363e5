//! The reader never panics, whatever the bytes. The same with a million inputs:
//! `cargo run --release -p heaplab-trace --example fuzz_parser -- 1000000`.

mod mutate;

#[test]
fn damaged_files_are_refused_or_read_but_never_panic() {
    let outcome = mutate::run(20_000, 1);
    // Both ways out are really taken, and nearly every problem is met.
    assert!(outcome.accepted > 1_000 && outcome.refused > 1_000);
    assert!(outcome.codes.len() >= 24, "{:?}", outcome.codes);
}
