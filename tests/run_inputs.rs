//! Errors in a command line or a trace give a clear message and exit code 2.

use heaplab_tests::command::{Seen, package, run, run_in, words};
use std::fs;

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

fn heaplab(arguments: &[&str]) -> Seen {
    run(HEAPLAB, "faulty", arguments)
}

/// Returns the message for a command line that is wrong.
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
fn a_policy_for_a_heap_without_policies() {
    let seen = run(env!("CARGO_BIN_EXE_faulty"), "faulty", &["run", "--heap", "correct:lifo"]);
    assert_eq!(seen.code, Some(2));
    insta::assert_snapshot!(seen.stderr);
}

#[test]
fn a_heap_asked_for_twice() {
    insta::assert_snapshot!(complaint(&words("run --heap explicit --heap explicit")));
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
    let folder = tempfile::tempdir().unwrap();
    for name in ["README", "notes.txt", ".hidden.rep"] {
        fs::write(folder.path().join(name), GOOD).unwrap();
    }
    let seen = run_in(HEAPLAB, folder.path(), &["run", "--trace", "."]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{seen:?}");
    insta::assert_snapshot!(seen.stderr);
}

/// A double free in the trace is reported as an error of the trace.
#[test]
fn a_double_free_in_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("double.rep"), "1\n1\n3\n8\na 0 8\nf 0\nf 0\n").unwrap();
    let seen = run_in(HEAPLAB, folder.path(), &["run", "--trace", "double.rep"]);
    assert_eq!(seen.code, Some(2));
    insta::assert_snapshot!(seen.stderr);
}

/// More operations than in the header, and fewer, are reported with the line.
#[test]
fn counts_that_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("more.rep"), "1\n1\n1\n8\na 0 8\nf 0\n").unwrap();
    fs::write(folder.path().join("fewer.rep"), "1\n1\n3\n8\na 0 8\nf 0\n").unwrap();
    let seen = run_in(HEAPLAB, folder.path(), &["run", "--trace", "."]);
    assert_eq!(seen.code, Some(2));
    insta::assert_snapshot!(seen.stderr);
}

/// Odd traces that other drivers accept can be accepted.
#[test]
fn lenient_reading_accepts_odd_traces() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("leaks.rep"), "1\n1\n3\n40\na 0 8\na 0 32\nf 0\n").unwrap();
    let strict = run_in(HEAPLAB, folder.path(), &["run", "--no-timing", "--trace", "leaks.rep"]);
    assert_eq!(strict.code, Some(2));
    let lenient = words("run --lenient --seconds-each 0 --trace leaks.rep");
    assert_eq!(run_in(HEAPLAB, folder.path(), &lenient).code, Some(0));
}

/// The folder of the bundled traces can be named.
#[test]
fn traces_from_the_environment() {
    let output = std::process::Command::new(HEAPLAB)
        .args(words("run --no-timing --format csv --heap implicit"))
        .env("HEAPLAB_TRACES", package().join("faulty"))
        .current_dir("/")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("implicit,story,"), "{text}");
}

/// If the host does not give 4 GiB of address space, the message says which
/// limit refused it, and what to do. The amount in use differs each time.
#[test]
#[cfg(target_os = "linux")]
fn no_address_space() {
    let command = format!("ulimit -v 2000000; exec '{HEAPLAB}' run --trace story.rep");
    let seen = run("/bin/sh", "faulty", &["-c", &command]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{seen:?}");
    let (before, used) = seen.stderr.split_once(" KiB, and ").unwrap();
    let (_, after) = used.split_once(' ').unwrap();
    insta::assert_snapshot!(format!("{before} KiB, and N {after}"));
}

/// A trace that no heap could replay is not a heap's fault.
#[test]
fn a_trace_larger_than_the_heap_limit() {
    let arguments = words("run --trace story.rep --heap-limit 16");
    insta::assert_snapshot!(complaint(&arguments));
}

/// Neither is a request that is too large alone, or whose alignment is too large.
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
        fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        for command in [&["run", "--trace"][..], &["check", "implicit", "--trace"]] {
            let text = complaint(&[command, &[&path, "--heap-limit", limit]].concat());
            complaints.push(text.replace(&path, "large.rep"));
        }
        // If a heap may fail, it may fail for this request.
        let more = ["--heap-limit", limit, "--may-run-out"];
        let check = [&["check", "implicit", "--trace", &path], &more[..]].concat();
        let seen = heaplab(&check);
        assert_eq!(seen.code, Some(0), "{seen:?}");
    }
    insta::assert_snapshot!(complaints.join("\n"));
}

#[test]
fn a_trace_given_twice() {
    let arguments = words("run --trace story.rep --trace story.rep");
    insta::assert_snapshot!(complaint(&arguments));
}

#[test]
fn a_trace_from_standard_input() {
    insta::assert_snapshot!(complaint(&["run", "--trace", "-"]));
}

#[test]
fn thresholds_in_the_wrong_order() {
    let thresholds = ["run", "--score", "thresholds", "--throughput-min", "0.95"];
    insta::assert_snapshot!(complaint(&thresholds));
}

/// Invalid numbers are refused with a message that says what was expected.
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

const GOOD: &str = "1\n1\n2\n8\na 0 8\nf 0\n";

