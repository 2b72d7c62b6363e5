//! Runs the mutants of a lab on the checks of the lab.

use crate::{LABS, Mutant, OfLab, switch, visit_solution};
use heaplab_grade::{MeasureRule, Points, TraceResult, What as Measured};
use heaplab_heap::Design;
use heaplab_lab::{Lab, Measure, Stage, What};
use heaplab_lab_tests::{Visitor, labs, measured, run, with_broken_heaps};
use std::thread;

/// Room for an endless recursion until it is stopped.
const STACK_BYTES: usize = 256 << 20;

/// What costs a mutant points.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The lab.
    pub lab: &'static str,
    /// The mutant; `None` for the solution as it is.
    pub mutant: Option<&'static Mutant>,
    /// The first check that fails, or else the first measure that earns less than all points.
    pub cost: Option<Cost>,
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
/// clause is about, up to the first that it fails.
///
/// # Panics
/// If a lab or a mutant's stage does not exist.
pub fn outcomes() -> Vec<Outcome> {
    let labs = labs();
    let lab_of = |of_lab: &OfLab| {
        let lab = labs.iter().find(|lab| lab.name == of_lab.lab);
        lab.unwrap_or_else(|| panic!("there is no lab {}", of_lab.lab))
    };
    let mut first = 1;
    let mut lists = Vec::new();
    for of_lab in LABS {
        lists.push((lab_of(of_lab), of_lab, first));
        first += of_lab.mutants.len();
    }
    with_broken_heaps(move || {
        thread::scope(|scope| {
            let run = |(lab, of_lab, first)| {
                let thread = thread::Builder::new().stack_size(STACK_BYTES);
                thread.spawn_scoped(scope, move || outcomes_of(lab, of_lab, first))
            };
            let threads: Vec<_> = lists.into_iter().map(run).collect();
            let outcome = |thread: Result<thread::ScopedJoinHandle<'_, _>, _>| {
                thread.expect("a thread").join().expect("its outcomes")
            };
            threads.into_iter().flat_map(outcome).collect()
        })
    })
}

/// Returns the outcomes of a list whose first mutant has this number.
fn outcomes_of(lab: &Lab, of_lab: &OfLab, first: usize) -> Vec<Outcome> {
    // The starter of a lab with a solution of its own need not earn all points.
    let is_solution = of_lab.source != of_lab.lab || lab.solution.is_none();
    let is_tried = |stage: &&Stage| of_lab.mutants.iter().any(|mutant| mutant.stage == stage.name);
    let stages = lab.stages.iter().filter(|stage| is_solution || is_tried(stage)).collect();
    let whole = Costs { lab, stages, of_measure: is_solution };
    let mut outcomes = vec![outcome(of_lab, None, 0, &whole)];
    for (number, mutant) in (first..).zip(of_lab.mutants) {
        let stages: Vec<_> = lab.stages.iter().filter(|stage| stage.name == mutant.stage).collect();
        let of_measure = mutant.stage.is_empty();
        assert!(of_measure || stages.len() == 1, "{} has no stage {}", lab.name, mutant.stage);
        let costs = Costs { lab, stages, of_measure };
        outcomes.push(outcome(of_lab, Some(mutant), number, &costs));
    }
    outcomes
}

fn outcome(
    of_lab: &OfLab,
    mutant: Option<&'static Mutant>,
    number: usize,
    costs: &Costs<'_>,
) -> Outcome {
    switch::activate(number);
    let mut first = First { costs, found: None };
    visit_solution(of_lab.source, &mut first);
    switch::activate(0);
    Outcome { lab: of_lab.lab, mutant, cost: first.found }
}

/// What may cost points.
struct Costs<'l> {
    lab: &'l Lab,
    stages: Vec<&'l Stage>,
    of_measure: bool,
}

/// Looks for the first that does.
struct First<'c> {
    costs: &'c Costs<'c>,
    found: Option<Cost>,
}

impl Visitor for First<'_> {
    fn visit<D: Design>(&mut self) {
        let stages = self.costs.stages.iter();
        let mut checks = stages.flat_map(|stage| stage.checks.iter().map(move |c| (stage, c)));
        self.found = checks.find_map(|(stage, check)| {
            let why = run::<D>(check, "").err()?;
            Some(Cost { stage: stage.name.clone(), what: check.title.clone(), why })
        });
        if self.costs.of_measure && self.found.is_none() {
            self.found = self.costs.measure::<D>();
        }
    }
}

impl Costs<'_> {
    fn measure<D: Design>(&self) -> Option<Cost> {
        let traces = measured::<D>(self.lab);
        self.lab.grade.measures.iter().find_map(|measure| {
            let (earned, all) = points(measure, &traces);
            let why = format!("{earned} of {all} points");
            let cost = Cost { stage: String::new(), what: measure.name.clone(), why };
            (earned < all).then_some(cost)
        })
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
