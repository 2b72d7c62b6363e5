//! Stages of a lab, and their checks.

use crate::Points;
use serde::{Deserialize, Serialize};

/// Points of a stage, and how they are earned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRule {
    /// Its name, for commands and columns.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Points for all of it.
    pub points: Points,
    /// Whether a part of its checks earns a part of its points: `points * passed
    /// / checks`, rounded down to hundredths. Otherwise it is all or nothing.
    pub partial: bool,
    /// Whether students do not have it.
    pub hidden: bool,
}

/// A stage of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name, for commands and columns.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Points earned.
    pub points: Points,
    /// Points for all of it.
    pub max_points: Points,
    /// Whether all checks passed.
    pub passed: bool,
    /// Its checks, in the lab's order; empty if the submission was not run.
    pub checks: Vec<Check>,
    /// Whether students do not have it.
    #[serde(default)]
    pub hidden: bool,
}

/// One check of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What it checks, for people.
    pub title: String,
    /// Whether the heap did as expected.
    pub passed: bool,
    /// What went wrong; `None` if it passed.
    pub fault: Option<Fault>,
    /// Its operations, or its trace file; `None` if students have the check.
    #[serde(default)]
    pub operations: Option<String>,
}

/// What went wrong on one trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The kind of fault: a stable name.
    pub code: String,
    /// What happened, in words. It may have several lines: a picture of the heap.
    pub message: String,
    /// The operation's line in the trace, from 1; `None` if no single operation is at fault.
    pub line: Option<u32>,
    /// The operation: `r 3 300`.
    pub operation: Option<String>,
    /// The command that reproduces it; `None` if students do not have
    /// the trace. It must not contain a path of the machine that graded.
    pub again: Option<String>,
}

impl Fault {
    /// Bytes of a message that are kept: it may be a panic's, of any length.
    pub const MESSAGE_BYTES: usize = 8 * 1024;

    /// Returns a fault of no single operation. The message is cut to [`Fault::MESSAGE_BYTES`].
    pub fn new(code: impl Into<String>, message: &str) -> Fault {
        Fault {
            code: code.into(),
            message: cut(message, Fault::MESSAGE_BYTES),
            line: None,
            operation: None,
            again: None,
        }
    }

    /// Adds the operation, and its line in the trace.
    pub fn at(self, line: u32, operation: impl Into<String>) -> Fault {
        Fault { line: Some(line), operation: Some(operation.into()), ..self }
    }

    /// Adds the command that reproduces it.
    pub fn again(self, command: impl Into<String>) -> Fault {
        Fault { again: Some(command.into()), ..self }
    }
}

impl Stage {
    /// Returns a stage that was run, with the results of its checks.
    pub fn grade(rule: &StageRule, checks: Vec<Check>) -> Stage {
        let passed = checks.iter().filter(|check| check.passed).count();
        let all = !checks.is_empty() && passed == checks.len();
        let points =
            if all || rule.partial { rule.points.part(passed, checks.len()) } else { Points::ZERO };
        Stage {
            name: rule.name.clone(),
            title: rule.title.clone(),
            points,
            max_points: rule.points,
            passed: all,
            checks,
            hidden: rule.hidden,
        }
    }

    /// Returns the stage of a submission that was not run.
    pub fn not_run(rule: &StageRule) -> Stage {
        Stage::grade(rule, Vec::new())
    }
}

impl Check {
    /// Returns a check that passed.
    pub fn passed(title: impl Into<String>) -> Check {
        Check { title: title.into(), passed: true, fault: None, operations: None }
    }

    /// Returns a check that students do not have, with its operations.
    pub fn hidden(self, operations: impl Into<String>) -> Check {
        Check { operations: Some(operations.into()), ..self }
    }

    /// Returns a check that failed.
    pub fn failed(title: impl Into<String>, fault: Fault) -> Check {
        Check { title: title.into(), passed: false, fault: Some(fault), operations: None }
    }
}

/// Returns at most this many bytes of a text, in whole lines
/// if it has any, with a last line that says what is missing.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let boundary = (0..=bytes).rev().find(|&end| text.is_char_boundary(end));
    let kept = &text[..boundary.unwrap_or(0)];
    let kept = kept.rfind('\n').map_or(kept, |end| &kept[..end]);
    let missing = text.len() - kept.len();
    format!("{kept}\n... and {missing} bytes more\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(partial: bool, passed: &[bool]) -> (Points, bool) {
        let rule = StageRule {
            name: "split".into(),
            title: "Split".into(),
            points: Points::whole(10),
            partial,
            hidden: false,
        };
        let checks = passed.iter().map(|&passed| Check { passed, ..Check::passed("") });
        let stage = Stage::grade(&rule, checks.collect());
        (stage.points, stage.passed)
    }

    #[test]
    fn some_checks_earn_some_points_if_the_lab_says_so() {
        assert_eq!(points(true, &[true, true, true]), (Points::whole(10), true));
        assert_eq!(points(true, &[true, false, true]), (Points::from_hundredths(666), false));
        assert_eq!(points(true, &[false]), (Points::ZERO, false));
    }

    #[test]
    fn a_stage_without_partial_points_earns_all_or_nothing() {
        assert_eq!(points(false, &[true, true]), (Points::whole(10), true));
        assert_eq!(points(false, &[true, false]), (Points::ZERO, false));
    }

    #[test]
    fn a_stage_that_was_not_run_earns_nothing() {
        assert_eq!(points(true, &[]), (Points::ZERO, false));
        assert_eq!(points(false, &[]), (Points::ZERO, false));
    }
}
