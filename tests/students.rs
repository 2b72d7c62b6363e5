//! What the students' guide shows of a lab that nobody has begun is what they see.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_tests::command::{Seen, package, run_in};
use heaplab_tests::examples::{examples, plain};
use std::env;
use std::fs;

/// `cargo run`, from the workspace's folder; none if the lab was begun here.
fn as_a_student(lab: &str, arguments: &[String]) -> Option<Seen> {
    let workspace = package().join("..");
    let program = env!("CARGO_BIN_EXE_heaplab-under-test");
    let starter = run_in(program, &workspace, &["starter", lab]).stdout;
    let source = workspace.join("labs").join(lab).join("src/lib.rs");
    if fs::read_to_string(source).unwrap() != starter {
        return None;
    }
    let package = format!("lab-{lab}");
    let mut all = vec!["run", "--quiet", "--package", &package];
    all.extend(arguments.iter().map(String::as_str));
    let cargo = env::var("CARGO").unwrap();
    Some(run_in(&cargo, &workspace, &all))
}

#[test]
fn the_guide_shows_what_a_new_student_sees() {
    let guide = fs::read_to_string(package().join("../docs/students.md")).unwrap();
    // The first example of each: later ones are of labs that were begun.
    for (lab, command) in [("0-sbrk", ""), ("1-implicit", "-- stage empty-heap")] {
        let prompt = format!("$ cargo run -p lab-{lab}");
        let examples = examples(&prompt, &guide);
        let example = examples.first().unwrap();
        assert_eq!(example.arguments.join(" "), command, "{lab}");
        match as_a_student(lab, &example.arguments) {
            Some(seen) => {
                assert_eq!(
                    plain(&seen.stdout),
                    plain(&example.output),
                    "{}",
                    seen.all()
                );
                assert_eq!(seen.code, Some(1));
            }
            None => eprintln!("not tried: lab {lab} was begun here"),
        }
    }
}
