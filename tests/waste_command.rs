//! `heaplab waste` as a person sees it.

use heaplab_tests::command::{Seen, run};
use serde_json::Value;

fn heaplab(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", arguments)
}

const BINARY: &str = "labs/traces/classic/binary.rep";
const COALESCING: &str = "labs/traces/classic/coalescing.rep";

#[test]
fn the_account_of_one_trace() {
    let seen = heaplab(&["waste", "--trace", BINARY]);
    insta::assert_snapshot!(seen.all());
}

/// Diagnoses of heaps that grow after the peak of payload, or whose own memory costs most.
#[test]
fn other_diagnoses() {
    let diagnosis = |heap: &str, trace: &str| {
        let seen = heaplab(&["waste", heap, "--trace", trace]);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        let lines = seen.stdout.lines().take_while(|line| !line.is_empty());
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let diagnoses = [
        ("explicit", "labs/traces/recorded/git-pack-threads.rep.gz"),
        ("implicit", "labs/traces/recorded/vim-edit.rep.gz"),
        ("quick", "labs/traces/recorded/vim-edit.rep.gz"),
        ("implicit", COALESCING),
        ("quick", COALESCING),
    ]
    .map(|(heap, trace)| diagnosis(heap, trace));
    insta::assert_snapshot!(diagnoses.join("\n"));
}

#[test]
fn a_line_each_for_several_traces() {
    let seen = heaplab(&["waste", "--trace", "labs/traces/classic", "--align", "8"]);
    insta::assert_snapshot!(seen.all());
}

#[test]
fn csv() {
    let arguments = ["waste", "quick", "--trace", COALESCING];
    let seen = heaplab(&[&arguments[..], &["--samples", "4", "--format", "csv"]].concat());
    insta::assert_snapshot!(seen.all());
}

#[test]
fn json() {
    let arguments = ["waste", "quick", "--trace", COALESCING];
    let seen = heaplab(&[&arguments[..], &["--samples", "2", "--format", "json"]].concat());
    insta::assert_snapshot!(seen.all());
}

fn json_of(arguments: &[&str]) -> Value {
    let seen = heaplab(&[arguments, &["--format", "json"]].concat());
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&seen.stdout).unwrap()
}

/// Utilization and the largest heap are those of `run`, and in
/// every sample of the timeline the sum of the parts is the heap.
#[test]
fn the_figures_agree_with_run() {
    let traces = [
        COALESCING,
        "labs/traces/classic/realloc2.rep",
        "labs/traces/shapes/growth.rep",
        "labs/traces/shapes/phases.rep.gz",
        "labs/traces/recorded/lua-table.rep.gz",
    ];
    let traces = traces.map(|trace| ["--trace", trace]).concat();
    for align in ["8", "16"] {
        let options = [&traces[..], &["--align", align]].concat();
        let waste = json_of(&[&["waste"][..], &options].concat());
        let run = json_of(&[&["run", "--no-timing"][..], &options].concat());
        let (waste, run) = (&waste["results"], run["results"].as_array().unwrap());
        for entry in waste.as_array().unwrap() {
            let same =
                |other: &&Value| other["heap"] == entry["heap"] && other["trace"] == entry["trace"];
            let facts = &run.iter().find(same).unwrap()["facts"];
            assert_eq!(entry["largest_heap_bytes"], facts["heap_bytes"]);
            let at_peak = &entry["peak_payload"]["parts"]["payload_bytes"];
            assert_eq!(at_peak, &facts["peak_payload_bytes"]);
            let utilization = 100.0 * facts["utilization"].as_f64().unwrap();
            let cost = entry["cost"].as_object().unwrap();
            assert!((cost["payload"].as_f64().unwrap() - utilization).abs() < 1e-9);
            let all: f64 = cost.values().map(|points| points.as_f64().unwrap()).sum();
            assert!((all - 100.0).abs() < 1e-9);
            for sample in entry["timeline"].as_array().unwrap() {
                let parts = sample["parts"].as_object().unwrap();
                let bytes: u64 = parts.values().map(|bytes| bytes.as_u64().unwrap()).sum();
                assert_eq!(sample["heap_bytes"].as_u64(), Some(bytes));
            }
        }
        assert_eq!(waste.as_array().unwrap().len(), run.len());
    }
}

fn faulty(heap: &str, more: &[&str]) -> Seen {
    let arguments = ["waste", heap, "--trace", "story.rep"];
    let arguments = [&arguments[..], more].concat();
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", &arguments)
}

/// A faulty heap has a verdict, and the command exits with 1.
#[test]
fn verdicts() {
    let timeout = ["--op-timeout", "1"];
    let verdicts = [
        ("leaks", &[][..]),
        ("generous", &[]),
        ("no-blocks", &[]),
        ("repeats", &[]),
        ("past-break", &[]),
        ("blocks-loop", &timeout),
        ("blocks-recurse", &[]),
        ("tramples", &[]), // found by checking the answers
        ("loops", &timeout),
        ("aborts", &[]),
        ("greedy", &["--heap-limit", "4M"]),
    ]
    .map(|(heap, more)| {
        let seen = faulty(heap, more);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(1), ""), "{heap}");
        seen.stdout
    });
    insta::assert_snapshot!(verdicts.join("\n"));
}

/// The message gives the place in the heap's source, which changes with edits.
#[test]
fn a_panic_in_blocks() {
    let seen = faulty("blocks-panic", &[]);
    assert_eq!(seen.code, Some(1));
    let expected = "the heap panicked: no block there (";
    assert!(seen.stdout.contains(expected), "{}", seen.stdout);
    let place = "), in the heap's blocks() after this operation\n";
    assert!(seen.stdout.contains(place), "{}", seen.stdout);
}

/// If the results are data, faults go to standard error.
#[test]
fn faults_go_to_standard_error_beside_data() {
    let arguments = ["waste", "repeats", "correct", "--trace", "story.rep"];
    let arguments = [&arguments[..], &["--format", "csv", "--samples", "1"]].concat();
    let seen = run(env!("CARGO_BIN_EXE_faulty"), "faulty", &arguments);
    assert_eq!(seen.code, Some(1));
    insta::assert_snapshot!(seen.all());
}

#[test]
fn wrong_arguments() {
    let cases: [&[&str]; 6] = [
        &["waste", "implict"],
        &["waste", "implicit", "implicit"],
        &["waste", "implicit:best"],
        &["waste", "--samples", "0"],
        &["waste", "--trace", "nowhere.rep"],
        &["waste", "--trace", BINARY, "--heap-limit", "1M"],
    ];
    let seen = cases.map(|arguments| {
        let seen = heaplab(arguments);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
        seen.stderr
    });
    insta::assert_snapshot!(seen.join("\n"));
}

/// A trace that asks for no bytes has an account and no utilization.
#[test]
fn a_trace_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.rep");
    std::fs::write(&path, "heaplab 1\n1\n1\n2\n0\na 0 0\nf 0\n").unwrap();
    let seen = heaplab(&["waste", "implicit", "--trace", path.to_str().unwrap()]);
    insta::assert_snapshot!(seen.all());
}
