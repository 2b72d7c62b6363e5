//! A folder of traces as found on a disk: with traces that can't be used,
//! files that are not traces, names in capitals, and two of one name.

use heaplab_tests::command::{Seen, run_in, words};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

const GOOD: &str = "1\n1\n2\n16\na 0 16\nf 0\n";

/// A size near 2^56, as a course's set has it for machines of 64 bits.
const GIANT: &str = "0\n1\n2\n58432548578714005\na 0 58432548578714005\nf 0\n";

/// Every command that replays traces, with every format that it has.
const COMMANDS: [(&[&str], &[&str]); 7] = [
    (&["run", "--no-timing", "--heap", "implicit"], &["table", "json", "csv", "md"]),
    (&["check", "implicit"], &["text", "json"]),
    (&["cost", "implicit"], &["table", "json", "csv"]),
    (&["waste", "implicit"], &["table", "json", "csv"]),
    (&["compare", "--no-timing", "--heap", "implicit"], &["table", "json", "csv", "md"]),
    (&["compare", "--split", "2", "--heap", "implicit"], &["table", "json", "csv", "md"]),
    (&["trace", "stats"], &["text", "json"]),
];

/// Runs each command in each format on the folder; `look`
/// gets the words of the command, the format and the result.
fn each_format(folder: &Path, options: &[&str], look: impl Fn(&str, &str, &Seen)) {
    for (command, formats) in COMMANDS {
        for format in formats {
            let words = match command[0] {
                "trace" => [command, &[".", "--format", format]].concat(),
                _ => [command, &["--trace", ".", "--format", format], options].concat(),
            };
            look(command[0], format, &run_in(HEAPLAB, folder, &words));
        }
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in one")).expect("made");
        fs::write(path, text).expect("written");
    }
    folder
}

#[test]
fn an_unreadable_trace_stops_only_itself_in_every_format() {
    let folder = folder(&[
        ("good.rep", GOOD),
        ("giant.rep", GIANT),
        ("count.rep", "1\n1\n3\n16\na 0 16\nf 0\n"),
    ]);
    each_format(folder.path(), &[], |command, format, seen| {
        let all = seen.all();
        assert_eq!(seen.code, Some(2), "{command} {format}: {all}");
        assert!(
            seen.stdout.contains("good") || format == "text" && command == "check",
            "{command} {format}: {all}"
        );
        let is_stats = command == "trace";
        assert!(!is_stats || seen.stderr.contains("giant.rep:5:5"), "{all}");
        let reasons = [
            "left out: ./count.rep: line 3: error[T24]: the file ends after 2 of 3 operations\n",
            "left out: ./giant.rep: line 5: error[T16]: the size is too large for a 32-bit machine\n",
        ];
        for reason in reasons {
            let is_there = is_stats || seen.stderr.contains(reason);
            assert!(is_there, "{command} {format}: {all}");
        }
        match format {
            "json" => {
                let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
                let left_out = json["left_out"].as_array().expect("it names them");
                assert_eq!(left_out.len(), 2, "{all}");
                assert_eq!(left_out[1]["file"], "./giant.rep");
            }
            "md" => assert!(seen.stdout.contains("\n- `./giant.rep`: line 5: error[T16]"), "{all}"),
            _ => {}
        }
    });
}

/// If no file was left out, the output does not mention left-out files.
#[test]
fn the_output_mentions_no_left_out_files_if_all_traces_are_valid() {
    let folder = folder(&[("good.rep", GOOD)]);
    each_format(folder.path(), &[], |command, format, seen| {
        assert_eq!(seen.code, Some(0), "{command} {format}: {}", seen.all());
        assert!(!seen.all().contains("left"), "{}", seen.all());
    });
}

