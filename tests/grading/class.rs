//! A class: killed and started again, spread over machines and merged, and records
//! that must not be mixed. The records are the same as those of an undisturbed run.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grading_tests::class::{CLASS, Folder, records};
use heaplab_grading_tests::{grade as grade_with, heaplab, source_of, workspace};
use serde_json::Value;
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

/// Starts grading, and kills it when there are `count` records.
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
#[ignore = "grades whole classes: .ci/grading"]
fn a_class_is_graded_once_even_if_restarted() {
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

    // Graded again, because `--again` asks for it.
    grade(killed, &["--again"]);
    assert_eq!(records(killed), *expected);
}

/// Hidden checks earn points. What they hold is in no file for students, until it may be seen.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn hidden_checks_count_and_are_withheld() {
    let folder = Folder::new();
    let [hidden, submission, out] = ["hidden", "ada.rs", "out"].map(|name| folder.path(name));
    fs::create_dir_all(format!("{hidden}/deep")).unwrap();
    let trace = "1\n1\n2\n1\na 0 7321\nf 0\n";
    fs::write(format!("{hidden}/kept-trace.rep"), trace).unwrap();
    fs::write(format!("{hidden}/deep/of-check.rep"), trace).unwrap();
    let hidden_toml = "show_after = 2999-12-01T23:59:00+01:00
        [[stage]]
        name = \"kept-stage\"
        points = 10
        [[stage.check]]
        title = \"kept: a block of the right size\"
        trace = \"a 0 24\"
        [[stage.check]]
        title = \"kept: a freed block\"
        file = \"deep/of-check.rep\"
    ";
    fs::write(format!("{hidden}/hidden.toml"), hidden_toml).unwrap();
    fs::write(&submission, source_of(PROGRAM, "0-sbrk", &["--filled", "2"])).unwrap();
    let arguments = ["grade", &submission, "--lab", "0-sbrk", "--traces", &hidden, "--out", &out];
    let results = folder.path("results.json");
    let for_platform = ["--format", "gradescope", "-o", &results];
    let seen = heaplab(PROGRAM, &[&arguments[..], &for_platform].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert!(seen.stderr.contains("add up to 110, not to 100"), "{}", seen.stderr);

    let record: Value = serde_json::from_slice(&records(&out)["ada.json"]).unwrap();
    let stage = &record["stages"][7];
    assert_eq!((&stage["name"], &stage["points"]), (&"kept-stage".into(), &5.into()), "{stage}");
    assert_eq!(record["points"], 27);
    let traces = record["traces"].as_array().unwrap().iter();
    assert_eq!(traces.filter(|trace| trace["hidden"] == true).count(), 1);

    let feedback = || fs::read_to_string(format!("{out}/feedback/ada.md")).unwrap();
    for text in [feedback(), fs::read_to_string(&results).unwrap()] {
        assert!(text.contains("hidden trace 1") && text.contains("hidden check 2"), "{text}");
        assert!(!text.contains("kept") && !text.contains("7321"), "{text}");
    }
    let seen = heaplab(PROGRAM, &["feedback", &out, "--show-after", "2001-01-01T00:00:00Z"]);
    assert!(seen.stdout.contains("hidden traces and checks are shown"), "{}", seen.stderr);
    let text = feedback();
    for shown in ["kept: a freed block", "kept-trace (hidden)", "kept-stage (hidden)", "f 0"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let seen = heaplab(PROGRAM, &["feedback", &out, "--show-after", "2026-12-01"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("write 2026-12-01T23:59:00+01:00"), "{}", seen.stderr);
}

/// The host fails on one submission: a folder is in the place of its record.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn a_submission_that_the_host_fails_on_is_set_aside() {
    let expected = CLASS.records(PROGRAM);
    let folder = Folder::new();
    let out = folder.path("out");
    let in_the_way = Path::new(&out).join("records/filled-4.json");
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    let arguments = ["grade", CLASS.handed_in(PROGRAM), "--lab", "0-sbrk", "--out", &out];
    let seen = heaplab(PROGRAM, &arguments);
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("failed on 1 submission"), "{}", seen.stderr);
    assert!(seen.stderr.contains("\n  filled-4: "), "{}", seen.stderr);
    assert!(seen.stdout.contains("filled-6"), "the others are graded: {}", seen.stdout);
    fs::remove_dir_all(&in_the_way).unwrap();
    let seen = heaplab(PROGRAM, &arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert!(seen.stderr.contains("6 had a record already"), "{}", seen.stderr);
    assert_eq!(records(&out), *expected);
}

#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn only_parts_of_one_grading_are_merged() {
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
#[ignore = "grades whole classes: .ci/grading"]
fn a_record_that_was_changed_by_hand_is_refused() {
    let folder = Folder::new();
    let out = folder.path("out");
    let broken = Path::new(CLASS.handed_in(PROGRAM)).join("broken.rs");
    let broken = broken.to_str().unwrap();
    let seen = heaplab(PROGRAM, &["grade", broken, "--lab", "0-sbrk", "--out", &out]);
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

/// Names that a scan by words alone would refuse, and tests of a student's own.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn honest_names_and_own_tests_cost_no_points() {
    let folder = Folder::new();
    let source = source_of(PROGRAM, "0-sbrk", &["--solution"]);
    let own = "
struct Plan { host: u32, path: u32 }
impl Plan {
    fn alloc(&self, include: u32) -> u32 { self.host + self.path + include }
}
fn planned(env: u32) -> u32 { Plan { host: 1, path: 2 }.alloc(env) }
const _: fn(u32) -> u32 = planned;

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    #[test]
    fn a_plan() { assert_eq!(super::planned(3), Vec::from([6])[0]); }
}
";
    let path = folder.path("own-names.rs");
    fs::write(&path, source + own).unwrap();
    let out = folder.path("out");
    let records = grade_with(PROGRAM, "0-sbrk", Path::new(&path), Path::new(&out), &[]);
    let record = &records["own-names"];
    assert_eq!((&record["verdict"], &record["points"]), (&"graded".into(), &100.into()));
}

