//! The allocators implicit, explicit and segregated differ by one idea each: the
//! differences are a snapshot, so that an accidental difference is seen in review.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_tests::command::{package, run};
use similar::{ChangeTag, TextDiff};
use std::fs;

/// Returns the sections that differ, in one column, without line numbers.
fn sections(from: &str, to: &str) -> String {
    let arguments = ["diff", from, to, "--unified"];
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", &arguments);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    let lines = seen.stdout.lines().map(|line| match line.split_once("@@ ") {
        Some(("", rest)) => format!("@@ {}\n", rest.split_once("@@ ").unwrap().1),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Returns how many lines are removed and added from one `lib.rs` to the other.
fn changed_lines(from: &str, to: &str) -> usize {
    let source = |name: &str| {
        let path = package().join(format!("../crates/allocators/{name}/src/lib.rs"));
        fs::read_to_string(path).unwrap()
    };
    let (from, to) = (source(from), source(to));
    let diff = TextDiff::from_lines(&from, &to);
    let changes = diff.iter_all_changes();
    changes.filter(|change| change.tag() != ChangeTag::Equal).count()
}

#[test]
fn from_implicit_to_explicit() {
    insta::assert_snapshot!(sections("implicit", "explicit"));
}

#[test]
fn from_explicit_to_segregated() {
    insta::assert_snapshot!(sections("explicit", "segregated"));
}

/// The limits, and the figures in docs/architecture.md.
#[test]
fn a_step_changes_few_lines() {
    let page = fs::read_to_string(package().join("../docs/architecture.md")).unwrap();
    for (from, to, most) in [("implicit", "explicit", 200), ("explicit", "segregated", 120)] {
        let lines = changed_lines(from, to);
        assert!(lines <= most, "{lines} from {from} to {to}");
        let row = format!("| {from} | {to} | ");
        let row = page.lines().find(|line| line.starts_with(&row)).unwrap();
        assert!(row.ends_with(&format!("| {lines} |")), "{lines}: {row}");
    }
}

/// The files are the same, and one more if it is the idea.
#[test]
fn the_first_three_allocators_have_the_same_files() {
    let files = |name: &str| {
        let folder = package().join(format!("../crates/allocators/{name}/src"));
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let five = ["check.rs", "format.rs", "lib.rs", "list.rs", "policy.rs"];
    assert_eq!(files("implicit"), five);
    assert_eq!(files("explicit"), five);
    let classes = files("segregated").into_iter();
    let others: Vec<String> = classes.filter(|name| name != "class.rs").collect();
    assert_eq!(others, five);
}

/// The exact columns of the table in docs/quick.md match the facts.
#[test]
fn the_table_of_the_quick_heap_has_the_facts() {
    let page = fs::read_to_string(package().join("../docs/quick.md")).unwrap();
    let facts = fs::read_to_string(package().join("facts/every-policy-align-16.csv")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `quick"));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, policy, utilization, touches, _time, _] = cells[..] else {
            panic!("{row}");
        };
        let (expected_utilization, expected_touches) =
            of_the_facts(&facts, policy.trim_matches('`'));
        assert_eq!(utilization, expected_utilization, "{policy}");
        assert_eq!(touches, expected_touches, "{policy}");
    }
}

/// Returns mean utilization in percent and touches an operation of
/// a policy of `quick`, whose words are in a different order there.
fn of_the_facts(facts: &str, policy: &str) -> (String, String) {
    let has = |word: &str| policy.contains(word);
    let word =
        |without: &'static str, with: &'static str| if has(without) { without } else { with };
    let words = [
        word("immediate", "deferred"),
        word("footers", "elided"),
        word("no-top", "top"),
        word("moving", "in-place"),
    ];
    let start = format!("\"quick:{}\",", words.join(","));
    let rows = facts.lines().filter_map(|line| line.strip_prefix(&start));
    let (mut traces, mut utilization, mut touches, mut ops) = (0.0, 0.0, 0.0, 0.0);
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let number = |column: usize| cells[column].parse::<f64>().unwrap();
        traces += 1.0;
        ops += number(1);
        utilization += number(8);
        touches += number(10) + number(11);
    }
    assert_eq!(traces, 28.0, "{start}");
    let percent = 100.0 * utilization / traces;
    (format!("{percent:.2}"), format!("{:.1}", touches / ops))
}