/// Other files in a folder with the name of a trace: each
/// is named, with a reason, and the traces are replayed.
#[test]
#[cfg(target_os = "linux")]
fn a_bad_file_in_a_folder_stops_only_itself() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("good.rep"), GOOD).unwrap();
    fs::create_dir(at("folder.rep")).unwrap();
    fs::write(at("folder.rep/inside.rep"), GOOD).unwrap();
    fs::create_dir(at("empty.rep")).unwrap();
    symlink(folder.path(), at("folder.rep/back.rep")).unwrap();
    symlink("nowhere", at("dangling.rep")).unwrap();
    symlink("loop.rep", at("loop.rep")).unwrap();
    symlink("/dev/zero", at("zero.rep")).unwrap();
    let _socket = UnixListener::bind(at("socket.rep")).unwrap();
    let made = Command::new("mkfifo").arg(at("pipe.rep")).status().unwrap();
    assert!(made.success());
    fs::write(at("cut.rep"), "1\n1\n").unwrap();
    for command in [
        &words("run --no-timing --format csv --heap implicit")[..],
        &words("compare --no-timing --format csv --heap libc"),
        &["cost", "implicit", "--format", "csv"],
        &["waste", "implicit", "--format", "json"],
        &["check", "implicit", "--format", "json"],
        &words("compare --split 2 --format csv --heap implicit"),
    ] {
        let seen = run_in(HEAPLAB, folder.path(), &[command, &["--trace", "."]].concat());
        assert_eq!(seen.code, Some(2), "{}", seen.all());
        for name in ["good", "inside"] {
            assert!(seen.stdout.contains(name), "{}", seen.all());
        }
        for (name, reason) in [
            ("cut", "error[T06]"),
            ("dangling", "No such file"),
            ("loop", "Too many levels of symbolic links"),
            ("pipe", "it is a pipe; a trace is read more than once"),
            ("socket", "it is a socket"),
            ("zero", "it is a device"),
        ] {
            let file = format!("./{name}.rep");
            assert!(seen.stderr.contains(&file), "{name}: {}", seen.all());
            assert!(seen.stderr.contains(reason), "{name}: {}", seen.all());
        }
        let left_out = "help: these 6 files are left out; the results cover 2 traces\n";
        assert!(seen.stderr.ends_with(left_out), "{}", seen.all());
    }
    // If it is named, each is an error of the command line.
    for name in ["dangling", "loop", "pipe", "socket", "zero", "cut"] {
        let file = format!("{name}.rep");
        let named = format!("run --no-timing --trace good.rep --trace {file}");
        let seen = run_in(HEAPLAB, folder.path(), &words(&named));
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{name}");
        assert!(seen.stderr.contains(&file), "{}", seen.all());
    }
}

/// A heap's fault outweighs a file that was left out; both are reported.
#[test]
fn a_bad_file_beside_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(package().join("faulty/story.rep"), folder.path().join("story.rep")).unwrap();
    fs::write(folder.path().join("cut.rep"), "1\n1\n").unwrap();
    let arguments = ["run", "--no-timing", "--trace", ".", "--heap", "dirty"];
    let seen = run_in(env!("CARGO_BIN_EXE_faulty"), folder.path(), &arguments);
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    assert!(seen.stdout.contains("fault[not-zeroed]"), "{}", seen.all());
    assert!(seen.stderr.contains("this file is left out"), "{}", seen.all());
}

/// Names that a terminal would obey, and names that are not UTF-8, are shown
/// without an effect, and read like any other. JSON has them unchanged.
#[test]
#[cfg(target_os = "linux")]
fn names_of_traces_may_have_any_characters() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let story = package().join("faulty/story.rep");
    let names = [
        &b"esc\x1b[31mape.rep"[..],
        b"new\nline.rep",
        b"caf\xe9.rep",
        "over\u{202e}ride.rep".as_bytes(),
    ];
    for name in names {
        fs::copy(&story, folder.path().join(OsStr::from_bytes(name))).unwrap();
    }
    fs::write(folder.path().join("bad\u{1b}[2J\n.rep"), "1\n1\n").unwrap();
    let faulty = env!("CARGO_BIN_EXE_faulty");
    for command in [
        &["run", "--no-timing", "--heap", "correct", "--heap", "dirty"][..],
        &words("compare --no-timing --heap correct --heap dirty"),
        &["compare", "--split", "2", "--heap", "correct"],
        &["check", "dirty"],
        &["cost", "correct", "dirty"],
        &["waste", "correct", "dirty"],
        &["run", "--no-timing", "--format", "md", "--heap", "dirty"],
    ] {
        let seen = run_in(faulty, folder.path(), &[command, &["--trace", "."]].concat());
        let all = seen.all();
        assert!(seen.code.is_some_and(|code| code > 0), "{all}");
        for shown in
            ["esc\\u{1b}[31mape", "new\\nline", "caf\\xe9", "over\\u{202e}ride", "bad\\u{1b}[2J\\n"]
        {
            assert!(all.contains(shown), "{command:?} {shown}: {all}");
        }
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!all.contains(obeyed), "{command:?}: {all:?}");
        assert!(!all.contains("new\nline"), "{all}");
    }
    let json = words("run --no-timing --format json --heap correct --trace .");
    let seen = run_in(faulty, folder.path(), &json);
    let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    let traces = json["results"].as_array().unwrap();
    let names: Vec<&str> = traces.iter().filter_map(|one| one["trace"].as_str()).collect();
    let expected = ["caf\\xe9", "esc\u{1b}[31mape", "new\nline", "over\u{202e}ride"];
    assert_eq!(names, expected, "{json:#}");
}

/// `trace` reads a file once, so the file may be a pipe; a source without an end has one here.
#[test]
#[cfg(target_os = "linux")]
fn trace_reads_pipes_up_to_the_limit_of_a_trace() {
    let piped =
        format!("printf '{}' | '{HEAPLAB}' trace stats /dev/stdin", GOOD.replace('\n', "\\n"));
    let seen = run("/bin/sh", "faulty", &["-c", &piped]);
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let seen = heaplab(&["trace", "stats", "/dev/zero"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("error[T02]"), "{}", seen.all());
}
