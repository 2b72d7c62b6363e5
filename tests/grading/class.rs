//! A class: killed and called again, spread over machines and merged, and not to
//! be mixed. The records are the same as of an undisturbed run.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grading_tests::class::{CLASS, Folder, records};
use heaplab_grading_tests::{heaplab, workspace};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// Grades the class in this process's folder.
fn grade(out: &str, more: &[&str]) {
    let handed_in = CLASS.handed_in(PROGRAM);
    let arguments = ["grade", handed_in, "--lab", "0-sbrk", "--out", out];
    let seen = heaplab(PROGRAM, &[&arguments, more].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
}

/// Starts grading, and kills it when so many records are there.
fn grade_until(out: &str, count: usize) {
    let handed_in = CLASS.handed_in(PROGRAM);
    let arguments = ["grade", handed_in, "--lab", "0-sbrk", "--out", out];
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .args(["--jobs", "1"])
        .current_dir(workspace())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(300);
    while records(out).len() < count && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_class_is_graded_once_however_often_it_is_begun() {
    let expected = CLASS.records(PROGRAM);
    assert_eq!(expected.len(), 7);
    let folder = Folder::new();
    let killed = &folder.path("killed");
    grade_until(killed, 2);
    let first = records(killed).len();
    assert!((2..7).contains(&first), "{first} records");
    grade_until(killed, 4);
    grade(killed, &[]);
    assert_eq!(records(killed), *expected);

    // Graded again, on purpose.
    grade(killed, &["--again"]);
    assert_eq!(records(killed), *expected);
}

#[test]
fn only_parts_of_one_whole_are_merged() {
    let folder = Folder::new();
    let [one, other, mixed] = ["one", "other", "mixed"].map(|name| folder.path(name));
    let broken = Path::new(CLASS.handed_in(PROGRAM)).join("broken.rs");
    for (lab, out) in [("0-sbrk", &one), ("1-implicit", &other)] {
        let broken = broken.to_str().unwrap();
        let seen = heaplab(PROGRAM, &["grade", broken, "--lab", lab, "--out", out]);
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    }
    let seen = heaplab(PROGRAM, &["merge", &one, &other, "--out", &mixed]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("1-implicit"), "{}", seen.stderr);
    assert!(!Path::new(&mixed).exists());
}

#[test]
fn a_record_that_was_changed_by_hand_is_refused() {
    let folder = Folder::new();
    let out = folder.path("out");
    let broken = Path::new(CLASS.handed_in(PROGRAM)).join("broken.rs");
    let broken = broken.to_str().unwrap();
    let seen = heaplab(
        PROGRAM,
        &["grade", broken, "--lab", "0-sbrk", "--out", &out],
    );
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let record = Path::new(&out).join("records/broken.json");
    let text = fs::read_to_string(&record).unwrap();
    let changed = text.replacen("\"points\": 0,", "\"points\": 99,", 1);
    assert_ne!(changed, text);
    fs::write(&record, changed).unwrap();
    let seen = heaplab(PROGRAM, &["leaderboard", &out]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("was changed"), "{}", seen.stderr);
}
