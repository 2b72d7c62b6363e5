//! The four formats of `heaplab run`, exactly, without times;
//! and properties of the times that hold on every machine.

use heaplab_tests::command::{Seen, run, words};

const TWO_TRACES: [&str; 4] = ["--trace", "story.rep", "--trace", "small.rep"];

fn heaplab(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "faulty", arguments)
}

/// Returns the output of `heaplab run --no-timing` in one format, on two traces and two heaps.
fn exact(more: &[&str]) -> String {
    let heaps = words("run --no-timing --heap implicit --heap explicit:address,best-fit");
    let seen = heaplab(&[&heaps[..], &TWO_TRACES, more].concat());
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{seen:?}");
    seen.stdout
}

#[test]
fn table() {
    insta::assert_snapshot!(exact(&[]));
}

#[test]
fn json() {
    insta::assert_snapshot!(exact(&["--format", "json"]));
}

#[test]
fn csv() {
    insta::assert_snapshot!(exact(&["--format", "csv"]));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(exact(&["--format", "md"]));
}

#[test]
fn alignment_8_packs_closer() {
    insta::assert_snapshot!(exact(&["--align", "8"]));
}

/// With times the JSON has every field of the schema, and all figures agree with each other.
#[test]
fn json_with_times_agrees_with_itself() {
    let arguments = ["run", "--format", "json", "--seconds-each", "0.02"];
    let seen = heaplab(&[&arguments[..], &TWO_TRACES].concat());
    assert_eq!(seen.code, Some(0), "{seen:?}");
    let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    assert_eq!((&json["schema"], &json["align"]), (&"heaplab.run.v1".into(), &16.into()));
    let number = |value: &serde_json::Value| {
        value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
    };
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{a} is not {b}");
    let results = json["results"].as_array().unwrap();
    assert_eq!(results.len(), 4 * 2);
    for result in results {
        let (facts, timing) = (&result["facts"], &result["timing"]);
        near(
            number(&facts["utilization"]),
            number(&facts["peak_payload_bytes"]) / number(&facts["heap_bytes"]),
        );
        near(number(&timing["ops_per_second"]), 1e9 / number(&timing["ns_per_op"]));
        for (baseline, ratio) in [("baseline", "vs_libc"), ("baseline_keep", "vs_libc_keep")] {
            if json[baseline].is_null() && !cfg!(target_env = "gnu") {
                continue; // this C library can't be kept from returning memory
            }
            let baselines = json[baseline]["results"].as_array().unwrap();
            let entry = baselines.iter().find(|entry| entry["trace"] == result["trace"]).unwrap();
            near(
                number(&timing[ratio]),
                number(&timing["ops_per_second"]) / number(&entry["timing"]["ops_per_second"]),
            );
        }
    }
    for (place, summary) in json["summary"].as_array().unwrap().iter().enumerate() {
        let of_heap = &results[2 * place..2 * place + 2];
        let sum = |f: &dyn Fn(&serde_json::Value) -> f64| of_heap.iter().map(f).sum::<f64>();
        near(
            number(&summary["mean_utilization"]),
            sum(&|r| number(&r["facts"]["utilization"])) / 2.0,
        );
        let seconds = sum(&|r| number(&r["ops"]) / number(&r["timing"]["ops_per_second"]));
        near(number(&summary["total_ops_per_second"]), sum(&|r| number(&r["ops"])) / seconds);
        let times = sum(&|r| 1.0 / number(&r["timing"]["ops_per_second"]));
        near(number(&summary["harmonic_mean_ops_per_second"]), 2.0 / times);
        let parts = &summary["score_parts"];
        near(
            number(&summary["score"]),
            number(&parts["utilization"]) + number(&parts["throughput"]),
        );
    }
}