#[test]
fn a_request_past_the_heap_limit_stops_only_its_trace() {
    let folder = folder(&[
        ("good.rep", GOOD),
        ("large.rep", "1\n1\n1\n70000\na 0 70000\n"),
        ("together.rep", "1\n2\n2\n80000\na 0 40000\na 1 40000\n"),
    ]);
    let limit = ["--heap-limit", "64K"];
    each_format(folder.path(), &limit, |command, format, seen| {
        if command == "trace" {
            return;
        }
        let all = seen.all();
        assert_eq!(seen.code, Some(2), "{command} {format}: {all}");
        for reason in [
            "left out: ./large.rep: line 5, `a 0 70000`: asks for 70000 bytes; the heap limit is 65536\n",
            "left out: ./together.rep: line 6, `a 1 40000`: 80000 bytes of payload are live then; the heap limit is 65536\n",
            "help: these 2 files are left out; the results cover one trace\n",
        ] {
            assert!(seen.stderr.contains(reason), "{command} {format}: {all}");
        }
    });
    // A trace that is named is expected to be good.
    let named = ["run", "--trace", "large.rep", "--heap-limit", "64K"];
    let seen = run_in(HEAPLAB, folder.path(), &named);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
    assert!(seen.stderr.contains("raise the limit with --heap-limit"));
    // If the heap may fail, any request is allowed.
    let may = words("check implicit --trace . --heap-limit 64K --may-run-out");
    assert_eq!(run_in(HEAPLAB, folder.path(), &may).code, Some(0));
}

#[test]
fn a_folder_without_a_usable_trace_shows_every_error() {
    let folder = folder(&[("giant.rep", GIANT), ("cut.rep", "1\n1\n")]);
    let seen = run_in(HEAPLAB, folder.path(), &["run", "--trace", "."]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
    assert!(seen.stderr.contains("--> ./cut.rep:2"), "{}", seen.all());
    assert!(seen.stderr.contains("5 | a 0 58432548578714005"), "{}", seen.all());
}

#[test]
fn hidden_files_are_passed_over_and_others_are_counted() {
    let folder = folder(&[
        ("short.rep", GOOD),
        ("._short.rep", "\0\u{5}\u{16}\u{7}\0\u{2}\0\0Mac OS X"),
        (".DS_Store", "\0"),
        (".git/x.rep", "no trace"),
        ("__MACOSX/._short.rep", "\0"),
        ("README", "read me"),
        ("more/notes.txt", ""),
        ("x.rep~", GOOD),
    ]);
    each_format(folder.path(), &[], |command, format, seen| {
        let all = seen.all();
        assert_eq!(seen.code, Some(0), "{command} {format}: {all}");
        assert_eq!(
            seen.stderr.lines().next(),
            Some("note: 3 files in . are not traces: README, more/notes.txt, x.rep~"),
            "{command} {format}: {all}"
        );
        assert!(!all.contains("._"), "{all}");
    });
    // A file that is named is read, whatever its name.
    fs::write(folder.path().join(".mine"), GOOD).unwrap();
    for name in [".mine", "x.rep~"] {
        let words = ["run", "--no-timing", "--trace", name, "--heap", "implicit"];
        assert_eq!(run_in(HEAPLAB, folder.path(), &words).code, Some(0), "{name}");
    }
}

#[test]
fn files_named_in_capitals_are_traces() {
    let folder = folder(&[("LOUD.REP", GOOD), ("Script.Script", "# of Stanford\na 0 16\n")]);
    each_format(folder.path(), &[], |command, format, seen| {
        assert_eq!(seen.code, Some(0), "{command} {format}: {}", seen.all());
        if command != "check" || format == "json" {
            for name in ["LOUD", "Script"] {
                assert!(seen.stdout.contains(name), "{command} {format}: {}", seen.all());
            }
        }
    });
}

#[test]
fn traces_of_one_name_are_distinguished() {
    let folder = folder(&[
        ("a/x.rep", GOOD),
        ("b/x.rep", GOOD),
        ("b/y.rep", GOOD),
        ("c/z.rep", GOOD),
        ("c/z.script", "a 0 8\n"),
    ]);
    each_format(folder.path(), &[], |command, format, seen| {
        assert_eq!(seen.code, Some(0), "{command} {format}: {}", seen.all());
        if command == "trace" || (command, format) == ("check", "text") {
            return;
        }
        for name in ["a/x", "b/x", "z.rep", "z.script", "y"] {
            assert!(seen.stdout.contains(name), "{command} {format}: {}", seen.all());
        }
        assert!(!seen.stdout.contains("b/y\""), "{}", seen.all());
    });
}
