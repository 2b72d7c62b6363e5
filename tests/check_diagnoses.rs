//! The diagnosis of every fault, in snapshots: the heaps of `faulty`, one
//! fault each, on one short trace. Each diagnosis says what was done,
//! where, to which block, which rule it breaks, and how to reproduce it.

use heaplab_tests::command::{Seen, package, run};
use heaplab_tests::examples::{FAULTY, examples, plain};
use std::fs;

fn check(heap: &str, more: &[&str]) -> Seen {
    let arguments = ["check", heap, "--trace", "story.rep"];
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", &[&arguments[..], more].concat())
}

fn diagnosis(heap: &str, more: &[&str]) -> String {
    let seen = check(heap, more);
    assert_eq!(seen.code, Some(1), "{seen:?}");
    assert_eq!(seen.stderr, "");
    without_line_numbers(&seen.stdout)
}

/// Replaces line numbers of Rust source, which change with
/// edits: `defects.rs:108` becomes `defects.rs:LINE`.
fn without_line_numbers(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result += ".rs:LINE";
        result += part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
    }
    result
}

/// A test for each heap: its diagnosis is in a snapshot, and has this code and
/// rule.
macro_rules! diagnoses {
    ($($test:ident: $heap:literal $($more:literal)* => $code:literal $rule:literal;)*) => {
        $(
            #[test]
            fn $test() {
                let text = diagnosis($heap, &[$($more),*]);
                assert!(text.starts_with(concat!("fault[", $code, "]: ", $heap)), "{text}");
                assert!(text.contains(concat!("\n  rule ", $rule, ": ")), "{text}");
                assert!(text.contains(concat!("\n  again: faulty check ", $heap)), "{text}");
                insta::assert_snapshot!(stringify!($test), text);
            }
        )*
    };
}

diagnoses! {
    an_access_at_null: "follows-null" => "access-null" "R1";
    an_access_below_the_heap: "below" => "access-below-heap" "R1";
    an_access_past_the_break: "spills" => "access-past-break" "R1";
    an_access_to_memory_given_back: "gives-back" => "access-given-back" "R1";
    a_word_at_an_odd_address: "odd" => "access-misaligned" "R2";
    a_store_to_a_live_payload: "tramples" => "store-live" "R3";
    a_calloc_that_zeroes_too_much: "zeroes-too-much" => "access-past-break" "R1";
    a_load_from_a_live_payload: "peeks" => "load-live" "R3";
    a_realloc_that_copies_too_much: "copies-too-much" => "load-unwritten" "R4";
    a_load_of_new_memory: "guesses" => "load-unwritten" "R4";
    a_load_of_what_the_program_left: "remnant" => "load-stale" "R4";
    a_break_moved_below_a_live_block: "shrinks" => "shrink-live" "R5";
    an_endless_loop: "loops" => "endless-loop" "R6";
    a_loop_without_loads: "spins" "--op-timeout" "1" => "endless-loop" "R6";
    a_cycle_in_a_list: "circles" => "endless-loop" "R6";
    an_endless_recursion: "recurses" => "endless-loop" "R6";
    a_panic: "panics" => "panic" "R6";
    an_abort: "aborts" => "crash" "R6";
    an_exit: "exits" => "crash" "R6";
    a_payload_that_is_misaligned: "misaligned" => "misaligned" "R7";
    a_payload_outside_the_heap: "outside" => "outside-heap" "R7";
    a_payload_that_begins_inside_another: "overlaps-end" => "overlap" "R7";
    a_payload_that_ends_inside_another: "overlaps-start" => "overlap" "R7";
    a_payload_that_encloses_another: "encloses" => "overlap" "R7";
    the_same_payload_twice: "twice" => "still-live" "R7";
    a_null_though_there_is_room: "null" => "null" "R7";
    a_memalign_that_does_not_align: "unaligned" => "misaligned" "R7";
    a_usable_size_below_the_request: "stingy" => "usable-size" "R7";
    a_realloc_that_loses_bytes: "forgets" => "lost-by-realloc" "R8";
    a_calloc_that_does_not_zero: "dirty" => "not-zeroed" "R8";
    a_good_pointer_refused: "suspicious" => "refused" "R9";
    a_memalign_that_is_not_offered: "no-memalign" => "refused" "R9";
    a_heap_limit_reached: "greedy" "--heap-limit" "4M" => "out-of-memory" "R9";
    a_failed_realloc_that_wrote_to_the_block: "drops-first" "--refuse-sbrk" "4" => "failed-dirty" "R9";
    a_failed_realloc_that_freed_the_block: "loses-on-failure" "--refuse-sbrk" "4" => "failed-dirty" "R9";
    a_struct_that_is_too_large: "too-large" => "struct-too-large" "R10";
    a_second_run_that_differs: "remembers" => "second-run" "R10";
    memory_of_the_host_without_end: "hoards" => "host-memory" "R10";
    a_check_that_fails: "inconsistent" => "check" "I1";
    a_block_that_is_lost: "leaks" => "leaked" "R12";
    a_rest_that_is_lost: "cuts-off" => "leaked" "R12";
    a_heap_that_shows_no_blocks: "no-blocks" => "no-block" "R12";
    blocks_without_end: "repeats" => "blocks" "R12";
    a_block_past_the_break: "past-break" => "blocks" "R12";
    usable_bytes_of_two_blocks_that_overlap: "generous" => "usable-too-large" "R13";
    a_tag_among_the_usable_bytes: "counts-its-tag" => "usable-too-large" "R13";
}

/// The command after `again:` reproduces the fault.
#[test]
fn the_printed_command_reproduces_the_fault() {
    for (heap, more) in [
        ("tramples", &[][..]),
        ("drops-first", &["--refuse-sbrk", "4", "--align", "8"]),
        ("inconsistent", &[]),
        ("leaks", &[]),
    ] {
        let first = diagnosis(heap, more);
        let again = first.lines().find_map(|line| line.trim().strip_prefix("again: "));
        let again: Vec<&str> = again.unwrap().split(' ').skip(1).collect();
        let second = run(env!("CARGO_BIN_EXE_faulty"), "faulty", &again);
        assert_eq!(without_line_numbers(&second.stdout), first);
    }
}

#[test]
fn a_correct_heap_has_no_fault() {
    for more in [&[][..], &["--refuse-sbrk", "3"], &["--refuse-sbrk-once", "0"]] {
        let seen = check("correct", more);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{seen:?}");
        assert!(seen.stdout.starts_with("correct: no fault on story.rep: 19 operations"));
    }
}

/// A heap under test that prints does not disturb the report about it.
#[test]
fn a_heaps_output_goes_to_standard_error() {
    let seen = check("chatters", &[]);
    assert_eq!(seen.code, Some(0));
    assert!(!seen.stdout.contains("malloc("), "{}", seen.stdout);
    assert!(seen.stderr.contains("malloc(64)"), "{}", seen.stderr);
}

/// The documents show the actual output.
#[test]
fn the_documents_show_the_actual_output() {
    for document in ["../docs/diagnosis.md", "../README.md"] {
        let text = fs::read_to_string(package().join(document)).unwrap();
        let examples = examples(FAULTY, &text);
        assert!(!examples.is_empty(), "{document}");
        for example in examples {
            let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
            let seen = run(env!("CARGO_BIN_EXE_faulty"), "..", &arguments);
            let [shown, printed] =
                [&example.output, &seen.stdout].map(|text| without_line_numbers(text));
            assert_eq!(plain(&shown), plain(&printed), "{document}: {arguments:?}");
        }
    }
}
