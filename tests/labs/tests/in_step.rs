//! The files that students begin with are those that the reference makes now.
#![forbid(unsafe_code)]

use heaplab_lab::{Hole, Lab, Reference, Starter, functions, starter};
use heaplab_lab_tests::{folder, labs};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// Returns both files of the lab, with the first `filled` holes filled in.
fn made(lab: &Lab, filled: usize) -> Starter {
    let reference = Reference::read(&folder().join(".."), &lab.reference).expect("a reference");
    starter(&reference, lab, filled).expect("a starter")
}

/// Formats the text with rustfmt.
fn formatted(text: &str) -> String {
    let rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut rustfmt = rustfmt.expect("rustfmt");
    let mut input = rustfmt.stdin.take().expect("its input");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let output = rustfmt.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_starter_is_in_step_with_its_reference() {
    for lab in labs() {
        let Starter { lib, given } = made(&lab, 0);
        for (file, text) in [("src/lib.rs", formatted(&lib)), ("src/given.rs", given)] {
            let path = folder().join(&lab.name).join(file);
            let found = fs::read_to_string(&path).expect("a file");
            let help = "`cargo run -- starter --all` writes it anew";
            assert!(found == text, "{}: {help}", path.display());
        }
    }
}

/// rustfmt is not always stable: a comment after a long arm of
/// a `match` moves up when the arm is formatted a second time.
#[test]
fn formatting_a_starter_again_does_not_change_it() {
    for lab in labs() {
        for filled in 0..=lab.holes.len() {
            let once = formatted(&made(&lab, filled).lib);
            assert!(formatted(&once) == once, "{}, {filled} filled", lab.name);
        }
    }
}

/// A student sees the task before any other long text: the first hole is on
/// the first screen after the picture, and the holes are in their order.
#[test]
fn a_starter_begins_with_the_students_task() {
    for lab in labs() {
        let Starter { lib, given } = made(&lab, 0);
        let lib = formatted(&lib);
        let name = &lab.name;
        assert!(lib.lines().count() <= 350, "{name}: {} lines", lib.lines().count());
        for word in ["ANCHOR", "Word", "impl Design", "fn layout", "fn check"] {
            let is_open = lab.holes.is_empty() && word == "fn layout";
            assert!(is_open || !lib.contains(word), "{name}: {word}");
        }
        assert!(given.starts_with("// @generated"), "{name}");
        let functions = functions(&lib).expect("tokens");
        let place = |hole: &Hole| {
            let at = lib.find(&*hole.task).expect("its task");
            let mut starts = functions.iter().map(|function| function.range.start);
            starts.rfind(|start| *start < at).expect("a function")
        };
        let holes: Vec<usize> = lab.holes.iter().map(place).collect();
        assert!(holes.is_sorted(), "{name}: {holes:?}");
        if let Some(first) = holes.first() {
            let line = lib[..*first].lines().count();
            assert!(line <= 75, "{name}: the first hole is in line {line}");
        }
    }
}

/// What is shown when a stage is finished: two or three lines, no wider than the task.
#[test]
fn every_stage_says_what_was_learned() {
    for lab in labs() {
        for stage in &lab.stages {
            let lines: Vec<&str> = stage.learned.trim().lines().collect();
            let is_short = lines.iter().all(|line| line.chars().count() <= 100);
            assert!((1..=3).contains(&lines.len()) && is_short, "{}: {}", lab.name, stage.name);
        }
    }
}
