//! The commands of a lab's program that keep something between calls, in a copy of the workspace.

use heaplab_tests::command::{Seen, copy_workspace, run_in};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A lab in a folder of its own. Its heap is the starter's, whatever the folder's file says.
struct Student {
    copy: TempDir,
}

impl Student {
    fn new() -> Student {
        let copy = tempfile::tempdir().unwrap();
        copy_workspace(copy.path());
        let student = Student { copy };
        // The lab may be begun in this workspace.
        let starter = run_in(
            env!("CARGO_BIN_EXE_heaplab-under-test"),
            student.copy.path(),
            &["starter", "0-sbrk"],
        );
        student.write(&starter.stdout);
        student
    }

    fn source(&self) -> PathBuf {
        self.copy.path().join("labs/0-sbrk/src/lib.rs")
    }

    fn write(&self, text: &str) {
        fs::write(self.source(), text).unwrap();
    }

    fn run(&self, words: &[&str]) -> Seen {
        run_in(env!("CARGO_BIN_EXE_lab-0-sbrk-under-test"), self.copy.path(), words)
    }
}

#[test]
fn a_lab_that_begins_again_keeps_each_old_file() {
    let student = Student::new();
    let starter = fs::read_to_string(student.source()).unwrap();
    let seen = student.run(&["restart"]);
    assert!(seen.stdout.contains("is the starter already"), "{}", seen.all());
    for (number, text) in [(1, "first"), (2, "second")] {
        student.write(text);
        let seen = student.run(&["restart"]);
        assert_eq!(seen.code, Some(0), "{}", seen.all());
        let old = format!("labs/0-sbrk/old/lib-{number}.rs");
        assert!(seen.stdout.contains(&old), "{}", seen.all());
        assert_eq!(fs::read_to_string(student.copy.path().join(old)).unwrap(), text);
        assert_eq!(fs::read_to_string(student.source()).unwrap(), starter);
    }
    // The folder can't be made: nothing is lost.
    fs::remove_dir_all(student.copy.path().join("labs/0-sbrk/old")).unwrap();
    fs::write(student.copy.path().join("labs/0-sbrk/old"), "a file").unwrap();
    student.write("third");
    let seen = student.run(&["restart"]);
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    assert_eq!(fs::read_to_string(student.source()).unwrap(), "third");
}

#[test]
fn the_history_has_a_line_for_each_change() {
    let student = Student::new();
    let seen = student.run(&["history"]);
    assert!(seen.stdout.contains("Nothing yet"), "{}", seen.all());
    student.run(&["next"]);
    student.run(&["next"]);
    let seen = student.run(&["history"]);
    let lines: Vec<&str> = seen.stdout.lines().filter(|line| line.contains(" of 7")).collect();
    assert_eq!(lines.len(), 1, "{}", seen.all());
    assert!(lines[0].ends_with("0 of 7  -"), "{}", seen.all());
    student.run(&["run", "--score"]);
    let seen = student.run(&["history"]);
    let last = seen.stdout.lines().rfind(|line| line.contains(" of 7  ")).unwrap();
    // One check of the starter passes.
    assert!(last.ends_with(" 0 of 7  2.00"), "{}", seen.all());
}

#[test]
fn the_text_of_a_stage_is_shown_in_full_once() {
    let student = Student::new();
    let task = "Write the two functions that it calls.";
    for (words, is_full) in [
        (&["next", "--brief"][..], true),
        (&["next", "--brief"], false),
        (&["next"], true),
        (&["next", "--brief"], false),
    ] {
        let seen = student.run(words);
        assert_eq!(seen.code, Some(1), "{}", seen.all());
        assert_eq!(seen.stdout.contains(task), is_full, "{words:?}: {}", seen.all());
        assert!(seen.stdout.contains("not written yet"), "{}", seen.all());
    }
}

#[test]
fn a_check_says_the_same_in_the_process_of_a_debugger() {
    let student = Student::new();
    let words = ["stage", "first-block", "1"];
    let worker = student.run(&words);
    let here = student.run(&[&words[..], &["--in-process"]].concat());
    assert_eq!((here.code, &here.stdout), (Some(1), &worker.stdout), "{}", here.all());
}
