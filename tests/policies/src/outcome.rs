//! Runs the mutants of a lab on the checks of the lab.

use crate::{LABS, Mutant, OfLab, switch, visit_solution};
use heaplab_grade::{MeasureRule, Points, TraceResult, What as Measured};
use heaplab_heap::Design;
use heaplab_lab::{Lab, Measure, Stage, What};
use heaplab_lab_tests::{Visitor, labs, measured, run, with_broken_heaps};

/// What costs a mutant points.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The lab.
    pub lab: &'static str,
    /// The mutant; `None` for the solution as it is.
    pub mutant: Option<&'static Mutant>,
    /// The checks that fail, with their stages, and the measures that earn less than all points.
    pub costs: Vec<Cost>,
}

/// A check that fails, or a measure that does not earn all points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The stage; empty for a measure.
    pub stage: String,
    /// The title of the check, or the name of the measure.
    pub what: String,
    /// Why the check fails, or what the measure earns.
    pub why: String,
}

/// Runs the solution of each lab on all checks and measures, and each mutant on those that its
/// clause is about.
///
/// # Panics
/// If a lab or a mutant's stage does not exist.
pub fn outcomes() -> Vec<Outcome> {
    let labs = labs();
    let mut number = 0;
    let mut outcomes = Vec::new();
    for of_lab in LABS {
        let lab = labs.iter().find(|lab| lab.name == of_lab.lab);
        let lab = lab.unwrap_or_else(|| panic!("there is no lab {}", of_lab.lab));
        outcomes.push(outcome(lab, of_lab, None, 0));
        for mutant in of_lab.mutants {
            number += 1;
            outcomes.push(outcome(lab, of_lab, Some(mutant), number));
        }
    }
    outcomes
}

fn outcome(lab: &Lab, of_lab: &OfLab, mutant: Option<&'static Mutant>, number: usize) -> Outcome {
    let stages: Vec<&Stage> = match mutant {
        None => lab.stages.iter().collect(),
        Some(mutant) => lab.stages.iter().filter(|stage| stage.name == mutant.stage).collect(),
    };
    let of_measure = mutant.is_none_or(|mutant| mutant.stage.is_empty());
    assert!(of_measure || stages.len() == 1, "{} does not have the stage of {mutant:?}", lab.name);
    let mut costs = Costs { lab, stages, of_measure, found: Vec::new() };
    with_broken_heaps(|| {
        switch::activate(number);
        visit_solution(of_lab.lab, &mut costs);
    });
    Outcome { lab: of_lab.lab, mutant, costs: costs.found }
}

struct Costs<'l> {
    lab: &'l Lab,
    stages: Vec<&'l Stage>,
    of_measure: bool,
    found: Vec<Cost>,
}

impl Visitor for Costs<'_> {
    fn visit<D: Design>(&mut self) {
        for stage in &self.stages {
            for check in &stage.checks {
                if let Err(why) = run::<D>(check, "") {
                    let (stage, what) = (stage.name.clone(), check.title.clone());
                    self.found.push(Cost { stage, what, why });
                }
            }
        }
        if self.of_measure {
            self.measure::<D>();
        }
    }
}

impl Costs<'_> {
    fn measure<D: Design>(&mut self) {
        let traces = measured::<D>(self.lab);
        for measure in &self.lab.grade.measures {
            let (earned, all) = points(measure, &traces);
            if earned < all {
                let why = format!("{earned} of {all} points");
                self.found.push(Cost { stage: String::new(), what: measure.name.clone(), why });
            }
        }
    }
}

/// Returns the points that the traces earn for a measure, and those that it has.
fn points(measure: &Measure, traces: &[TraceResult]) -> (Points, Points) {
    let what = match measure.what {
        What::Utilization => Measured::Utilization,
        What::TouchesPerOp => Measured::TouchesPerOp,
        What::Throughput => Measured::Throughput,
    };
    let all = Points::whole(measure.points);
    let rule = MeasureRule::new(&measure.name, what, all, measure.none, measure.full);
    let rule = rule.unwrap_or_else(|error| panic!("{error}"));
    (rule.grade(traces, None).points, all)
}
