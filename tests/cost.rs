//! `heaplab cost`: exact facts, the same in every run and
//! every build; verdicts instead of costs; the law of growth.
//!
//! The snapshots hold exact facts. The same files are compared in a debug
//! and in a release build (`cargo test -p heaplab-tests --test commands cost::`, and
//! again with `--release`), so if both pass, both count the same.

use heaplab_tests::command::{Seen, package, run, words};
use serde_json::Value;
use std::fs;

fn cost(folder: &str, arguments: &[&str]) -> Seen {
    let arguments = [&["cost"], arguments].concat();
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), folder, &arguments)
}

/// Returns the output of a run that must succeed.
fn printed(folder: &str, arguments: &[&str]) -> String {
    let seen = cost(folder, arguments);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{seen:?}");
    seen.stdout
}

/// Small traces of different kinds: random sizes, resizing, a program's.
const TRACES: [&str; 6] = [
    "--trace",
    "../labs/traces/classic/random.rep",
    "--trace",
    "../labs/traces/classic/coalescing.rep",
    "--trace",
    "../labs/traces/shapes/growth.rep",
];

fn facts(more: &[&str]) -> String {
    printed(".", &[&TRACES[..], &["--format", "csv"], more].concat())
}

#[test]
fn facts_with_payloads_aligned_to_8() {
    insta::assert_snapshot!(facts(&["--align", "8"]));
}

#[test]
fn facts_with_payloads_aligned_to_16() {
    insta::assert_snapshot!(facts(&[]));
}

/// The output does not depend on the order in which workers run.
#[test]
fn the_facts_are_the_same_every_time() {
    let once = facts(&["--cache", "--tlb", "--jobs", "1"]);
    for jobs in ["2", "3"] {
        assert_eq!(facts(&["--cache", "--tlb", "--jobs", jobs]), once);
    }
}

#[test]
fn table_of_one_trace() {
    insta::assert_snapshot!(printed("faulty", &["--trace", "story.rep"]));
}

#[test]
fn table_of_one_trace_with_caches() {
    let caches = words("--trace story.rep --cache=4K,2,64 --tlb explicit:fifo");
    insta::assert_snapshot!(printed("faulty", &caches));
}

#[test]
fn table_of_several_traces() {
    let traces = words("--trace story.rep --trace small.rep --trace none.rep");
    insta::assert_snapshot!(printed("faulty", &traces));
}

#[test]
fn json() {
    let arguments = words("quick --trace story.rep --cache --format json");
    insta::assert_snapshot!(printed("faulty", &arguments));
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// The loads and stores of `run`'s facts, counted by a different probe, are
/// those of the set-up and the operations; means and sums agree with each other.
#[test]
fn costs_agree_with_the_facts_of_run() {
    let arguments = [&["run", "--no-timing", "--cost", "--format", "json"], &TRACES[..]].concat();
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), ".", &arguments);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let results = parse(&seen.stdout)["results"].clone();
    let results = results.as_array().unwrap();
    assert_eq!(results.len(), 12);
    for result in results {
        let number = |value: &Value| value.as_u64().unwrap();
        let all = |measure: &str| {
            let measure = &result["cost"][measure];
            number(&measure["setup"]) + number(&measure["total"])
        };
        for measure in ["loads", "stores", "sbrk_calls"] {
            assert_eq!(all(measure), number(&result["facts"][measure]), "{measure}");
        }
        assert_eq!(all("touches"), all("loads") + all("stores"));
        let touches = &result["cost"]["touches"];
        let mean = number(&touches["total"]) as f64 / number(&result["ops"]) as f64;
        assert_eq!(touches["mean"].as_f64(), Some(mean));
        assert!(number(&touches["p99"]) <= number(&touches["worst"]["value"]));
        assert_eq!(result["cost"]["outside_accesses"], 0);
    }
}

