//! How a class did: points, stages, checks and traces.

use heaplab_grade::{Points, Record, TraceResult, Verdict};
use std::collections::BTreeMap;

/// How a class did.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// The lab.
    pub lab: String,
    /// Points that could be earned.
    pub max_points: Points,
    /// How many submissions have which verdict.
    pub verdicts: Vec<(Verdict, usize)>,
    /// Points of all submissions.
    pub points: Option<Five>,
    /// How many submissions have points in each of [`Statistics::BINS`] equal parts of the
    /// maximum. The last part includes the maximum.
    pub histogram: Vec<usize>,
    /// The stages, in the lab's order.
    pub stages: Vec<OfStage>,
    /// The checks that failed most often, the most frequent first.
    pub failed_checks: Vec<FailedCheck>,
    /// The measures, in the lab's order.
    pub measures: Vec<OfMeasure>,
    /// The traces, in the lab's order.
    pub traces: Vec<OfTrace>,
}

/// A measure of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct OfMeasure {
    /// Its name.
    pub name: String,
    /// What is measured, in words.
    pub what: &'static str,
    /// The value that earns nothing, and the one that earns all points.
    pub limits: (f64, f64),
    /// The values of those who have one.
    pub values: Option<Five>,
}

/// Five numbers that describe many: the least, the quartiles, the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Five {
    /// How many values there are.
    pub count: usize,
    /// The mean.
    pub mean: f64,
    /// The least, the first quartile, the median, the third quartile, and the largest.
    pub numbers: [f64; 5],
}

/// A stage of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfStage {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// How many submissions pass all checks.
    pub passed: usize,
    /// How many submissions pass some of the checks.
    pub partly: usize,
    /// How many submissions pass none of the checks, or were not run.
    pub failed: usize,
    /// The submissions whose first stage that is not passed is this one, by their indexes.
    pub stopped: Vec<usize>,
}

/// A check that submissions failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// The stage's name.
    pub stage: String,
    /// What is checked.
    pub title: String,
    /// How many submissions failed it.
    pub failed: usize,
    /// How many submissions ran it.
    pub run: usize,
    /// The fault that was most frequent.
    pub fault: String,
}

/// A trace of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct OfTrace {
    /// Its name.
    pub name: String,
    /// How many submissions were run on it.
    pub run: usize,
    /// How many of them had all answers right.
    pub valid: usize,
    /// Utilization of each of these, with the submission's index.
    pub utilization: Vec<(usize, f64)>,
    /// Loads and stores an operation of each of these, with the submission's index.
    pub touches_per_op: Vec<(usize, f64)>,
}

impl Statistics {
    /// The parts of the histogram.
    pub const BINS: usize = 20;

    /// How many of the checks that failed most often are kept.
    pub const CHECKS: usize = 15;

    /// Computes the statistics of records that were graded by one lab.
    pub fn of(records: &[Record]) -> Statistics {
        let max_points = records.iter().map(|record| record.max_points).max().unwrap_or_default();
        let verdicts =
            [Verdict::Graded, Verdict::Refused, Verdict::NotCompiled, Verdict::NotASubmission];
        let count = |verdict| records.iter().filter(|record| record.verdict == verdict).count();
        let verdicts = verdicts.map(|verdict| (verdict, count(verdict)));
        Statistics {
            lab: records.first().map(|record| record.lab.name.clone()).unwrap_or_default(),
            max_points,
            verdicts: verdicts.into_iter().filter(|(_, count)| *count > 0).collect(),
            points: Five::of(records.iter().map(|record| record.points.as_f64()).collect()),
            histogram: histogram(records, max_points),
            stages: stages(records),
            failed_checks: failed_checks(records),
            measures: measures(records),
            traces: traces(records),
        }
    }
}

impl Five {
    /// Returns the five numbers of values; `None` if there are none. Quartiles are interpolated
    /// between neighbours, as spreadsheets do.
    pub fn of(mut values: Vec<f64>) -> Option<Five> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |quarters: usize| {
            let place = last as f64 * quarters as f64 / 4.0;
            let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Some(Five {
            count: values.len(),
            mean: values.iter().sum::<f64>() / values.len() as f64,
            numbers: [0, 1, 2, 3, 4].map(at),
        })
    }

    /// Returns the median.
    pub fn median(&self) -> f64 {
        self.numbers[2]
    }
}

fn histogram(records: &[Record], max_points: Points) -> Vec<usize> {
    let mut bins = vec![0; Statistics::BINS];
    let max = max_points.hundredths().max(1);
    for record in records {
        let bin = record.points.hundredths() * Statistics::BINS as u64 / max;
        bins[(bin as usize).min(Statistics::BINS - 1)] += 1;
    }
    bins
}

fn stages(records: &[Record]) -> Vec<OfStage> {
    let mut stages: Vec<OfStage> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let first = record.stages.iter().position(|stage| !stage.passed);
        for (place, stage) in record.stages.iter().enumerate() {
            let at = stages.iter().position(|known| known.name == stage.name);
            let at = at.unwrap_or_else(|| {
                stages.push(OfStage {
                    name: stage.name.clone(),
                    title: stage.title.clone(),
                    passed: 0,
                    partly: 0,
                    failed: 0,
                    stopped: Vec::new(),
                });
                stages.len() - 1
            });
            let of = &mut stages[at];
            if stage.passed {
                of.passed += 1;
            } else if stage.checks.iter().any(|check| check.passed) {
                of.partly += 1;
            } else {
                of.failed += 1;
            }
            if first == Some(place) {
                of.stopped.push(index);
            }
        }
    }
    stages
}

/// How many ran a check, and how often it ended with which fault.
type Outcomes<'a> = (usize, BTreeMap<&'a str, usize>);

