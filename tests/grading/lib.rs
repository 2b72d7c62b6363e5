//! Shared code of the tests of labs and grading.
#![forbid(unsafe_code)]

/// The class that the tests share.
#[path = "shared/class.rs"]
pub mod class;

use heaplab_tests::command::{Seen, package, run_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Returns the workspace's folder.
pub fn workspace() -> PathBuf {
    package().join("..")
}

/// Runs the command, `program`, in the workspace.
pub fn heaplab(program: &str, arguments: &[&str]) -> Seen {
    run_in(program, &workspace(), arguments)
}

/// Returns a source of a lab: its solution, or its starter with some holes filled in.
///
/// # Panics
/// If it can't be made.
pub fn source_of(program: &str, lab: &str, options: &[&str]) -> String {
    let seen = heaplab(program, &[&["starter", lab], options].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    seen.stdout
}

/// Grades the contents of a folder and returns the records by name.
///
/// # Panics
/// If it can't be graded.
pub fn grade(
    program: &str,
    lab: &str,
    handed_in: &Path,
    out: &Path,
    options: &[&str],
) -> BTreeMap<String, Value> {
    let paths = [handed_in, out].map(|path| path.to_string_lossy().into_owned());
    let mut arguments =
        vec!["grade", &paths[0], "--lab", lab, "--format", "json", "--out", &paths[1]];
    arguments.extend(options);
    let seen = heaplab(program, &arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let records: Result<Vec<Value>, _> = serde_json::from_str(&seen.stdout);
    let Ok(records) = records else { panic!("no records: {}", seen.stdout) };
    let named = |record: Value| {
        let name = record["submission"]["name"].as_str().unwrap_or_default().to_owned();
        (name, record)
    };
    records.into_iter().map(named).collect()
}
