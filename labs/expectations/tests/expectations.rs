//! Grades known sources, and compares the results with snapshots.
//!
//! ```text
//!  the solution of each lab, its starter, and     \
//!  the starter with half of its holes filled in    >  heaplab grade  ->  facts and points  ->  snapshots/
//!  sources/LAB/*.rs                               /
//! ```
//!
//! A snapshot holds what is the same on every machine: verdicts, points, facts.
//! A change to a lab, a trace or the harness shows here, for each source, before
//! a student meets it.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn heaplab(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_heaplab-for-expectations"))
        .args(arguments)
        .current_dir(here().join("../.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The labs of the workspace, by their folders.
fn labs() -> Vec<String> {
    let mut labs: Vec<String> = fs::read_dir(here().join(".."))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("lab.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    labs.sort();
    labs
}

/// The snapshot that a source of a lab has.
fn snapshot_name(lab: &str, source: &str) -> String {
    format!("{lab}__{source}")
}

/// What a record says that an instructor has to stand by.
fn expectation(record: &Value) -> Value {
    let stages = record["stages"].as_array().unwrap().iter().map(|stage| {
        let failed: Vec<&Value> = stage["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["passed"] == false)
            .map(|check| &check["title"])
            .collect();
        json!({ "stage": stage["name"], "points": stage["points"], "failed": failed })
    });
    let measures = record["measures"].as_array().unwrap().iter();
    let measures = measures.map(
        |one| json!({ "measure": one["name"], "value": one["value"], "points": one["points"] }),
    );
    let traces = record["traces"].as_array().unwrap().iter();
    let traces = traces
        .map(|one| json!({ "trace": one["trace"], "valid": one["valid"], "facts": one["facts"] }));
    json!({
        "verdict": record["verdict"],
        "points": record["points"],
        "max_points": record["max_points"],
        "stages": stages.collect::<Vec<_>>(),
        "measures": measures.collect::<Vec<_>>(),
        "traces": traces.collect::<Vec<_>>(),
        "style": record["style"],
    })
}

/// The known sources of a lab: what can be made of its reference, and what is in
/// `sources`.
fn lay_out(lab: &str, folder: &Path) {
    let definition = fs::read_to_string(here().join("..").join(lab).join("lab.toml")).unwrap();
    let holes = definition.matches("[[hole]]").count();
    let half = (holes / 2).to_string();
    let mut made = vec![("solution", vec!["--solution"]), ("starter", vec![])];
    if holes > 0 {
        made.push(("half-done", vec!["--filled", &half]));
    }
    for (name, options) in made {
        let source = heaplab(&[&["starter", lab], options.as_slice()].concat());
        fs::write(folder.join(format!("{name}.rs")), source).unwrap();
    }
    let known = here().join("sources").join(lab);
    for entry in fs::read_dir(known).into_iter().flatten() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn known_sources_earn_the_expected_points() {
    let mut names = BTreeSet::new();
    for lab in labs() {
        let folder = tempfile::tempdir().unwrap();
        let handed_in = folder.path().join("handed-in");
        fs::create_dir(&handed_in).unwrap();
        lay_out(&lab, &handed_in);
        let out = folder.path().join("grades");
        let records = heaplab(&[
            "grade",
            handed_in.to_str().unwrap(),
            "--lab",
            &lab,
            "--out",
            out.to_str().unwrap(),
            "--format",
            "json",
        ]);
        let records: Vec<Value> = serde_json::from_str(&records).unwrap();
        assert!(records.len() >= 2, "the solution and the starter of {lab}");
        for record in &records {
            let source = record["submission"]["name"].as_str().unwrap();
            if source == "solution" {
                assert_eq!(record["points"], record["max_points"], "the solution of {lab}");
            }
            let name = snapshot_name(&lab, source);
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_json_snapshot!(name.as_str(), expectation(record));
            });
            names.insert(format!("{name}.snap"));
        }
    }
    let files = fs::read_dir(here().join("tests/snapshots")).unwrap();
    let files: BTreeSet<String> =
        files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    // A snapshot without a source is never compared; one that waits for a review
    // is not an expectation yet.
    assert_eq!(files, names, "snapshots on the left, known sources on the right");
}

/// Fails, and must: it says whether a snapshot that is wrong can fail here.
#[test]
#[ignore = "run by the test below"]
fn canary() {
    insta::assert_snapshot!("what is there", @"what is expected");
}

/// A configuration or a variable can make insta let everything pass. Then the
/// test above means nothing.
#[test]
fn snapshots_are_not_forced_to_pass() {
    let forced = env::var("INSTA_FORCE_PASS").unwrap_or_default();
    assert!(matches!(forced.as_str(), "" | "0"), "INSTA_FORCE_PASS is set: unset it");
    let output = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "canary"])
        .env("INSTA_UPDATE", "no")
        .current_dir(here())
        .output()
        .unwrap();
    assert!(
        !output.status.success(),
        "a wrong snapshot passes: is there `force_pass` in a .config/insta.yaml?"
    );
}
