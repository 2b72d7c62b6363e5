//! Parts of a grade, in one form for all platforms: stages, then measures.

use super::words;
use crate::{Points, Record, Verdict};

/// A stage or a measure.
pub struct Part<'a> {
    /// For columns and problems.
    pub name: &'a str,
    /// For people, on one line.
    pub title: String,
    pub points: Points,
    pub max_points: Points,
    pub outcome: Outcome,
    /// The text about it.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All points.
    Passed,
    Failed,
    /// Nothing was run.
    NotRun,
}

/// Returns the parts of a record, in the lab's order.
pub fn parts(record: &Record) -> Vec<Part<'_>> {
    let run = record.verdict == Verdict::Graded;
    let outcome = |passed| match (run, passed) {
        (false, _) => Outcome::NotRun,
        (true, true) => Outcome::Passed,
        (true, false) => Outcome::Failed,
    };
    let not_run = || format!("not run: {}\n", record.verdict.words());
    let stages = record.stages.iter().map(|stage| Part {
        name: &stage.name,
        title: words::line(&stage.title),
        points: stage.points,
        max_points: stage.max_points,
        outcome: outcome(stage.passed),
        text: if run { words::stage(stage) } else { not_run() },
    });
    let measures = record.measures.iter().map(|measure| Part {
        name: &measure.name,
        title: words::line(&measure.name),
        points: measure.points,
        max_points: measure.max_points,
        outcome: outcome(measure.points == measure.max_points),
        text: if run { words::measure(measure) + "\n" } else { not_run() },
    });
    stages.chain(measures).collect()
}
