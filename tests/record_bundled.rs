//! The bundled recordings: valid, of the promised size, and as their README describes them.

use heaplab_trace::{Ledger, Op, ReadOptions, Reading, Trace};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_readme_states_the_facts_of_every_recording() {
    let readme = fs::read_to_string(directory().join("README.md")).expect("it is committed");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| ")).collect();
    let files = recordings();
    assert!(files.len() >= 10);
    for file in &files {
        let fact = facts(&read(file));
        assert!(rows.contains(&fact.as_str()), "the README has no row\n{fact}");
    }
    let promised =
        rows.iter().filter(|row| row.contains("| peak |") || row.contains("| extended |"));
    assert_eq!(promised.count(), files.len(), "a row without a recording");
}

#[test]
fn recordings_have_a_practical_size() {
    let files = recordings();
    let mut file_bytes = 0;
    for file in &files {
        let ops = read(file).trace.ops().len();
        assert!((10_000..=300_000).contains(&ops), "{}: {ops} operations", file.display());
        file_bytes += fs::metadata(file).expect("just read").len();
    }
    assert!(file_bytes <= 5_000_000, "{file_bytes} bytes in all");
}

/// Returns the row of the README's table for one recording.
fn facts(reading: &Reading) -> String {
    let trace = &reading.trace;
    let mut ledger = Ledger::new();
    let mut most_live_blocks = 0;
    for &op in trace.ops() {
        ledger.apply(op, 0).expect("a parsed trace is valid");
        most_live_blocks = most_live_blocks.max(ledger.live_blocks());
    }
    let count = |wanted: fn(&Op) -> bool| trace.ops().iter().filter(|op| wanted(op)).count();
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        trace.name(),
        reading.dialect,
        trace.ops().len(),
        trace.ids(),
        trace.peak_payload_bytes(),
        most_live_blocks,
        ledger.live_blocks(),
        count(|op| matches!(op, Op::Calloc { .. })),
        count(|op| matches!(op, Op::Memalign { .. })),
        count(|op| matches!(op, Op::Realloc { .. })),
    )
}

fn read(file: &Path) -> Reading {
    let bytes = fs::read(file).expect("it is committed");
    match Trace::parse(&file.to_string_lossy(), &bytes, &ReadOptions::default()) {
        Ok(reading) => reading,
        Err(report) => panic!("{report}"),
    }
}

fn recordings() -> Vec<PathBuf> {
    let entries = fs::read_dir(directory()).expect("it is committed");
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "gz")).collect()
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../labs/traces/recorded")
}
