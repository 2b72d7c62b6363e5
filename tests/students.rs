//! The students' guide shows what students see: in labs that were
//! not begun, and, in a copy of the workspace, in labs in progress.

use heaplab_tests::command::{Seen, copy_workspace, package, run_in};
use heaplab_tests::examples::{Example, examples, plain};
use std::path::Path;
use std::{env, fs};

/// Returns what `cargo run -p lab-..` prints in the workspace's folder: of
/// the same sources, built with the tests. `None` if the lab was begun here.
fn as_a_student(lab: &str, program: &str, arguments: &[String]) -> Option<Seen> {
    let workspace = package().join("..");
    let heaplab = env!("CARGO_BIN_EXE_heaplab-under-test");
    let starter = run_in(heaplab, &workspace, &["starter", lab]).stdout;
    let source = workspace.join("labs").join(lab).join("src/lib.rs");
    if fs::read_to_string(source).unwrap() != starter {
        return None;
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Some(run_in(program, &workspace, &arguments))
}

#[test]
fn the_guide_shows_what_a_new_student_sees() {
    let guide = fs::read_to_string(package().join("../docs/students.md")).unwrap();
    // The first example of each: later ones are of labs in progress.
    for (lab, program, command) in [
        ("0-sbrk", env!("CARGO_BIN_EXE_lab-0-sbrk-under-test"), ""),
        ("1-implicit", env!("CARGO_BIN_EXE_lab-1-implicit-under-test"), "-- stage empty-heap"),
    ] {
        let prompt = format!("$ cargo run -p lab-{lab}");
        let examples = examples(&prompt, &guide);
        let example = examples.first().unwrap();
        assert_eq!(example.arguments.join(" "), command, "{lab}");
        let words = match example.arguments.split_first() {
            Some((dashes, words)) if dashes == "--" => words,
            _ => &example.arguments,
        };
        match as_a_student(lab, program, words) {
            Some(seen) => {
                assert_eq!(plain(&seen.stdout), plain(&example.output), "{}", seen.all());
                assert_eq!(seen.code, Some(1));
            }
            None => eprintln!("not tried: lab {lab} was begun here"),
        }
    }
}

/// A lab in progress, as the guide describes it.
struct Begun {
    lab: &'static str,
    /// The number of the guide's example for this lab.
    example: usize,
    /// How many holes are filled in.
    filled: &'static str,
    /// The correct text, and the mistake in its place.
    mistake: Option<(&'static str, &'static str)>,
}

const ON_THE_WAY: [Begun; 3] = [
    Begun { lab: "0-sbrk", example: 1, filled: "2", mistake: None },
    Begun {
        lab: "0-sbrk",
        example: 2,
        filled: "2",
        mistake: Some(("size + OVERHEAD_BYTES", "size + 2 * OVERHEAD_BYTES")),
    },
    Begun { lab: "1-implicit", example: 1, filled: "1", mistake: None },
];

fn run_begun(copy: &Path, begun: &Begun, example: &Example) -> Seen {
    let program = env!("CARGO_BIN_EXE_heaplab-under-test");
    let starter = ["starter", begun.lab, "--filled", begun.filled];
    let mut source = run_in(program, copy, &starter).stdout;
    if let Some((right, wrong)) = begun.mistake {
        assert_eq!(source.matches(right).count(), 1);
        source = source.replace(right, wrong);
    }
    fs::write(copy.join("labs").join(begun.lab).join("src/lib.rs"), source).unwrap();
    let package = format!("lab-{}", begun.lab);
    let mut all = vec!["run", "--quiet", "--package", &package];
    all.extend(example.arguments.iter().map(String::as_str));
    run_in(&env::var("CARGO").unwrap(), copy, &all)
}

#[test]
#[ignore = "builds the workspace once more, in a folder of its own: minutes; .ci/students runs it"]
fn the_guide_shows_what_students_see_on_the_way() {
    let guide = fs::read_to_string(package().join("../docs/students.md")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_workspace(copy.path());
    for begun in &ON_THE_WAY {
        let examples = examples(&format!("$ cargo run -p lab-{}", begun.lab), &guide);
        let example = &examples[begun.example];
        let seen = run_begun(copy.path(), begun, example);
        assert_eq!(plain(&seen.stdout), plain(&example.output), "{}: {}", begun.lab, seen.all());
    }
}
