//! `heaplab compare` and `heaplab fixture-programs` as a person sees
//! them. Figures differ from run to run; the set of figures does not.
#![cfg(target_os = "linux")]

use heaplab_tests::command::{Seen, run, words};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn heaplab(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", arguments)
}

const REALLOC: &str = "labs/traces/classic/realloc.rep";
const STACK: &str = "labs/traces/shapes/stack.rep";

fn document(arguments: &[&str]) -> Value {
    let seen = heaplab(&[arguments, &["--format", "json"]].concat());
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&seen.stdout).unwrap()
}

#[test]
fn the_results_have_a_row_per_contender_and_trace() {
    let two = ["--heap", "quick", "--heap", "libc"];
    let traces = ["--trace", REALLOC, "--trace", STACK, "--turns", "6"];
    let document = document(&[&["compare"][..], &two, &traces].concat());
    assert_eq!(document["schema"], "heaplab.compare.v1");
    let results = document["results"].as_array().unwrap();
    let names: Vec<(&str, &str)> = results
        .iter()
        .map(|row| (row["trace"].as_str().unwrap(), row["contender"].as_str().unwrap()))
        .collect();
    let expected =
        [("realloc", "quick"), ("realloc", "libc"), ("stack", "quick"), ("stack", "libc")];
    assert_eq!(names, expected);
    for row in results {
        assert_eq!(row["error"], Value::Null);
        // Three processes, two rounds each.
        assert_eq!(row["ns_per_op"].as_array().unwrap().len(), 6);
        assert_eq!(row["is_production"], row["contender"] == "libc");
        assert_eq!(row["heap_bytes"].is_null(), row["contender"] == "libc");
        // In whole pages, and at least what the program holds.
        let held = row["peak_payload_bytes"].as_u64().unwrap();
        for bytes in row["resident_bytes"].as_array().unwrap() {
            let bytes = bytes.as_u64().unwrap();
            assert!(bytes.is_multiple_of(4096) && bytes + 4096 > held, "{row}");
            assert!(bytes < 4 * held + (1 << 20), "{row}");
        }
    }
    let ranking = document["ranking"].as_array().unwrap();
    assert_eq!(ranking.len(), 2);
    assert!(ranking.iter().all(|place| place["against"] == "libc"));
}

/// A heap's memory is its segment, in pages, and the same each time.
#[test]
fn memory_is_reproducible_and_near_the_segment() {
    let heap = ["--heap", "implicit", "--heap", "quick"];
    let rest = words("--no-timing --trace labs/traces/recorded/gcc-cc1.rep.gz");
    let document = document(&[&["compare"][..], &heap, &rest].concat());
    for row in document["results"].as_array().unwrap() {
        assert!(row["ns_per_op"].as_array().unwrap().is_empty());
        let heap = row["heap_bytes"].as_u64().unwrap() as f64;
        let resident: Vec<f64> = row["resident_bytes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bytes| bytes.as_u64().unwrap() as f64)
            .collect();
        let (least, most) = (resident[0].min(resident[1]), resident[0].max(resident[1]));
        assert!(most <= least * 1.03, "{row}");
        // The segment may grow after the payload's peak, and need not fill whole pages.
        assert!(most < heap + 16.0 * 4096.0 && least > 0.8 * heap, "{row}");
    }
}

/// The time limit is for one operation, and of CPU time: all
/// operations together may take many times as long, on a busy machine.
#[test]
fn a_long_trace_on_a_busy_machine_is_not_an_endless_loop() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("long.rep");
    let trace = trace.to_str().unwrap();
    let long = ["--ops", "300000", "--size-factor", "300"];
    let made = heaplab(&[&["trace", "gen", "generational", "-o", trace][..], &long].concat());
    assert_eq!(made.code, Some(0), "{}", made.all());
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        for _core in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop()
                }
            });
        }
        let contenders = ["--heap", "libc", "--heap", "quick"];
        let limits = ["--op-timeout", "0.3", "--turns", "3"];
        let seen = heaplab(&[&["compare", "--trace", trace][..], &contenders, &limits].concat());
        done.store(true, Ordering::Relaxed);
        seen
    });
    assert_eq!(seen.code, Some(0), "{}", seen.all());
}

#[test]
fn results_are_printed_as_text_csv_or_markdown() {
    let rest = ["--heap", "libc", "--heap", "explicit", "--trace", STACK, "--turns", "3"];
    let table = heaplab(&[&["compare"][..], &rest].concat());
    assert_eq!(table.code, Some(0), "{}", table.all());
    for words in ["ns/op", "host %", "heap %", "best against libc", "ties with"] {
        assert!(table.stdout.contains(words), "{}", table.all());
    }
    let csv = heaplab(&[&["compare", "--format", "csv", "--no-memory"][..], &rest].concat());
    let lines: Vec<&str> = csv.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("contender,is_production,trace,ops,error,turns,ns_per_op,"));
    assert!(lines[1].starts_with("libc,true,stack,15990,,3,"), "{}", lines[1]);
    let markdown = heaplab(&[&["compare", "--format", "md", "--no-timing"][..], &rest].concat());
    assert!(markdown.stdout.contains("| stack | 15990 |"), "{}", markdown.stdout);
}

/// It runs in its own process, in the same rounds as the heap with the defaults.
#[cfg(target_env = "gnu")]
#[test]
fn the_c_library_can_be_told_to_keep_its_memory() {
    let arguments = ["compare", "libc", "libc:keep", "--trace", STACK, "--turns", "6"];
    let document = document(&arguments);
    let results = document["results"].as_array().unwrap();
    let names = results.iter().map(|row| row["contender"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["libc", "libc:keep"]);
    for row in results {
        assert_eq!(row["error"], Value::Null);
        assert_eq!(row["ns_per_op"].as_array().unwrap().len(), 6);
        assert_eq!(row["is_production"], true);
    }
}

#[test]
fn invalid_names_are_refused_with_the_reason() {
    for (name, expected) in [
        ("nope", "the production allocators are libc, mimalloc,"),
        ("implicit:nope", "has no policy `nope`"),
    ] {
        let seen = heaplab(&["compare", "--heap", name]);
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains(expected), "{}", seen.all());
    }
    let twice = heaplab(&["compare", "--heap", "libc", "--heap", "libc"]);
    assert_eq!(twice.code, Some(2));
    assert!(twice.stderr.contains("asked for twice"), "{}", twice.all());
}

/// These tests are built without the feature `real`.
#[test]
fn a_missing_allocator_is_refused_with_how_to_build_it_in() {
    let seen = heaplab(&["compare", "--heap", "jemalloc"]);
    assert_eq!(seen.code, Some(2));
    let command = "cargo run --release --features real -- compare --heap jemalloc";
    assert!(seen.stderr.contains(command), "{}", seen.all());
}

#[test]
fn a_program_runs_under_each_malloc() {
    if !has("perl") {
        eprintln!("not tried: there is no perl");
        return;
    }
    let arguments = ["bench-programs", "--program", "perl", "--rounds", "2"];
    let mallocs = ["--malloc", "libc", "--malloc", "quick"];
    let document = document(&[&arguments[..], &mallocs].concat());
    assert_eq!(document["schema"], "heaplab.programs.v1");
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for row in results {
        assert_eq!(row["fault"], Value::Null, "{row}");
        for run in row["runs"].as_array().unwrap() {
            assert_eq!(run["exit_code"], 0);
            assert!(run["peak_resident_bytes"].as_u64().unwrap() > 1 << 20, "{run}");
            assert!(run["minor_faults"].as_u64().unwrap() > 100, "{run}");
        }
    }
}

fn has(command: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(command).is_file())
}
