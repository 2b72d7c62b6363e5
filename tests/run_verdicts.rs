//! Every fault a heap can have ends in a clear verdict and exit code 1: the
//! heaps of `faulty`, one fault each, on one short trace.

use heaplab_tests::command::{Seen, run, words};

fn faulty(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", arguments)
}

/// Returns the verdict on one heap, with the table above it.
fn verdict(heap: &str, more: &[&str]) -> String {
    let arguments = ["run", "--no-timing", "--trace", "story.rep", "--heap", heap];
    let seen = faulty(&[&arguments[..], more].concat());
    assert_eq!(seen.code, Some(1), "{seen:?}");
    assert_eq!(seen.stderr, "");
    seen.stdout
}

/// A test for each heap: its verdict is in a snapshot.
macro_rules! verdicts {
    ($($test:ident: $heap:literal $($more:literal)*;)*) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!($heap, verdict($heap, &[$($more),*]));
            }
        )*
    };
}

verdicts! {
    a_misaligned_payload: "misaligned";
    a_payload_outside_the_heap: "outside";
    a_payload_that_begins_inside_another: "overlaps-end";
    a_payload_that_ends_inside_another: "overlaps-start";
    a_payload_that_encloses_another: "encloses";
    the_same_payload_twice: "twice";
    a_trampled_block_that_nobody_touches_again: "tramples";
    a_realloc_that_loses_bytes: "forgets";
    a_calloc_that_does_not_zero: "dirty";
    a_memalign_that_does_not_align: "unaligned";
    a_memalign_that_is_not_offered: "no-memalign";
    a_usable_size_below_the_request: "stingy";
    a_block_that_is_lost: "leaks";
    a_rest_that_is_lost: "cuts-off";
    usable_bytes_of_two_blocks_that_overlap: "generous";
    a_tag_among_the_usable_bytes: "counts-its-tag";
    a_heap_that_shows_no_blocks: "no-blocks";
    blocks_without_end: "repeats";
    a_block_past_the_break: "past-break";
    a_word_kept_outside_the_heap: "spills";
    a_null_though_there_is_room: "null";
    a_good_pointer_refused: "suspicious";
    a_heap_limit_reached: "greedy" "--heap-limit" "4M";
    a_struct_that_is_too_large: "too-large";
    a_second_run_that_differs: "remembers";
    a_check_that_fails: "inconsistent";
    a_stack_overflow: "recurses";
    an_endless_loop: "loops" "--op-timeout" "1";
    a_sleep_without_end: "sleeps" "--op-timeout" "1";
    memory_of_the_host_without_end: "hoards";
    a_process_that_is_aborted: "aborts";
    a_process_that_exits: "exits";
}

/// The message gives the place in the heap's source, which changes with edits.
#[test]
fn a_panic() {
    let text = verdict("panics", &[]);
    let expected = "fault[panic]: panics on story.rep:22: `f 3`\n  \
                    the heap panicked: no class for blocks of 300 bytes (";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("defects.rs:"), "{text}");
}

/// The correct heap passes, with an id whose low byte is above 127: the classic
/// driver compares it as a signed char and calls every such realloc corrupt.
#[test]
fn a_correct_heap() {
    let seen = faulty(&words("run --no-timing --trace story.rep --heap correct"));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(seen.stdout);
}

/// A realloc that fails leaves its block unchanged, so the block still counts.
#[test]
fn a_heap_limit_reached_by_a_realloc() {
    let text = verdict("greedy", &["--heap-limit", "5M"]);
    let expected = "fault[out-of-memory]: greedy on story.rep:12: `r 3 300`\n";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains(" bytes, 248 of them live payload"), "{text}");
}

/// One fault costs one row: the heaps beside it and after it are not disturbed.
#[test]
fn a_crash_costs_one_row() {
    let heaps = ["--heap", "recurses", "--heap", "aborts", "--heap", "correct"];
    let arguments = words("run --no-timing --jobs 1 --trace story.rep --trace again.rep");
    let seen = faulty(&[&arguments[..], &heaps].concat());
    assert_eq!(seen.code, Some(1));
    insta::assert_snapshot!(seen.all());
}

/// A check after every operation finds the same fault as the search at the end.
#[test]
fn a_check_after_every_operation() {
    let text = verdict("inconsistent", &["--check-every", "1"]);
    assert_eq!(text, verdict("inconsistent", &[]));
}

/// Output of a heap is not data.
#[test]
fn a_heaps_output_is_not_data() {
    let arguments = words("run --no-timing --format csv --trace story.rep");
    let quiet = faulty(&[&arguments[..], &["--heap", "correct"]].concat());
    let seen = faulty(&[&arguments[..], &["--heap", "chatters"]].concat());
    assert_eq!(seen.code, Some(0));
    assert_eq!(seen.stdout, quiet.stdout.replace("correct", "chatters"));
    assert!(seen.stderr.contains("malloc(64) malloc(16)"), "{}", seen.stderr);
    assert!(seen.stderr.contains("and to standard error"), "{}", seen.stderr);
}

/// A heap that fails only while it is timed loses its row; the other is still timed.
#[test]
fn a_fault_in_the_timed_run() {
    let arguments = words("run --format json --trace story.rep --heap wears-out --heap correct");
    let seen = faulty(&arguments);
    assert_eq!(seen.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    let [worn_out, correct] = [&json["results"][0], &json["results"][1]];
    let message = worn_out["facts"]["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("the heap panicked: worn out"), "{message}");
    assert!(message.ends_with(", in the timed run"), "{message}");
    assert!(worn_out["timing"].is_null());
    assert!(correct["timing"]["ops_per_second"].as_f64().unwrap().is_finite());
    assert!(json["summary"][0]["score"].is_null(), "no marks for a heap with a fault");
    assert!(json["summary"][1]["score"].is_number());
}

/// The same holds for a heap that hangs while it is timed: in its set-up,
/// or in an operation, which is named. A heap that sleeps is found too.
#[test]
fn an_endless_loop_in_the_timed_run() {
    let at_200 = ":11: `a 3 200`\n  no end after 1 second: an endless loop?, in the timed run";
    for (heap, where_) in [
        ("tires-out", "\n  no end after 1 second: an endless loop?, in the timed run"),
        ("loops-late", at_200),
        ("sleeps-late", "\n  no end after 1 second: an endless loop?, in the timed run"),
    ] {
        let arguments = ["run", "--format", "csv", "--op-timeout", "1"];
        let heaps = ["--trace", "story.rep", "--heap", "correct", "--heap", heap];
        let seen = faulty(&[&arguments[..], &heaps].concat());
        assert_eq!(seen.code, Some(1));
        let expected = format!("fault[endless-loop]: {heap} on story.rep{where_}");
        assert!(seen.stderr.contains(&expected), "{}", seen.stderr);
        let correct = seen.stdout.lines().find(|line| line.starts_with("correct,")).unwrap();
        assert!(!correct.ends_with(','), "the other is still timed: {correct}");
    }
}

/// The limit is for one operation: a trace of many may take many times as long.
#[test]
fn many_slow_operations_are_not_an_endless_loop() {
    let limit = ["--op-timeout", "0.2", "--trace", "story.rep"];
    for command in [
        &["run", "--heap", "slow"][..],
        &["compare", "--heap", "slow", "--turns", "1"],
        &["check", "slow"],
    ] {
        let seen = faulty(&[command, &limit].concat());
        assert_eq!(seen.code, Some(0), "{}", seen.all());
    }
}