/// A lab with different measures need not be in the workspace. The speed of a heap
/// is not tested: only that it was measured, and that this changes the record.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn speed_is_measured_on_demand() {
    let folder = Folder::new();
    let lab = folder.path("0-sbrk");
    fs::create_dir(&lab).unwrap();
    let definition = fs::read_to_string(workspace().join("labs/0-sbrk/lab.toml")).unwrap();
    let measure = "[[grade.measure]]\nname = \"speed\"\nwhat = \"throughput\"\npoints = 10\nnone = 0.1\nfull = 0.5\n";
    fs::write(Path::new(&lab).join("lab.toml"), definition + "\n" + measure).unwrap();
    let source = folder.path("solution.rs");
    fs::write(&source, source_of(PROGRAM, "0-sbrk", &["--solution"])).unwrap();

    let record_of = |out: &str, more: &[&str]| {
        let out = folder.path(out);
        let records = grade_with(PROGRAM, &lab, Path::new(&source), Path::new(&out), more);
        records["solution"].clone()
    };
    let [with, without] = [record_of("with", &["--seconds"]), record_of("without", &[])];
    let speed = |record: &Value| {
        let measures = record["measures"].as_array().unwrap().iter();
        let mut speeds = measures.filter(|measure| measure["name"] == "speed");
        speeds.next().unwrap().clone()
    };
    assert!(speed(&with)["value"].as_f64().unwrap() > 0.0, "{with:#}");
    assert_eq!(speed(&without)["value"], Value::Null);
    assert_eq!(speed(&without)["remark"], "no speed was measured");
    assert_ne!(with["lab"]["sha256"], without["lab"]["sha256"]);

    let seen = heaplab(PROGRAM, &["grade", &source, "--lab", "0-sbrk", "--seconds"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("nothing of lab 0-sbrk is for speed"), "{}", seen.stderr);
}
