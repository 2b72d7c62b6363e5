//! The README and three pages show the actual output: every example
//! whose output is the same on every machine is run and compared.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_tests::command::{package, run};
use heaplab_tests::examples::{COMMAND, examples, plain};
use std::fs;

#[test]
fn exact_examples_print_what_the_pages_show() {
    let pages = ["README.md", "docs/see.md", "docs/side-by-side.md", "docs/traces.md"];
    let text = |page| fs::read_to_string(package().join("..").join(page)).unwrap();
    let mut compared = 0;
    for example in pages.iter().flat_map(|page| examples(COMMAND, &text(page))) {
        let exact = ["--no-timing", "--plain", "tests/corpus/malformed/freed_twice.rep"];
        let is_exact = |argument: &String| exact.contains(&argument.as_str());
        if !example.arguments.iter().any(is_exact) {
            continue; // it measures time, or runs what may not be installed
        }
        let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
        let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &arguments);
        let printed = seen.stdout + &seen.stderr;
        assert_eq!(plain(&example.output), plain(&printed), "{arguments:?}");
        compared += 1;
    }
    assert_eq!(compared, 3, "examples with exact output");
}

/// The utilizations in the README's big table, which also has times, are those of the snapshots.
#[test]
fn the_big_table_has_the_utilizations_of_the_snapshots() {
    let readme = fs::read_to_string(package().join("../README.md")).unwrap();
    let examples = examples(COMMAND, &readme);
    let table = examples.iter().find(|example| example.arguments == ["run"]);
    let facts =
        fs::read_to_string(package().join("snapshots/commands__run_facts__align_16.snap")).unwrap();
    let columns = facts.lines().find(|line| line.starts_with("heap,trace,")).unwrap();
    let utilization_column = columns.split(',').position(|name| name == "utilization").unwrap();
    let mut compared = 0;
    for row in table.unwrap().output.lines() {
        let cells: Vec<&str> = row.split_whitespace().collect();
        // A trace and its operations; then two columns for each heap; then the C library.
        let [trace, _, heaps @ ..] = &cells[..] else { continue };
        let names = ["implicit", "explicit", "segregated", "quick"];
        for (heap, columns) in names.iter().zip(heaps.chunks(2)) {
            let start = format!("{heap},{trace},");
            let Some(line) = facts.lines().find(|line| line.starts_with(&start)) else {
                continue; // the table's head, or its means
            };
            let utilization: f64 =
                line.split(',').nth(utilization_column).unwrap().parse().unwrap();
            assert_eq!(columns[0], format!("{:.2}", 100.0 * utilization), "{heap} on {trace}");
            compared += 1;
        }
    }
    assert_eq!(compared, 4 * 28);
}
