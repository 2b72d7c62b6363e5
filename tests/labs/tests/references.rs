//! Every lab, on the allocator that it is made from: all checks
//! pass, all points are earned, and the definition is complete.
#![forbid(unsafe_code)]

use heaplab_grade::{TraceResult, touches_per_op, utilization};
use heaplab_heap::Design;
use heaplab_lab::{Lab, Measure, What};
use heaplab_lab_tests::{Visitor, folder, labs, measured, run, visit_reference};
use std::fs;

struct EveryCheck<'a>(&'a Lab);

impl Visitor for EveryCheck<'_> {
    fn visit<D: Design>(&mut self) {
        for stage in &self.0.stages {
            for check in &stage.checks {
                let name = format!("{}, {}, {}", self.0.name, stage.name, check.title);
                let heap = run::<D>(check, "").unwrap_or_else(|error| panic!("{name}: {error}"));
                // As the handouts say.
                let is_far = check.most_touches.is_none_or(|most| 2 * heap.touches <= most);
                assert!(is_far, "{name}: {} words", heap.touches);
            }
        }
    }
}

#[test]
fn a_reference_passes_every_check_of_its_lab() {
    for lab in labs() {
        visit_reference(&lab, &mut EveryCheck(&lab));
    }
}

struct Measured<'a> {
    lab: &'a Lab,
    traces: Vec<TraceResult>,
}

impl Visitor for Measured<'_> {
    fn visit<D: Design>(&mut self) {
        self.traces = measured::<D>(self.lab);
        for trace in &self.traces {
            assert!(trace.valid, "{trace:?}");
        }
    }
}

/// The reference earns all points, but without much room to
/// spare: a threshold far below its values would reward nothing.
#[test]
fn the_reference_just_reaches_the_thresholds() {
    for lab in labs() {
        let mut measured = Measured { lab: &lab, traces: Vec::new() };
        visit_reference(&lab, &mut measured);
        for measure in &lab.grade.measures {
            let value = match measure.what {
                What::Utilization => utilization(&measured.traces),
                What::TouchesPerOp => touches_per_op(&measured.traces),
                What::Throughput => continue,
            };
            let value = value.expect("a value");
            let Measure { none, full, .. } = measure;
            let share = (value - none) / (full - none);
            let name = format!("{}, {}: {value}", lab.name, measure.name);
            assert!((1.0..1.05).contains(&share), "{name} is {share} of all");
        }
    }
}

/// The first lab's handout gives the reference's figures, to two digits.
#[test]
fn the_utilizations_in_the_handout_are_the_references() {
    let lab = labs().into_iter().find(|lab| lab.name == "0-sbrk");
    let lab = lab.expect("lab 0");
    let handout = fs::read_to_string(folder().join("0-sbrk/README.md")).expect("its handout");
    let (_, part) = handout.split_once("## What utilization means").expect("it is there");
    let (table, _) = part.split_once("\n## ").expect("more behind it");
    let mut measured = Measured { lab: &lab, traces: Vec::new() };
    visit_reference(&lab, &mut measured);
    let mut compared = 0;
    for trace in &measured.traces {
        let file = trace.trace.rsplit('/').next().unwrap_or_default();
        let name = file.split('.').next().unwrap_or_default();
        let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        if let Some(row) = row {
            let value = trace.utilization().expect("a value");
            assert!(row.ends_with(&format!("| {value:.2} |")), "{row}: {value}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
}

#[test]
fn a_lab_has_a_hundred_points_and_three_hints_per_stage() {
    for lab in labs() {
        assert_eq!(lab.max_points(), 100, "{}", lab.name);
        for stage in &lab.stages {
            let name = format!("{}, {}", lab.name, stage.name);
            assert_eq!(stage.hints.len(), 3, "{name}");
            assert!((3..=13).contains(&stage.checks.len()), "{name}");
            assert!(stage.hints[0].contains('?'), "{name}: first a question");
        }
    }
}

/// The handout's tables match the definition.
#[test]
fn the_handout_has_the_stages_and_the_thresholds() {
    for lab in labs() {
        let handout = fs::read_to_string(folder().join(&lab.name).join("README.md"));
        let handout = handout.unwrap_or_else(|error| panic!("{}: {error}", lab.name));
        let rows: Vec<&str> = handout.lines().filter(|line| line.starts_with("| ")).collect();
        let mut after = 0;
        for stage in &lab.stages {
            let (begins, ends) = (format!("| `{}` |", stage.name), format!("| {} |", stage.points));
            let place = rows[after..].iter().position(|row| row.starts_with(&begins));
            let place = place.unwrap_or_else(|| panic!("{}: no row {begins}", lab.name));
            assert!(rows[after + place].ends_with(&ends), "{}: {begins}", lab.name);
            after += place + 1;
        }
        for measure in &lab.grade.measures {
            let Measure { full, none, points, .. } = measure;
            // 0.10 and 0.1 are the same number.
            let cells = |row: &str| -> Vec<f64> {
                row.split('|').filter_map(|cell| cell.trim().parse().ok()).collect()
            };
            let expected = vec![*full, *none, f64::from(*points)];
            let is_there = rows.iter().any(|row| cells(row) == expected);
            assert!(is_there, "{}: no row for {}: {expected:?}", lab.name, measure.name);
        }
    }
}
