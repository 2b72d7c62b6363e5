//! `heaplab explain` knows every rule, invariant and code that a message can name.

use heaplab_tests::command::{package, run};
use std::collections::BTreeSet;
use std::fs;

/// Returns the texts in quotes in a source of the workspace that have the form of a code.
fn codes_in(path: &str, is_code: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let source = fs::read_to_string(package().join("..").join(path)).unwrap();
    source.split('"').filter(|text| is_code(text)).map(str::to_owned).collect()
}

#[test]
fn every_code_is_explained() {
    let is_problem = |text: &str| text.starts_with('T') && text.len() == 3;
    let is_fault = |text: &str| {
        text.len() > 3 && text.bytes().all(|b| b"-abcdefghijklmnopqrstuvwxyz".contains(&b))
    };
    let mut codes = codes_in("crates/driver/trace/src/problem.rs", is_problem);
    codes.extend(codes_in("crates/driver/replay/src/rule.rs", is_fault));
    codes.extend((1..=13).map(|number| format!("R{number}")));
    codes.extend((1..=14).map(|number| format!("I{number}")));
    codes.extend(["endless-loop", "panic", "stack-overflow", "crash", "check"].map(str::to_owned));
    assert!(codes.len() > 100, "{}", codes.len());
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &["explain"]);
    let known: BTreeSet<&str> = seen.stdout.split([' ', ',', '\n']).collect();
    for code in codes {
        assert!(known.contains(code.as_str()), "{code} has no entry in docs/codes.md");
    }
    let one = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &["explain", "paylod"]);
    assert_eq!(one.code, Some(2));
    assert!(one.stderr.contains("did you mean `payload`?"), "{}", one.stderr);
}
