//! `heaplab step --plain` as a command: a run in lines, the words that are stored, heaps at fault,
//! and bad arguments.

use heaplab_tests::command::{Seen, package, run, run_in, words};

const TRACE: &str = "labs/traces/classic/coalescing.rep";

fn heaplab(arguments: &str) -> Seen {
    let folder = package().join("..");
    run_in(env!("CARGO_BIN_EXE_heaplab-under-test"), &folder, &words(arguments))
}

fn faulty(arguments: &str) -> Seen {
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", &words(arguments))
}

#[test]
fn a_run_in_lines() {
    let of = |heap| {
        let seen = heaplab(&format!("step {heap} --trace {TRACE} --steps 6 --plain"));
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        assert_eq!(seen.stdout.lines().count(), 6);
        seen.stdout
    };
    insta::assert_snapshot!([of("implicit"), of("quick")].join("\n"));
}

#[test]
fn an_empty_trace_is_said_to_be_empty() {
    let seen = faulty("step correct --trace none.rep --plain");
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(0), ""));
    assert_eq!(seen.stderr, "none.rep: there is not a step: the trace is empty\n");
}

#[test]
fn the_words_that_a_step_stores() {
    let seen = heaplab(&format!("step implicit --trace {TRACE} --at 8 --steps 1 --words --plain"));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    let mut parts = seen.stdout.split(".rs:");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        text += ".rs:LINE";
        text += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_whole_run_has_a_line_for_each_operation() {
    let seen = heaplab("step segregated --trace labs/traces/stress/nothing.rep --plain");
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = seen.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("line ")), "{}", seen.stdout);
    let from = heaplab("step segregated --trace labs/traces/stress/nothing.rep --at 100 --plain");
    assert!(seen.stdout.ends_with(&from.stdout) && from.stdout.starts_with("line 100: "));
}

/// The run ends at the operation that `check` blames, with the same words.
#[test]
fn a_heap_at_fault_is_shown_up_to_its_fault() {
    for heap in [
        "misaligned",
        "tramples",
        "null",
        "suspicious",
        "dirty",
        "forgets",
        "inconsistent",
        "panics",
        "loops",
        "circles",
        "recurses",
        "aborts",
        "exits",
        "spins",
        "past-break",
        "blocks-panic",
        "spills",
        "shrinks",
    ] {
        let options = format!("{heap} --trace story.rep --op-timeout 1");
        let check = faulty(&format!("check {options} --format json"));
        let check: serde_json::Value = serde_json::from_str(&check.stdout).unwrap();
        let fault = &check["heaps"][0]["traces"][0]["diagnosis"];
        let code = fault["code"].as_str().unwrap();
        let step = faulty(&format!("step {options} --plain"));
        assert_eq!(step.code, Some(1), "{heap}: {step:?}");
        let said = format!("{heap} is at fault on story.rep: {code}: ");
        assert!(step.stderr.contains(&said), "{heap}: {}", step.stderr);
        let line = fault["line"].as_u64();
        let again = line.map_or(String::new(), |line| format!(" --until {line}"));
        assert!(step.stderr.contains(&format!("faulty check {heap} --trace story.rep{again}")));
        if let Some(line) = line {
            let last = step.stdout.lines().last().unwrap();
            assert!(last.starts_with(&format!("line {line}: ")), "{heap}: {last}");
            assert!(last.contains(&format!("; the run ends here: {code}: ")), "{heap}: {last}");
        }
    }
}

#[test]
fn a_heap_that_is_not_set_up_has_no_steps() {
    let seen = faulty("step first-small --trace story.rep --heap-limit 16 --plain");
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{seen:?}");
    let seen = faulty("step too-large --trace story.rep --plain");
    assert_eq!(seen.code, Some(1), "{seen:?}");
    assert!(seen.stderr.contains("struct-too-large"), "{}", seen.stderr);
}

#[test]
fn a_refused_request_is_shown_and_the_run_goes_on() {
    let seen = heaplab(&format!("step implicit --trace {TRACE} --refuse-sbrk 2 --plain"));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    assert!(seen.stdout.contains(" is refused: "), "{}", seen.stdout);
    assert!(seen.stdout.contains("; sbrk(4112) is refused"), "{}", seen.stdout);
}

#[test]
fn bad_arguments_are_explained() {
    for (arguments, message) in [
        ("step", "HEAP"),
        ("step implicit1 --plain", "did you mean `implicit`?"),
        ("step implicit --plain --trace labs/traces/classic", "`step` shows one trace"),
        ("step implicit --plain --trace nowhere.rep", "can't read nowhere.rep"),
        (
            &format!("step implicit --plain --trace {TRACE} --at 99999"),
            "the last one is on line 14404",
        ),
        (&format!("step implicit --plain --trace {TRACE} --steps 0"), "--steps"),
        (&format!("step implicit explicit --plain --trace {TRACE}"), "HEAP2"),
        (&format!("step implicit explicit1 --trace {TRACE}"), "did you mean `explicit`?"),
        (&format!("step implicit --steps 3 --trace {TRACE}"), "--plain"),
        (&format!("step implicit explicit --trace {TRACE}"), "is not a terminal"),
        ("step implicit", "`step --plain --trace FILE` prints one step a line"),
    ] {
        let seen = heaplab(arguments);
        assert_eq!(seen.code, Some(2), "{arguments}: {seen:?}");
        assert!(seen.stderr.contains(message), "{arguments}: {}", seen.stderr);
    }
}