fn failed_checks(records: &[Record]) -> Vec<FailedCheck> {
    // By stage and title.
    let mut checks: BTreeMap<(&str, &str), Outcomes<'_>> = BTreeMap::new();
    for stage in records.iter().flat_map(|record| &record.stages) {
        for check in &stage.checks {
            let (run, faults) = checks.entry((&stage.name, &check.title)).or_default();
            *run += 1;
            if !check.passed {
                let code = check.fault.as_ref().map_or("", |fault| &fault.code);
                *faults.entry(code).or_default() += 1;
            }
        }
    }
    let failed = checks.into_iter().filter_map(|((stage, title), (run, faults))| {
        let (fault, _) = faults.iter().max_by_key(|(_, count)| **count)?;
        Some(FailedCheck {
            stage: stage.to_owned(),
            title: title.to_owned(),
            failed: faults.values().sum(),
            run,
            fault: (*fault).to_owned(),
        })
    });
    let mut failed: Vec<FailedCheck> = failed.collect();
    failed.sort_by_key(|check| std::cmp::Reverse(check.failed));
    failed.truncate(Statistics::CHECKS);
    failed
}

fn measures(records: &[Record]) -> Vec<OfMeasure> {
    let mut measures: Vec<(OfMeasure, Vec<f64>)> = Vec::new();
    for measure in records.iter().flat_map(|record| &record.measures) {
        let at = measures.iter().position(|(known, _)| known.name == measure.name);
        let at = at.unwrap_or_else(|| {
            let of = OfMeasure {
                name: measure.name.clone(),
                what: measure.what.words(),
                limits: (measure.none, measure.full),
                values: None,
            };
            measures.push((of, Vec::new()));
            measures.len() - 1
        });
        measures[at].1.extend(measure.value);
    }
    let with_values = measures.into_iter();
    with_values.map(|(of, values)| OfMeasure { values: Five::of(values), ..of }).collect()
}

fn traces(records: &[Record]) -> Vec<OfTrace> {
    let mut traces: Vec<OfTrace> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        for trace in &record.traces {
            let at = traces.iter().position(|known| known.name == trace.trace);
            let at = at.unwrap_or_else(|| {
                traces.push(OfTrace {
                    name: trace.trace.clone(),
                    run: 0,
                    valid: 0,
                    utilization: Vec::new(),
                    touches_per_op: Vec::new(),
                });
                traces.len() - 1
            });
            let of = &mut traces[at];
            of.run += 1;
            of.valid += usize::from(trace.valid);
            of.utilization.extend(utilization(trace).map(|value| (index, value)));
            of.touches_per_op.extend(trace.touches_per_op.map(|value| (index, value)));
        }
    }
    traces
}

fn utilization(trace: &TraceResult) -> Option<f64> {
    trace.facts.as_ref()?.utilization()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{class, record};

    #[test]
    fn five_numbers_are_those_of_a_spreadsheet() {
        let five = Five::of(vec![4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(five.numbers, [1.0, 1.75, 2.5, 3.25, 4.0]);
        assert_eq!((five.mean, five.median(), five.count), (2.5, 2.5, 4));
        assert_eq!(Five::of(vec![7.0]).unwrap().numbers, [7.0; 5]);
        assert_eq!(Five::of(Vec::new()), None);
    }

    #[test]
    fn each_submission_is_stopped_by_one_stage_at_most() {
        let class = class();
        let statistics = Statistics::of(&class);
        let [place, coalesce] = statistics.stages.as_slice() else { panic!("two stages") };
        // Passed checks: 0 1 2 3 4, then 3, then not compiled.
        assert_eq!((place.passed, place.partly, place.failed), (4, 1, 2));
        assert_eq!(place.stopped, [0, 1, 6]);
        assert_eq!((coalesce.passed, coalesce.partly, coalesce.failed), (1, 2, 4));
        assert_eq!(coalesce.stopped, [2, 3, 5]);
        assert_eq!(statistics.verdicts, [(Verdict::Graded, 6), (Verdict::NotCompiled, 1)]);
    }

    #[test]
    fn the_histogram_counts_every_submission_once() {
        let statistics = Statistics::of(&class());
        assert_eq!(statistics.histogram.iter().sum::<usize>(), 7);
        let all = Statistics::of(&[record("ada", 4, 1.0)]);
        assert_eq!(all.histogram[Statistics::BINS - 1], 1);
        assert_eq!(all.points.unwrap().median(), 100.0);
    }

    #[test]
    fn the_check_that_most_failed_comes_first() {
        let statistics = Statistics::of(&class());
        let first = &statistics.failed_checks[0];
        assert_eq!((first.title.as_str(), first.failed, first.run), ("the fourth", 5, 6));
        assert_eq!(first.fault, "T21");
    }

    #[test]
    fn traces_have_the_values_of_those_who_ran_them() {
        let statistics = Statistics::of(&class());
        let trace = &statistics.traces[0];
        assert_eq!((trace.run, trace.valid, trace.utilization.len()), (6, 6, 6));
        assert_eq!(trace.touches_per_op[0], (0, 5.0));
    }

    #[test]
    fn measures_have_the_values_of_those_who_have_one() {
        let statistics = Statistics::of(&[record("ada", 4, 0.5), record("bob", 4, 0.75)]);
        let measure = &statistics.measures[0];
        assert_eq!((measure.what, measure.limits), ("mean utilization", (0.0, 1.0)));
        assert_eq!(measure.values.unwrap().median(), 0.625);
    }

    #[test]
    fn a_class_without_submissions_has_no_numbers() {
        let statistics = Statistics::of(&[]);
        assert_eq!(statistics.points, None);
        assert!(statistics.stages.is_empty() && statistics.traces.is_empty());
    }
}
