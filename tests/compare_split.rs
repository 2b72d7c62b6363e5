//! `heaplab compare --split` as a person sees it: exact facts, the same on every
//! machine.

use heaplab_tests::command::{Seen, package, run, words};
use heaplab_tests::examples::{COMMAND, examples, plain};
use serde_json::Value;
use std::fs;

fn compare(more: &[&str]) -> Seen {
    let arguments = [&["compare"], more].concat();
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &arguments)
}

/// Returns the output of a run that must succeed.
fn printed(more: &[&str]) -> String {
    let seen = compare(more);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{seen:?}");
    seen.stdout
}

const CLASSIC: [&str; 2] = ["--trace", "labs/traces/classic"];
const BINARY: &str = "labs/traces/classic/binary.rep";

#[test]
fn tables_of_both_dealings() {
    // The implicit list would take a minute here.
    let heaps = ["--heap", "explicit", "--heap", "quick"];
    let table = printed(&[&["--split", "1,2,4"], &heaps[..], &CLASSIC[..]].concat());
    insta::assert_snapshot!(table);
}

#[test]
fn markdown_of_one_dealing_and_one_heap() {
    let options = words("--split 8,3,8 --by class --heap explicit:fifo");
    let options = [&options[..], &["--align", "8", "--format", "md"], &CLASSIC[..]].concat();
    insta::assert_snapshot!(printed(&options));
}

#[test]
fn csv() {
    let options = ["--split", "1,16", "--trace", BINARY, "--format", "csv"];
    insta::assert_snapshot!(printed(&options));
}

#[test]
fn json() {
    let options = ["--split", "4", "--by", "turns", "--heap", "quick"];
    let options = [&options[..], &["--trace", BINARY, "--format", "json"]].concat();
    insta::assert_snapshot!(printed(&options));
}

/// `docs/many-heaps.md` shows the actual output.
#[test]
fn the_example_prints_what_the_document_shows() {
    let document = fs::read_to_string(package().join("../docs/many-heaps.md")).unwrap();
    let examples = examples(COMMAND, &document);
    assert_eq!(examples.len(), 1);
    for example in examples {
        let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
        let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &arguments);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        assert_eq!(plain(&example.output), plain(&seen.stdout), "{arguments:?}");
    }
}

fn json_of(options: &[&str]) -> Value {
    serde_json::from_str(&printed(&[options, &["--format", "json"]].concat())).unwrap()
}

/// One heap that gets all blocks needs what one heap needs, to the byte, which
/// is the figure of `run`; for more heaps, each figure follows from its parts.
#[test]
fn the_figures_are_consistent() {
    let traces = words(
        "--trace labs/traces/classic/coalescing.rep --trace labs/traces/classic/random.rep \
         --trace labs/traces/shapes/growth.rep",
    );
    let document = json_of(&[&["--split", "1,5"], &traces[..]].concat());
    let run = ["run", "--no-timing", "--format", "json"];
    let run = [&run[..], &traces[..]].concat();
    let run = run_command(&run);
    for entry in document["results"].as_array().unwrap() {
        let same =
            |other: &&Value| other["heap"] == entry["heap"] && other["trace"] == entry["trace"];
        let facts = &run["results"].as_array().unwrap().iter().find(same).unwrap()["facts"];
        assert_eq!(entry["heap_bytes"], facts["heap_bytes"]);
        for split in entry["splits"].as_array().unwrap() {
            let number = |name: &str| split[name].as_f64().unwrap();
            let product = number("peaks_apart") * number("fragmentation");
            assert!((number("factor") - product).abs() < 1e-9);
            assert!(number("peaks_apart") >= 1.0);
            if split["heaps"] == 1 {
                assert_eq!(split["heap_bytes"], entry["heap_bytes"]);
                assert_eq!(split["factor"], 1.0);
            }
        }
    }
    let ones = document["means"].as_array().unwrap().iter();
    let mut ones = ones.filter(|mean| mean["heaps"] == 1);
    assert!(ones.all(|mean| (mean["factor"].as_f64().unwrap() - 1.0).abs() < 1e-9));
}

fn run_command(arguments: &[&str]) -> Value {
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", arguments);
    serde_json::from_str(&seen.stdout).unwrap()
}

/// The picture has a line for each heap and one for the peaks, and the kept parts are valid traces.
#[test]
fn a_picture_and_the_parts_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (svg, parts) = (path("many.svg"), path("parts"));
    let files = ["--svg", &svg, "--keep", &parts];
    let options = ["--split", "1,2", "--trace", BINARY];
    printed(&[&options[..], &files].concat());
    let svg = fs::read_to_string(svg).unwrap();
    for text in ["implicit", "peaks apart only", "dealt in turns", "heaps"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}");
    }
    // A line in each panel, and one in the legend.
    for curve in ["line s0", "line s1", "line s2", "line s3"] {
        assert_eq!(svg.matches(curve).count(), 3, "{svg}");
    }
    let part = path("parts/binary-by-turns-2-of-2.rep");
    let text = fs::read_to_string(&part).unwrap();
    let comment = "# part of binary, dealt with --by turns over 2 heaps: the requests to heap 2\n";
    assert!(text.contains(comment));
    let check = ["check", "quick", "--trace", &part];
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &check);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    // By size class, all blocks of this trace are small.
    assert!(!folder.path().join("parts/binary-by-class-2-of-2.rep").exists());
}