/// Without `--cost` the output has no costs; with it the other columns stay.
#[test]
fn run_has_cost_columns_only_on_request() {
    let run = |more: &[&str]| {
        let arguments =
            [&words("run --no-timing --trace story.rep --trace small.rep"), more].concat();
        let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "faulty", &arguments);
        assert_eq!(seen.code, Some(0), "{seen:?}");
        seen.stdout
    };
    insta::assert_snapshot!("run_table", run(&["--cost"]));
    insta::assert_snapshot!("run_markdown", run(&["--cost", "--format", "md"]));
    let plain = run(&["--format", "csv"]);
    let with_cost = run(&["--format", "csv", "--cost"]);
    assert_eq!(plain.lines().count(), with_cost.lines().count());
    for (plain, with_cost) in plain.lines().zip(with_cost.lines()) {
        let more = with_cost.strip_prefix(plain).unwrap();
        assert_eq!(more.matches(',').count(), 9 * 5, "{with_cost}");
    }
}

fn faulty(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", arguments)
}

/// A heap that gives wrong answers, panics, hangs or
/// crashes has no cost, and the others keep theirs.
#[test]
fn a_heap_at_fault_has_no_cost() {
    for heap in ["overlaps-end", "panics", "recurses", "aborts", "loops", "remembers"] {
        let seen = faulty(&words(&format!(
            "cost {heap} correct --trace story.rep --op-timeout 1 --format csv"
        )));
        assert_eq!(seen.code, Some(1), "{heap}: {seen:?}");
        assert!(seen.stderr.contains("fault["), "{heap}: {seen:?}");
        let lines = |of: &str| {
            let start = format!("{of},story,");
            let lines = seen.stdout.lines().filter(|line| line.starts_with(&start));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let of_faulty = lines(heap);
        assert_eq!(of_faulty.len(), 1, "{heap}: {seen:?}");
        assert!(of_faulty[0].contains(",false,"), "{}", of_faulty[0]);
        assert!(of_faulty[0].ends_with(",,,,,,,,"), "{}", of_faulty[0]);
        assert_eq!(lines("correct").len(), 9);
    }
}

#[test]
fn a_verdict_in_the_table() {
    let arguments = ["cost", "overlaps-end", "correct", "--trace", "story.rep"];
    let seen = faulty(&arguments);
    assert_eq!(seen.code, Some(1), "{seen:?}");
    insta::assert_snapshot!(seen.stdout);
}

/// A heap that fails in an experiment has no law, and the output says where to look.
#[test]
fn no_law_for_a_heap_at_fault() {
    let seen = faulty(&["cost", "--grow", "--most-blocks", "256", "too-large"]);
    assert_eq!(seen.code, Some(1), "{seen:?}");
    assert!(seen.stdout.contains("fault["), "{seen:?}");
    assert!(!seen.stdout.contains("malloc "), "{seen:?}");
    assert!(seen.stderr.contains("--keep DIR"), "{seen:?}");
}

/// The book's statements on the three designs (CS:APP 9.9), from counts:
/// the slopes are words read for each block that a search passes.
#[test]
fn the_laws_are_as_the_book_says() {
    let heaps = words("implicit explicit explicit:address segregated quick");
    let grow = words("--grow --most-blocks 512 --format json");
    let json = parse(&printed(".", &[grow, heaps].concat()));
    assert_eq!(json["schema"], "heaplab.growth.v1");
    let call = |heap: &str, call: &str| {
        let heaps = json["heaps"].as_array().unwrap();
        heaps.iter().find(|entry| entry["heap"] == heap).unwrap()[call].clone()
    };
    let near = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value - expected).abs() < 0.01, "{value} is not {expected}");
    };
    let does_not_grow = |growth: &Value| {
        let words = growth["words"].as_str().unwrap();
        assert!(["flat", "not growing"].contains(&words), "{words}");
    };
    // The search passes all blocks, and reads the header of each.
    let implicit = call("implicit", "malloc");
    near(&implicit["per_allocated"], 1.0);
    near(&implicit["per_free"], 1.0);
    near(&implicit["allocated"]["exponent"], 1.0);
    near(&implicit["free"]["exponent"], 1.0);
    near(&implicit["r_squared"], 1.0);
    // The search passes free blocks, and reads header and link.
    let explicit = call("explicit", "malloc");
    near(&explicit["per_allocated"], 0.0);
    near(&explicit["per_free"], 2.0);
    does_not_grow(&explicit["allocated"]);
    near(&explicit["free"]["exponent"], 1.0);
    // All free blocks are of the request's class: the worst case of segregated fits.
    let segregated = call("segregated", "malloc");
    near(&segregated["per_free"], 2.0);
    does_not_grow(&segregated["allocated"]);
    does_not_grow(&call("quick", "malloc")["allocated"]);
    does_not_grow(&call("quick", "malloc")["free"]);
    // A free is constant, unless the list is ordered by address.
    for heap in ["implicit", "explicit", "segregated", "quick"] {
        let free = call(heap, "free");
        does_not_grow(&free["allocated"]);
        does_not_grow(&free["free"]);
    }
    near(&call("explicit:address", "free")["per_free"], 1.0);
    does_not_grow(&call("explicit:address", "free")["allocated"]);
}

