//! The facts of every default heap on every bundled trace, to the last byte: a
//! change in an allocator, a trace or the driver that changes a figure shows here.
//!
//! No fact is a time. After an intended change, look at the difference and accept
//! it: `INSTA_UPDATE=always cargo test -p heaplab-tests --test commands run_facts::`.

use heaplab_tests::command::run;

fn facts(align: &str) -> String {
    let arguments =
        ["run", "--no-timing", "--format", "csv", "--trace", "../labs/traces", "--align", align];
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), ".", &arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    // The recipes of the recorded traces are beside them.
    let remarks: Vec<&str> = seen.stderr.lines().collect();
    assert!(
        matches!(remarks[..], [one] if one.contains(" files in ../labs/traces are not traces: ")),
        "{}",
        seen.stderr
    );
    // The last four columns are for times, which are empty here.
    let lines = seen.stdout.lines().map(|line| {
        let facts = line
            .strip_suffix(",,,,")
            .or(line.strip_suffix(",ns_per_op,ops_per_second,vs_libc,vs_libc_keep"));
        facts.expect("no times were asked for").to_owned() + "\n"
    });
    lines.collect()
}

#[test]
fn facts_with_payloads_aligned_to_8() {
    insta::assert_snapshot!("align_8", facts("8"));
}

#[test]
fn facts_with_payloads_aligned_to_16() {
    insta::assert_snapshot!("align_16", facts("16"));
}
