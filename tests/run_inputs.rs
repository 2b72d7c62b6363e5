//! What is wrong with a command line or a trace is said clearly, with exit
//! code 2.
#![forbid(unsafe_code)]

use heaplab_tests::command::{Seen, package, run, run_in};
use std::fs;

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

fn heaplab(arguments: &[&str]) -> Seen {
    run(HEAPLAB, "faulty", arguments)
}

/// The message for a command line that is not right.
fn complaint(arguments: &[&str]) -> String {
    let seen = heaplab(arguments);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{seen:?}");
    seen.stderr
}

#[test]
fn an_unknown_heap() {
    insta::assert_snapshot!(complaint(&["run", "--heap", "explict"]));
}

#[test]
fn an_unknown_policy() {
    insta::assert_snapshot!(complaint(&["run", "--heap", "explicit:adress,best-fit"]));
}

#[test]
fn a_policy_for_a_heap_without() {
    let seen = run(
        env!("CARGO_BIN_EXE_faulty"),
        "faulty",
        &["run", "--heap", "correct:lifo"],
    );
    assert_eq!(seen.code, Some(2));
    insta::assert_snapshot!(seen.stderr);
}

#[test]
fn a_heap_asked_for_twice() {
    insta::assert_snapshot!(complaint(&[
        "run", "--heap", "explicit", "--heap", "explicit"
    ]));
}

#[test]
fn an_alignment_of_4() {
    insta::assert_snapshot!(complaint(&["run", "--align", "4"]));
}

#[test]
fn a_heap_limit_past_the_machine() {
    insta::assert_snapshot!(complaint(&["run", "--heap-limit", "5G"]));
}

#[test]
fn a_trace_that_is_not_there() {
    insta::assert_snapshot!(complaint(&["run", "--trace", "nowhere.rep"]));
}

#[test]
fn a_folder_without_traces() {
    insta::assert_snapshot!(complaint(&["run", "--trace", "../snapshots"]));
}

#[test]
fn two_traces_of_one_name() {
    insta::assert_snapshot!(complaint(&[
        "run",
        "--trace",
        "story.rep",
        "--trace",
        "../faulty/story.rep"
    ]));
}

/// A double free in the trace is the trace's fault, and is seen.
#[test]
fn a_double_free_in_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("double.rep"),
        "1\n1\n3\n8\na 0 8\nf 0\nf 0\n",
    )
    .unwrap();
    let seen = run_in(HEAPLAB, folder.path(), &["run", "--trace", "double.rep"]);
    assert_eq!(seen.code, Some(2));
    insta::assert_snapshot!(seen.stderr);
}

/// More operations than the header says, and fewer, are named by line.
#[test]
fn counts_that_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("more.rep"), "1\n1\n1\n8\na 0 8\nf 0\n").unwrap();
    fs::write(folder.path().join("fewer.rep"), "1\n1\n3\n8\na 0 8\nf 0\n").unwrap();
    let seen = run_in(HEAPLAB, folder.path(), &["run", "--trace", "."]);
    assert_eq!(seen.code, Some(2));
    insta::assert_snapshot!(seen.stderr);
}

/// The odd ones that other drivers accept can be accepted.
#[test]
fn lenient() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("leaks.rep"),
        "1\n1\n3\n40\na 0 8\na 0 32\nf 0\n",
    )
    .unwrap();
    let strict = run_in(
        HEAPLAB,
        folder.path(),
        &["run", "--no-timing", "--trace", "leaks.rep"],
    );
    assert_eq!(strict.code, Some(2));
    let lenient = [
        "run",
        "--lenient",
        "--seconds-each",
        "0",
        "--trace",
        "leaks.rep",
    ];
    assert_eq!(run_in(HEAPLAB, folder.path(), &lenient).code, Some(0));
}

/// The folder of the bundled traces can be named.
#[test]
fn traces_from_the_environment() {
    let output = std::process::Command::new(HEAPLAB)
        .args([
            "run",
            "--no-timing",
            "--format",
            "csv",
            "--heap",
            "implicit",
        ])
        .env("HEAPLAB_TRACES", package().join("faulty"))
        .current_dir("/")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("implicit,story,"), "{text}");
}

/// Where the host does not give 4 GiB of address space, the message says what
/// to do.
#[test]
#[cfg(target_os = "linux")]
fn no_address_space() {
    let command = format!("ulimit -v 2000000; exec '{HEAPLAB}' run --trace story.rep");
    let seen = run("/bin/sh", "faulty", &["-c", &command]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{seen:?}");
    insta::assert_snapshot!(seen.stderr);
}

/// A trace that no heap could replay is not a heap's fault.
#[test]
fn a_trace_larger_than_the_heap_limit() {
    insta::assert_snapshot!(complaint(&[
        "run",
        "--trace",
        "story.rep",
        "--heap-limit",
        "16",
    ]));
}

/// Nor is a request that is too large alone, or whose alignment is.
#[test]
fn a_request_that_no_heap_can_serve() {
    let folder = tempfile::tempdir().unwrap();
    let mut complaints = Vec::new();
    for (operations, limit) in [
        ("a 0 1073741825", "1G"),
        ("m 0 2147483648 8", "1G"),
        ("a 0 2147483648", "3G"),
        ("a 0 9000\na 1 6000\nf 0\na 2 9000\na 3 2000", "16K"),
    ] {
        let ops = operations.lines().count();
        let path = folder.path().join("large.rep");
        let text = format!("heaplab 1\n0\n4\n{ops}\n1\n{operations}\n");
        std::fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        for command in [&["run", "--trace"][..], &["check", "implicit", "--trace"]] {
            let text = complaint(&[command, &[&path, "--heap-limit", limit]].concat());
            complaints.push(text.replace(&path, "large.rep"));
        }
        // Where a heap may fail, it may fail for this.
        let more = ["--heap-limit", limit, "--may-run-out"];
        let check = [&["check", "implicit", "--trace", &path], &more[..]].concat();
        let seen = heaplab(&check);
        assert_eq!(seen.code, Some(0), "{seen:?}");
    }
    insta::assert_snapshot!(complaints.join("\n"));
}

#[test]
fn a_trace_given_twice() {
    insta::assert_snapshot!(complaint(&[
        "run",
        "--trace",
        "story.rep",
        "--trace",
        "story.rep",
    ]));
}

#[test]
fn a_trace_from_standard_input() {
    insta::assert_snapshot!(complaint(&["run", "--trace", "-"]));
}

#[test]
fn thresholds_the_wrong_way_round() {
    let thresholds = ["run", "--score", "thresholds", "--throughput-min", "0.95"];
    insta::assert_snapshot!(complaint(&thresholds));
}

/// Numbers without sense are refused with what was expected, in words.
#[test]
fn numbers_out_of_range() {
    for [option, value] in [
        ["--jobs", "0"],
        ["--check-every", "0"],
        ["--weight", "-1"],
        ["--seconds-each", "-1"],
        ["--reference-ops-per-second", "0"],
    ] {
        let message = complaint(&["run", option, value]);
        let expected = format!("error: invalid value '{value}' for '{option} ");
        assert!(message.starts_with(&expected), "{message}");
        assert!(message.contains("expected a "), "{message}");
    }
}