#[test]
fn growth_for_reading() {
    let arguments = ["--grow", "--most-blocks", "256", "--align", "8"];
    insta::assert_snapshot!(printed(".", &arguments));
}

/// The picture has a name and a line of its own for each
/// heap, and the kept experiments are valid traces.
#[test]
fn a_picture_and_the_experiments_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (svg, traces) = (path("growth.svg"), path("experiments"));
    printed(
        ".",
        &words(&format!(
            "--grow --most-blocks 256 --svg {svg} --keep {traces} implicit explicit:address"
        )),
    );
    let svg = fs::read_to_string(svg).unwrap();
    for text in ["implicit", "explicit:address", "allocated blocks", "free blocks"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}");
    }
    // A line in each panel, and one in the legend.
    for curve in ["line s0", "line s1"] {
        assert_eq!(svg.matches(curve).count(), 3, "{svg}");
    }
    let table = printed(".", &["implicit", "--trace", &traces]);
    assert!(table.contains("allocated-256-free-128"), "{table}");
}

#[test]
fn wrong_arguments_are_refused_with_the_reason() {
    let complaint = |arguments: &[&str]| {
        let seen = cost("faulty", arguments);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{seen:?}");
        seen.stderr
    };
    let expect = |arguments: &[&str], words: &str| {
        let said = complaint(arguments);
        assert!(said.contains(words), "{said}");
    };
    expect(&["implict"], "did you mean `implicit`?");
    expect(&["implicit", "implicit"], "asked for twice");
    expect(&["--cache", "32K,8,64"], "write --cache=32K,8,64");
    expect(&["--tlb", "64,4"], "write --tlb=64,4");
    expect(&["--cache=24K,8,64"], "48 sets");
    expect(&["--cache=32K"], "such as 32K,8,64");
    expect(&["--trace", "nowhere.rep"], "nowhere.rep");
    expect(&["--grow", "--trace", "story.rep"], "cannot be used with");
    expect(&["--most-blocks", "512"], "--grow");
    expect(&["--grow", "--most-blocks", "100"], "from 256 to 65536");
    expect(
        &words("--grow --most-blocks 256 implicit --svg /nowhere/at/all.svg"),
        "can't write /nowhere/at/all.svg",
    );
    expect(&["--grow", "--heap-limit", "4K", "--most-blocks", "256"], "--heap-limit");
}

/// docs/cost.md shows the actual output, and its picture is the drawn one.
#[test]
fn the_chapter_shows_the_actual_output() {
    let chapter = fs::read_to_string(package().join("../docs/cost.md")).unwrap();
    let shown = |printed: &str, lines: usize| {
        let lines: String = printed.split_inclusive('\n').take(lines).collect();
        assert!(chapter.contains(&lines), "not in docs/cost.md:\n{lines}");
    };
    let random = ["--trace", "labs/traces/classic/random.rep"];
    shown(&printed("..", &random), 20);

    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("growth.svg").display().to_string();
    let growth = printed("..", &["--grow", "--svg", &svg]);
    let laws = growth.find("implicit\n  malloc").unwrap();
    shown(&growth[laws..], 23);
    let drawn = fs::read_to_string(svg).unwrap();
    let committed = fs::read_to_string(package().join("../docs/growth.svg")).unwrap();
    assert!(drawn == committed, "draw it again: heaplab cost --grow --svg docs/growth.svg");

    let variants = [
        ("implicit:deferred", "18.0 + 3.000 allocated + 4.000 free"),
        ("implicit:next-fit,elided", "25.0 + 1.000 allocated + 1.000 free"),
        ("explicit:address", "37.0 + 0.000 allocated + 4.000 free"),
    ];
    for (heap, law) in variants {
        let growth = printed("..", &["--grow", "--align", "8", "--most-blocks", "512", heap]);
        assert!(growth.contains(law), "{growth}");
    }
}
