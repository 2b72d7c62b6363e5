//! `heaplab diff` as a person sees it, and `docs/side-by-side.md`.

use heaplab_tests::command::{Seen, package, run, run_in};
use heaplab_tests::examples::{COMMAND, Example, examples, plain};
use std::fs;

const COMMAND_UNDER_TEST: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

fn heaplab(arguments: &[&str]) -> Seen {
    run(COMMAND_UNDER_TEST, "..", arguments)
}

/// Returns its output for the two small sources.
fn small(more: &[&str]) -> String {
    let arguments = ["diff", "side_by_side/left.rs", "side_by_side/right.rs"];
    let seen = run(COMMAND_UNDER_TEST, ".", &[&arguments, more].concat());
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    seen.stdout
}

#[test]
fn all_sections_in_the_order_of_the_plan() {
    insta::assert_snapshot!(small(&[]));
}

#[test]
fn only_the_requested_sections() {
    insta::assert_snapshot!(small(&["note", "malloc", "--unified"]));
}

#[test]
fn one_column() {
    insta::assert_snapshot!(small(&["--unified"]));
}

#[test]
fn a_page() {
    insta::assert_snapshot!(small(&["--html"]));
}

#[test]
fn a_section_of_two_allocators() {
    let seen = heaplab(&["diff", "implicit", "explicit", "unlink"]);
    insta::assert_snapshot!(seen.all());
}

/// A name means the same in every folder of the workspace;
/// the shown paths are relative to that folder.
#[test]
fn names_mean_the_same_in_every_folder_of_the_workspace() {
    let shown = |folder: &str, left: &str| {
        let seen =
            run(COMMAND_UNDER_TEST, folder, &["diff", left, "explicit", "coalesce", "--unified"]);
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
        seen.stdout.lines().skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = shown("..", "implicit");
    assert!(lines.len() > 40);
    assert_eq!(shown("../docs", "implicit"), lines);
    assert_eq!(shown("..", "crates/allocators/implicit"), lines);
    assert_eq!(shown("..", "crates/allocators/implicit/src"), lines);
    assert_eq!(shown("../crates/allocators", "implicit/src/lib.rs"), lines);
}

/// A lab's file is its starter until a student writes in it, and
/// its whole functions are the reference's if nothing is left out.
#[test]
fn a_starter_and_a_lab_can_be_compared() {
    let seen = heaplab(&["diff", "starter:2-explicit", "2-explicit"]);
    let same = "the same in starter:2-explicit and 2-explicit: malloc, free, ";
    assert!(seen.stdout.starts_with(same), "{}", seen.stdout);
    let seen = heaplab(&["diff", "starter:2-explicit", "explicit", "free", "unlink"]);
    let same = "the same in starter:2-explicit and explicit: free\n";
    assert!(!seen.stdout.contains("pub(crate)"), "{}", seen.stdout);
    assert!(seen.stdout.ends_with(same), "{}", seen.stdout);
    assert!(seen.stdout.contains("todo!("), "{}", seen.stdout);
}

/// Sections are found in every file of the crate.
#[test]
fn sections_are_found_over_all_files_of_a_crate() {
    let seen = heaplab(&["diff", "explicit", "quick", "--unified"]);
    for file in ["lib.rs", "lists.rs", "top.rs", "quick.rs", "realloc.rs"] {
        let head = format!("\n+++ crates/allocators/quick/src/{file}\n");
        assert!(seen.stdout.contains(&head), "{file}");
    }
    let places = ["malloc", "free", "find_fit", "grow", "link", "unlink", "bitmap"];
    let place = |name: &str| seen.stdout.find(&format!(" @@ {name}\n"));
    let found: Vec<usize> = places.iter().filter_map(|name| place(name)).collect();
    assert!(found.len() >= 6 && found.is_sorted(), "{found:?}");
}

/// Output to a file is the same, without colours.
#[test]
fn the_output_can_be_written_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    for format in [&["--html"][..], &["--unified"], &[]] {
        let printed = small(format);
        let to_file = ["-o", path.to_str().unwrap()];
        assert_eq!(small(&[format, &to_file].concat()), "");
        assert_eq!(fs::read_to_string(&path).unwrap(), printed);
    }
}

#[test]
fn wrong_arguments() {
    let cases: [&[&str]; 9] = [
        &["implict", "explicit"],
        &["implicit", "explicit", "coalesec"],
        &["implicit", "explicit", "lists"],
        &["implicit", "crates/machine/heap/src/lib.rs"],
        &["implicit", "docs"],
        &["implicit", "nowhere.rs"],
        &["implicit", "tests/side_by_side/unpaired.rs"],
        &["implicit", "starter:9-nothing"],
        &["implicit", "explicit", "--html", "-o", "nowhere/page.html"],
    ];
    let seen = cases.map(|arguments| {
        let seen = heaplab(&[&["diff"], arguments].concat());
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        seen.stderr
    });
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn only_files_can_be_compared_outside_a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let source = "// ANCHOR: free\nfn free() {}\n// ANCHOR_END: free\n";
    fs::write(folder.path().join("mine.rs"), source).unwrap();
    fs::write(folder.path().join("mine"), source).unwrap();
    let seen = run_in(COMMAND_UNDER_TEST, folder.path(), &["diff", "mine", "mine.rs"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert!(seen.stdout.starts_with("free: the same on both sides\n"));
    let seen = run_in(COMMAND_UNDER_TEST, folder.path(), &["diff", "mine", "implicit"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("is not in a workspace of heaplab"), "{}", seen.stderr);
}

/// `docs/side-by-side.md` shows the actual output; its page is for a browser.
#[test]
fn the_examples_print_what_the_document_shows() {
    let document = fs::read_to_string(package().join("../docs/side-by-side.md")).unwrap();
    let examples = examples(COMMAND, &document);
    let prints = |example: &&Example| !example.output.is_empty();
    assert_eq!(examples.iter().filter(prints).count(), 4);
    for example in examples.iter().filter(prints) {
        let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
        let seen = heaplab(&arguments);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        assert_eq!(plain(&example.output), plain(&seen.stdout), "{arguments:?}");
    }
}
