//! `heaplab check` as a command: sound heaps, beginnings of traces, data, and bad
//! arguments.

use heaplab_tests::command::{Seen, package, run, run_in, words};

fn heaplab(arguments: &[&str]) -> Seen {
    run_in(env!("CARGO_BIN_EXE_heaplab-under-test"), &package().join(".."), arguments)
}

#[test]
fn the_default_heaps_on_the_classic_traces() {
    let seen = heaplab(&["check", "--trace", "labs/traces/classic", "--align", "8"]);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(seen.stdout);
}

#[test]
fn the_heap_at_a_line() {
    let trace = ["--trace", "labs/traces/classic/coalescing.rep"];
    let of = |heap, line| {
        let arguments = ["check", heap, "--until", line, trace[0], trace[1]];
        let seen = heaplab(&arguments);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        seen.stdout
    };
    insta::assert_snapshot!([of("explicit", "6"), of("quick", "9")].concat());
}

#[test]
fn the_findings_as_json() {
    let arguments = words("check tramples correct --trace story.rep --format json");
    let seen = run(env!("CARGO_BIN_EXE_faulty"), "faulty", &arguments);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(1), ""));
    let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    insta::assert_json_snapshot!(json, {
        ".heaps[].traces[].diagnosis.source.line" => "LINE"
    });
}

#[test]
fn bad_arguments_are_explained() {
    let trace = "labs/traces/classic/binary.rep";
    for (arguments, message) in [
        (&["check", "implict"][..], "did you mean `implicit`?"),
        (&["check", "implicit", "implicit"], "asked for twice"),
        (&["check", "--until", "9"], "`--until` names a line of one trace"),
        (&["check", "--trace", trace, "--until", "4"], "the first is on line 5"),
        (&["check", "--trace", "nowhere.rep"], "can't read nowhere.rep"),
        (&["check", "--refuse-sbrk", "1", "--refuse-sbrk-once", "1"], "cannot be used with"),
    ] {
        let seen = heaplab(arguments);
        assert_eq!(seen.code, Some(2), "{arguments:?}: {seen:?}");
        assert!(seen.stderr.contains(message), "{}", seen.stderr);
    }
}