/// A trace of one operation is too short for any clock, but
/// still has a speed; an empty one has none.
#[test]
fn a_trace_of_one_operation_has_a_finite_speed() {
    let seen = heaplab(&[
        "run", "--format", "csv", "--heap", "quick", "--trace", "one.rep", "--trace", "none.rep",
    ]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(!seen.stdout.contains("inf") && !seen.stdout.contains("NaN"), "{}", seen.stdout);
    let speed = |trace: &str| {
        let start = format!("quick,{trace},");
        let line = seen.stdout.lines().find(|line| line.starts_with(&start)).unwrap();
        line.split(',').nth(14).unwrap().to_owned()
    };
    assert!(speed("one").parse::<f64>().unwrap() > 0.0);
    assert_eq!(speed("none"), "");
}

/// The C library has no heap segment: its utilization is empty, not 0.
#[test]
fn the_c_library_has_no_utilization() {
    let seen = heaplab(&words("run --format csv --heap quick --trace story.rep"));
    let line = seen.stdout.lines().find(|line| line.starts_with("libc,")).unwrap();
    let fields: Vec<&str> = line.split(',').collect();
    assert_eq!(fields[8..13], ["", "", "", "", ""], "{line}");
}

/// A trace counts only in the means that its weight names.
#[test]
fn a_trace_counts_only_in_the_means_of_its_weight() {
    let run = |traces: &[&str]| {
        let traces: Vec<&str> = traces.iter().flat_map(|&trace| ["--trace", trace]).collect();
        let seen = heaplab(
            &[&words("run --format json --seconds-each 0 --heap implicit"), &traces[..]].concat(),
        );
        let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
        (
            json["summary"][0]["mean_utilization"].clone(),
            json["summary"][0]["total_ops_per_second"].clone(),
        )
    };
    let (utilization, _) = run(&["story.rep"]);
    assert!(utilization.is_number());
    let weighted = run(&["story.rep", "weight0.rep", "weight3.rep"]).0;
    assert_eq!(weighted, utilization, "neither counts for utilization");
    let (utilization, throughput) = run(&["weight2.rep"]);
    assert!(utilization.is_number() && throughput.is_null());
    let (utilization, throughput) = run(&["weight3.rep"]);
    assert!(utilization.is_null() && throughput.is_number());
    let (utilization, throughput) = run(&["weight0.rep"]);
    assert!(utilization.is_null() && throughput.is_null());
}

/// If no trace counts for a mean, the table says why.
#[test]
fn a_mean_that_no_trace_counts_for_is_explained() {
    let nothing = "no means: every trace has the weight 0, which counts for nothing\n";
    let no_utilization = "no mean utilization: no trace counts for it (weight 0 counts for nothing, 3 for throughput only)\n";
    let no_throughput = "no means of throughput and cost: no trace counts for them (weight 0 counts for nothing, 2 for utilization only)\n";
    for format in ["table", "md"] {
        for (traces, options, said, lines) in [
            (&["weight0.rep"][..], &["--no-timing"][..], nothing, &[][..]),
            (&["weight0.rep"], &["--seconds-each", "0", "--cost"], nothing, &[]),
            (&["weight3.rep"], &["--no-timing"], no_utilization, &[]),
            (
                &["weight0.rep", "weight3.rep"],
                &["--seconds-each", "0"],
                no_utilization,
                &["total throughput"],
            ),
            (&["weight2.rep"], &["--no-timing"], "", &["mean utilization"]),
            (
                &["weight0.rep", "weight2.rep"],
                &["--seconds-each", "0"],
                no_throughput,
                &["mean utilization"],
            ),
            (&["weight2.rep"], &["--no-timing", "--cost"], no_throughput, &["mean utilization"]),
            (
                &["weight3.rep", "weight2.rep"],
                &["--seconds-each", "0"],
                "",
                &["mean utilization", "total throughput", "score of 100"],
            ),
        ] {
            let traces = traces.iter().flat_map(|&trace| ["--trace", trace]);
            let mut words = vec!["run", "--heap", "implicit", "--format", format];
            words.extend(traces);
            words.extend(options);
            let seen = heaplab(&words);
            assert_eq!(seen.code, Some(0), "{words:?}: {}", seen.all());
            assert_eq!(seen.stdout.contains("no mean"), !said.is_empty(), "{}", seen.stdout);
            assert!(seen.stdout.contains(said), "{words:?}: {}", seen.stdout);
            for label in [
                "mean utilization",
                "total throughput",
                "harmonic",
                "touches an",
                "points  ",
                "score of 100",
            ] {
                let is_there = seen
                    .stdout
                    .lines()
                    .any(|line| line.trim_start_matches("| **").starts_with(label));
                assert!(is_there || !lines.contains(&label), "{words:?} {label}: {}", seen.stdout);
                // Every cell that is shown has a figure.
                let mut of_label = seen
                    .stdout
                    .lines()
                    .filter(|line| line.trim_start_matches("| **").starts_with(label));
                assert!(
                    of_label.all(|line| line.contains(|c: char| c.is_ascii_digit())),
                    "{words:?} {}",
                    seen.stdout
                );
            }
        }
    }
    let seen = heaplab(&words("cost implicit --trace weight0.rep --trace weight2.rep"));
    assert!(seen.stdout.contains("no means: no trace counts for them"), "{}", seen.stdout);
    assert!(!seen.stdout.contains("mean of the traces"), "{}", seen.stdout);
    let seen = heaplab(&words("cost implicit --trace weight0.rep --trace story.rep"));
    assert!(!seen.stdout.contains("no means"), "{}", seen.stdout);
}

#[test]
fn a_run_without_a_score_shows_none() {
    let words = ["run", "--heap", "implicit", "--seconds-each", "0", "--trace", "story.rep"];
    let with = heaplab(&words);
    let without = heaplab(&[&words[..], &["--score", "none"]].concat());
    let of_score = |text: &str| {
        let begins = |line: &&str| line.starts_with("points  ") || line.starts_with("score ");
        text.lines().filter(begins).count()
    };
    assert_eq!((of_score(&with.stdout), of_score(&without.stdout)), (3, 0), "{}", without.all());
}
