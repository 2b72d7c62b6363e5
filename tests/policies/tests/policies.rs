//! Every clause of the labs is tested: a solution with another policy loses points, and the
//! solution as it is loses none.
#![forbid(unsafe_code)]

use heaplab_lab_tests::{folder, labs};
use heaplab_policies::{LABS, outcomes, table::table};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn every_other_policy_costs_points_and_the_solutions_own_costs_none() {
    let outcomes = outcomes();
    let mut wrong = Vec::new();
    for outcome in &outcomes {
        match outcome.mutant {
            None if outcome.cost.is_some() => {
                wrong.push(format!("the solution of {}: {:?}", outcome.lab, outcome.cost));
            }
            Some(mutant) if outcome.cost.is_none() => {
                wrong.push(format!("{}, {}: nothing finds it", outcome.lab, mutant.name));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let help = "`cargo run -p heaplab-policies > tests/policies/TABLE.md` writes it anew";
    let committed = include_str!("../TABLE.md");
    assert!(table(&outcomes) == committed, "TABLE.md is not in step: {help}");
}

#[test]
fn every_stage_has_a_mutant_and_every_name_is_used_once() {
    let mut names = BTreeSet::new();
    for of_lab in LABS {
        for mutant in of_lab.mutants {
            assert!(names.insert((of_lab.lab, mutant.name)), "{}: {}", of_lab.lab, mutant.name);
        }
        let lab = labs().into_iter().find(|lab| lab.name == of_lab.lab).expect("the lab");
        for stage in lab.stages.iter().filter(|stage| stage.name != "traces") {
            let mut mutants = of_lab.mutants.iter();
            let is_tried = mutants.any(|mutant| mutant.stage == stage.name);
            assert!(is_tried || lab.holes.is_empty(), "{}: {}", lab.name, stage.name);
        }
    }
    assert!(names.len() >= 150, "{}", names.len());
}

#[test]
fn a_clause_is_in_the_text_that_students_read() {
    let one_space = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for of_lab in LABS {
        let files = ["README.md", "lab.toml"].map(|file| {
            let path = folder().join(of_lab.lab).join(file);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        let text = one_space(files.concat());
        for mutant in of_lab.mutants {
            assert!(text.contains(mutant.clause), "{}, {}", of_lab.lab, mutant.name);
        }
    }
}
