//! The facts of every default heap on every bundled trace, to the last byte: a
//! change in an allocator, a trace or the driver that moves a figure shows here.
//!
//! None of them is a time. After a change that is meant, look at the difference
//! and accept it: `INSTA_UPDATE=always cargo test -p heaplab-tests --test run_facts`.
#![forbid(unsafe_code)]

use heaplab_tests::command::run;

fn facts(align: &str) -> String {
    let arguments = [
        "run",
        "--no-timing",
        "--format",
        "csv",
        "--trace",
        "../labs/traces",
        "--align",
        align,
    ];
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), ".", &arguments);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    // The last three columns are for times, and empty.
    let lines = seen.stdout.lines().map(|line| {
        let facts = line
            .strip_suffix(",,,")
            .or(line.strip_suffix(",ns_per_op,ops_per_second,vs_libc"));
        facts.expect("no times were asked for").to_owned() + "\n"
    });
    lines.collect()
}

#[test]
fn with_payloads_aligned_to_8() {
    insta::assert_snapshot!("align_8", facts("8"));
}

#[test]
fn with_payloads_aligned_to_16() {
    insta::assert_snapshot!("align_16", facts("16"));
}

/// The book's own implicit list has these utilizations under the classic
/// driver, measured by others: an outside truth for trace, machine, allocator
/// and driver together. In percent, to as many decimals as they are known.
#[test]
fn the_books_allocator_on_the_classic_traces() {
    const TRUTHS: &[(&str, &str, &str)] = &[
        ("implicit:textbook", "coalescing", "66.4773"),
        ("implicit:textbook", "binary", "54.9312"),
        ("implicit:textbook", "binary2", "51.3223"),
        ("implicit:textbook", "realloc", "26.5642"),
        ("implicit:textbook", "realloc2", "33.8555"),
        ("implicit:textbook,next-fit", "coalescing", "66.48"),
        ("implicit:textbook,next-fit", "binary", "54.93"),
        ("implicit:textbook,next-fit", "binary2", "51.32"),
        ("implicit:textbook,next-fit", "realloc", "26.63"),
        ("implicit:textbook,next-fit", "realloc2", "45.14"),
    ];
    let arguments = [
        "run",
        "--no-timing",
        "--format",
        "json",
        "--align",
        "8",
        "--trace",
        "../labs/traces/classic",
        "--heap",
        "implicit:textbook",
        "--heap",
        "implicit:textbook,next-fit",
    ];
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), ".", &arguments);
    let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    for &(heap, trace, percent) in TRUTHS {
        let results = json["results"].as_array().unwrap();
        let result = results
            .iter()
            .find(|result| result["heap"] == heap && result["trace"] == trace)
            .unwrap();
        let utilization = result["facts"]["utilization"].as_f64().unwrap();
        let decimals = percent.split_once('.').unwrap().1.len();
        assert_eq!(
            format!("{:.decimals$}", 100.0 * utilization),
            percent,
            "{heap} on {trace}"
        );
    }
}
