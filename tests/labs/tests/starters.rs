//! A starter finishes no stage, and each hole that is
//! filled in finishes exactly the stages that need it.
#![forbid(unsafe_code)]

use heaplab_heap::Design;
use heaplab_lab::Lab;
use heaplab_lab_tests::{
    Visitor, is_finished, labs, run, visit_starters, with_broken_heaps, with_checker,
};

struct Finished<'a> {
    lab: &'a Lab,
    filled: usize,
    wrong: Vec<String>,
}

impl Visitor for Finished<'_> {
    fn visit<D: Design>(&mut self) {
        for stage in &self.lab.stages {
            let expected = self.lab.holes_needed(stage) <= self.filled;
            if is_finished::<D>(stage, "") != expected {
                let state = if expected { "not finished" } else { "finished" };
                let Finished { lab, filled, .. } = self;
                let text = format!("{}: {filled} holes filled, {} {state}", lab.name, stage.name);
                self.wrong.push(text);
            }
        }
        self.filled += 1;
    }
}

#[test]
fn filling_a_hole_passes_exactly_its_stages() {
    for lab in labs() {
        let wrong = with_broken_heaps(|| {
            let mut finished = Finished { lab: &lab, filled: 0, wrong: Vec::new() };
            visit_starters(&lab.name, &mut finished);
            assert_eq!(finished.filled, lab.holes.len() + 1);
            finished.wrong
        });
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// Every hole is needed by a stage.
#[test]
fn every_hole_is_needed_by_a_stage() {
    for lab in labs() {
        let needed = lab.stages.iter().map(|stage| lab.holes_needed(stage)).max();
        assert_eq!(needed, Some(lab.holes.len()), "{}", lab.name);
    }
}

/// The checker of this heap reports every prologue, although the rest of the heap is correct.
#[test]
fn a_checker_that_a_student_wrote_is_called() {
    let lab = labs().into_iter().find(|lab| lab.name == "1-implicit");
    for check in lab.iter().flat_map(|lab| &lab.stages[0].checks) {
        let found = run::<with_checker::Policy>(check, "").expect_err(&check.title);
        assert!(found.contains("prologue"), "{found}");
    }
}
