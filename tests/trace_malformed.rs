//! The messages for malformed trace files, one snapshot a file of
//! `corpus/malformed`: first as read by default, then leniently.

use heaplab_tests::command::package;
use heaplab_trace::{ReadOptions, Trace};
use std::fs;
use std::path::PathBuf;

fn corpus() -> Vec<PathBuf> {
    let folder = package().join("corpus/malformed");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
}

/// Returns the message for the file.
fn message(name: &str, bytes: &[u8], lenient: bool) -> String {
    let options = ReadOptions { lenient, ..ReadOptions::default() };
    match Trace::parse(name, bytes, &options) {
        Ok(reading) => format!(
            "accepted as {}, {} operations\n{}",
            reading.dialect,
            reading.trace.ops().len(),
            reading.warnings
        ),
        Err(report) => report.to_string(),
    }
}

#[test]
fn every_malformed_file_has_its_message() {
    for path in corpus() {
        let name = path.file_name().expect("a file").to_string_lossy();
        let bytes = fs::read(&path).expect("readable");
        let strict = message(&name, &bytes, false);
        let lenient = message(&name, &bytes, true);
        let both = if strict == lenient {
            format!("{strict}\n--lenient says the same\n")
        } else {
            format!("{strict}\n--lenient:\n{lenient}")
        };
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name.replace('.', "_"), both);
        });
    }
}

#[test]
fn no_malformed_file_is_accepted_by_default() {
    let files = corpus();
    assert!(files.len() >= 30, "{}", files.len());
    for path in files {
        let name = path.display().to_string();
        let bytes = fs::read(&path).expect("readable");
        let report = Trace::parse(&name, &bytes, &ReadOptions::default()).expect_err(&name);
        for diagnostic in &report.diagnostics {
            let code = diagnostic.problem.code();
            assert!(!diagnostic.problem.help().is_empty(), "{name}: {code}");
        }
    }
}
