//! What students begin with is what the reference makes now.
#![forbid(unsafe_code)]

use heaplab_lab::{Lab, Reference, starter};
use heaplab_lab_tests::{folder, labs};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// The lab's reference in one file.
fn bundle(lab: &Lab) -> String {
    let reference = Reference::read(&folder().join(".."), &lab.reference).expect("a reference");
    reference.bundle(lab).expect("all in one")
}

/// The text as rustfmt has it.
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
        let bundle = bundle(&lab);
        let made = starter(&bundle, &lab, 0).expect("a starter");
        let path = folder().join(&lab.name).join("src/lib.rs");
        let found = fs::read_to_string(&path).expect("a starter");
        let help = "`cargo run -- starter --all` writes it anew";
        assert!(found == formatted(&made), "{}: {help}", path.display());
    }
}

/// rustfmt is not always of one mind with itself: a comment behind a long arm of a
/// `match` moves up when the arm is formatted a second time.
#[test]
fn a_starter_stays_as_it_is_when_it_is_formatted_again() {
    for lab in labs() {
        let bundle = bundle(&lab);
        for filled in 0..=lab.holes.len() {
            let once = formatted(&starter(&bundle, &lab, filled).expect("a starter"));
            assert!(formatted(&once) == once, "{}, {filled} filled", lab.name);
        }
    }
}