/// A trace that asks for no bytes has no factor, and is in no mean.
#[test]
fn a_trace_without_payload() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing.rep");
    fs::write(&nothing, "heaplab 1\n1\n1\n2\n0\na 0 0\nf 0\n").unwrap();
    let nothing = nothing.display().to_string();
    let options = ["--split", "2", "--by", "turns", "--heap", "implicit"];
    let options = [&options[..], &["--trace", &nothing, "--trace", BINARY]].concat();
    insta::assert_snapshot!(printed(&options));
}

fn faulty(heap: &str, trace: &str, more: &[&str]) -> Seen {
    let arguments = ["compare", "--heap", heap, "--heap", "correct"];
    let options = ["--split", "2", "--by", "turns", "--trace", trace];
    let arguments = [&arguments[..], &options, more].concat();
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", &arguments)
}

#[test]
fn a_heap_at_fault_has_a_verdict_and_no_figures() {
    insta::assert_snapshot!(faulty("misaligned", "story.rep", &[]).all());
}

/// The first block of a part is the second of the whole.
#[test]
fn a_fault_in_a_part_alone_names_the_part() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("between.rep");
    let text = "heaplab 1\n1\n3\n4\n1200\na 0 1000\na 1 32\nf 1\na 2 200\n";
    fs::write(&trace, text).unwrap();
    let trace = trace.display().to_string();
    let seen = faulty("first-small", &trace, &[]);
    assert_eq!(seen.code, Some(1), "{seen:?}");
    let part = "between-by-turns-2-of-2.rep:7: `a 0 32`";
    assert!(seen.stderr.contains(part), "{seen:?}");
    let help = "help: the parts are traces made for this run; keep them with --keep DIR\n";
    assert!(seen.stderr.ends_with(help), "{seen:?}");
    let parts = folder.path().join("parts");
    let seen = faulty("first-small", &trace, &["--keep", &parts.display().to_string()]);
    assert!(!seen.stderr.contains("help"), "{seen:?}");
    assert!(parts.join("between-by-turns-2-of-2.rep").exists());
}

#[test]
fn wrong_arguments() {
    let cases: [&[&str]; 11] = [
        &["--split", "0"],
        &["--split", "2,many"],
        &["--split", "257"],
        &["--split", "2", "--by", "size"],
        &["--split", "2", "--heap", "libc"],
        &["--split", "2", "--heap", "implicit", "--heap", "mimalloc"],
        &["--split", "2", "--heap", "implict"],
        &["--split", "2", "--no-timing"],
        &["--by", "turns"],
        &["--svg", "many.svg"],
        &["--split", "2", "--trace", BINARY, "--heap-limit", "1M"],
    ];
    let seen = cases.map(|arguments| {
        let seen = compare(arguments);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
        seen.stderr
    });
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn unwritable_files_are_an_error() {
    let options = ["--split", "2", "--trace", BINARY, "--heap", "quick"];
    for file in ["--svg", "--keep"] {
        let seen = compare(&[&options[..], &[file, "/dev/null/at/all"]].concat());
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.starts_with("error: "), "{seen:?}");
        assert!(seen.stderr.contains("can't write "), "{seen:?}");
        assert!(seen.stderr.contains("/dev/null/at/all"), "{seen:?}");
    }
}

/// Split by thread, two heaps need what each needs for its thread's blocks alone.
#[test]
fn a_trace_can_be_split_by_thread() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let body = "# thread 0\na 0 5000\n# thread 1\na 1 70000\nf 0\n# thread 0\na 2 9000\nf 1\n\
                # thread 3\na 3 20\nf 2\nf 3\n";
    let told = file("told.rep", &format!("heaplab 1\n1\n4\n8\n79000\n{body}"));
    let first = file("first.rep", "1\n2\n4\n9000\na 0 5000\nf 0\na 1 9000\nf 1\n");
    let second = file("second.rep", "1\n2\n4\n70000\na 0 70000\nf 0\na 1 20\nf 1\n");
    let document = json_of(&["--split", "2", "--by", "thread", "--trace", &told]);
    let run =
        [&["run", "--no-timing", "--format", "json"][..], &["--trace", &first, "--trace", &second]];
    let run = run_command(&run.concat());
    let entries = document["results"].as_array().unwrap();
    assert_eq!(entries.len(), 4);
    for entry in entries {
        let parts = run["results"].as_array().unwrap().iter();
        let parts = parts.filter(|part| part["heap"] == entry["heap"]);
        let bytes: u64 = parts.map(|part| part["facts"]["heap_bytes"].as_u64().unwrap()).sum();
        assert_eq!(entry["splits"][0]["by"], "thread");
        assert_eq!(entry["splits"][0]["heap_bytes"], bytes, "{entry}");
    }
    let seen = compare(&["--split", "2", "--by", "thread", "--trace", BINARY]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        seen.stderr,
        "error: binary can't be dealt by thread: the trace does not say which thread made each call\n\
         help: use a trace that `heaplab record --threads` made\n"
    );
}
