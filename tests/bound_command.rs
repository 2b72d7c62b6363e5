//! `heaplab bound` as a person sees it.

use heaplab_tests::command::{Seen, run};
use serde_json::Value;
use std::fs;

fn heaplab(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", arguments)
}

const CLASSIC: &str = "labs/traces/classic";

/// The bounds follow from what the traces are. `binary` holds 2000 blocks of 64 bytes and 2000 of
/// 512 at its peak, `binary2` 4000 of 16 and 4000 of 128: 72 + 520 and 24 + 136 bytes with headers.
#[test]
fn a_line_each_for_several_traces() {
    let seen = heaplab(&["bound", "implicit:textbook", "--align", "8", "--trace", CLASSIC]);
    insta::assert_snapshot!(seen.all());
}

#[test]
fn csv_and_json() {
    let arguments = ["bound", "implicit", "quick", "--trace", "labs/traces/classic/coalescing.rep"];
    for format in ["csv", "json", "md"] {
        let seen = heaplab(&[&arguments[..], &["--format", format]].concat());
        insta::assert_snapshot!(format, seen.all());
    }
}

/// A heap that does better than the bounds would show that they, or its facts, are wrong.
#[test]
fn no_heap_is_smaller_than_the_bounds() {
    let heaps = ["implicit:best-fit", "explicit:elided", "segregated", "quick"];
    for align in ["8", "16"] {
        let seen = heaplab(
            &[&["bound"], &heaps[..], &["--align", align, "--trace", CLASSIC, "--format", "json"]]
                .concat(),
        );
        let document: Value = serde_json::from_str(&seen.stdout).expect("JSON");
        let traces = document["results"].as_array().expect("traces");
        assert_eq!(traces.len(), 7);
        for trace in traces {
            let bytes = |of: &Value, name: &str| of[name].as_u64().expect("bytes");
            let (without, with) = (&trace["without_headers"], &trace["with_headers"]);
            for bound in [without, with] {
                assert!(bytes(bound, "live_bytes") <= bytes(bound, "packed_bytes"), "{trace}");
            }
            assert!(bytes(trace, "peak_payload_bytes") <= bytes(without, "live_bytes"), "{trace}");
            assert!(bytes(without, "live_bytes") <= bytes(with, "live_bytes"), "{trace}");
            for heap in trace["heaps"].as_array().expect("heaps") {
                assert!(bytes(with, "live_bytes") <= bytes(heap, "heap_bytes"), "{trace}");
            }
        }
    }
}

/// Nothing that is allocated, blocks of 0 bytes, a file that is not a trace, and a heap at fault.
#[test]
fn what_has_no_bounds_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("empty.rep", "0\n0\n0\n1\n");
    file("nothing.rep", "0\n1\n2\n1\na 0 0\nf 0\n");
    file("aligned.rep", "heaplab 1\n1\n1\n2\n8\nm 0 1048576 8\nf 0\n");
    file("wrong.rep", "0\n1\n2\n1\na 0 8\nb 0\n");
    let path = folder.path().to_str().unwrap();
    let seen = heaplab(&["bound", "quick", "--trace", path]);
    insta::assert_snapshot!(seen.all().replace(path, "FOLDER"));
}
