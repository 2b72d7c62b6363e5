//! Gradescope's `results.json`.
//!
//! Stages and measures are tests with a score; traces are tests without one,
//! which show where a measure was lost.
//!
//! **Who sees what.** While a test is hidden from students, Gradescope hides their total from
//! them too. The default is to say at once whether hidden traces and checks are fine, and nothing
//! else about them: so the total is seen. If all of it shall be seen after the due date, or when
//! the grades are published, set [`Options::visibility`]; the total waits as well.

use super::parts::{Outcome, Part, parts};
use super::{pretty, words};
use crate::{Hidden, Points, Record, TraceResult, Verdict, touches_per_op, utilization};
use serde::{Deserialize, Serialize};
use std::iter::repeat;

/// Time from which students see a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Never.
    Hidden,
    /// After the due date.
    AfterDueDate,
    /// When the instructor publishes the grades.
    AfterPublished,
    /// At once.
    #[default]
    Visible,
}

/// Choices of an instructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether students see what hidden traces and checks hold.
    pub hidden: Hidden,
    /// When they see their results on these. Anything but [`Visibility::Visible`] shows all of
    /// them then, whatever `hidden` is, and hides the total for the same time.
    pub visibility: Visibility,
    /// Whether figures are shown to the class.
    pub leaderboard: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { hidden: Hidden::Withheld, visibility: Visibility::Visible, leaderboard: true }
    }
}

#[derive(Serialize)]
struct Results<'a> {
    score: Points,
    output: String,
    output_format: &'static str,
    visibility: Visibility,
    stdout_visibility: Visibility,
    tests: Vec<Test>,
    leaderboard: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data: Option<Extra<'a>>,
}

#[derive(Serialize)]
struct Test {
    number: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Points>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_score: Option<Points>,
    status: &'static str,
    output: String,
    output_format: &'static str,
    visibility: Visibility,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    value: f64,
    order: &'static str,
}

/// Hashes of what the grade was made from.
#[derive(Serialize)]
struct Extra<'a> {
    key: String,
    verdict: Verdict,
    submission_sha256: String,
    lab: &'a str,
    lab_sha256: String,
    harness_version: &'a str,
    harness_sha256: String,
}

/// Returns the file for a submission.
pub fn results(record: &Record, options: &Options) -> String {
    let run = record.verdict == Verdict::Graded;
    let waits = options.visibility != Visibility::Visible && record.has_hidden();
    let seen = record.for_students(if waits { Hidden::Shown } else { options.hidden });
    let visibility = |hidden| if hidden { options.visibility } else { Visibility::Visible };
    let scored = parts(&seen);
    let are_hidden = record.stages.iter().map(|stage| stage.hidden).chain(repeat(false));
    let scored = scored.iter().zip(are_hidden);
    let tests = scored.map(|(part, hidden)| scored_test(part, visibility(hidden)));
    let traces = seen.traces.iter().zip(&record.traces);
    let traces = traces.map(|(trace, own)| trace_test(trace, visibility(own.hidden)));
    let tests = tests.chain(traces).zip(1..);
    let tests: Vec<Test> =
        tests.map(|(test, number)| Test { number: format!("{number}"), ..test }).collect();
    let output = match (run, waits) {
        (false, _) => words::why_not(record),
        (true, true) => "the points are shown later\n".to_owned(),
        (true, false) => format!("{} of {} points\n", record.points, record.max_points),
    };
    pretty(&Results {
        score: record.points,
        output,
        output_format: "text",
        visibility: Visibility::Visible,
        stdout_visibility: Visibility::Hidden,
        tests,
        leaderboard: if run && options.leaderboard && !waits {
            leaderboard(record)
        } else {
            Vec::new()
        },
        extra_data: Some(extra(record)),
    })
}

/// Returns the file to leave before anything is run, so that one always exists: no points, and why.
pub fn failing_first(message: &str) -> String {
    pretty(&Results {
        score: Points::ZERO,
        output: words::plain(message),
        output_format: "text",
        visibility: Visibility::Visible,
        stdout_visibility: Visibility::Hidden,
        tests: Vec::new(),
        leaderboard: Vec::new(),
        extra_data: None,
    })
}

fn scored_test(part: &Part<'_>, visibility: Visibility) -> Test {
    Test {
        number: String::new(),
        name: part.title.clone(),
        score: Some(part.points),
        max_score: Some(part.max_points),
        status: match part.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed | Outcome::NotRun => "failed",
        },
        output: part.text.clone(),
        output_format: "text",
        visibility,
    }
}

fn trace_test(trace: &TraceResult, visibility: Visibility) -> Test {
    let name = words::line(&trace.trace);
    Test {
        number: String::new(),
        name: if trace.hidden { name } else { format!("trace {name}") },
        score: None,
        max_score: None,
        status: if trace.valid { "passed" } else { "failed" },
        output: words::trace(trace),
        output_format: "text",
        visibility,
    }
}

fn leaderboard(record: &Record) -> Vec<Entry> {
    let entry = |name, value, order| Entry { name, value, order };
    let mut entries = vec![entry("points", record.points.as_f64(), "desc")];
    if let Ok(utilization) = utilization(&record.traces) {
        let percent = (utilization * 1e4).round() / 100.0;
        entries.push(entry("utilization, percent", percent, "desc"));
    }
    if let Ok(touches) = touches_per_op(&record.traces) {
        let touches = (touches * 100.0).round() / 100.0;
        entries.push(entry("loads and stores an operation", touches, "asc"));
    }
    entries
}

fn extra(record: &Record) -> Extra<'_> {
    Extra {
        key: record.key.to_string(),
        verdict: record.verdict,
        submission_sha256: record.submission.sha256.to_string(),
        lab: &record.lab.name,
        lab_sha256: record.lab.sha256.to_string(),
        harness_version: &record.harness.version,
        harness_sha256: record.harness.sha256.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, record, refused, secret};
    use crate::schemas::{self, is_valid};
    use proptest::prelude::*;
    use serde_json::Value;

    fn read(text: &str) -> Value {
        let value: Value = serde_json::from_str(text).unwrap();
        is_valid(&schemas::GRADESCOPE, &value);
        value
    }

    #[test]
    fn stages_and_measures_have_scores_and_traces_have_none() {
        let results = read(&results(&record(), &Options::default()));
        assert_eq!(results["score"], 21.0);
        let tests = results["tests"].as_array().unwrap();
        let scores: Vec<&Value> = tests.iter().map(|test| &test["score"]).collect();
        assert_eq!(
            scores[..4],
            [&Value::from(6), &Value::from(5), &Value::from(10), &Value::from(0)]
        );
        assert!(scores[4..].iter().all(|score| score.is_null()), "{scores:?}");
        let said = tests[1]["output"].as_str().unwrap();
        assert!(said.contains("fault[blocks] at line 3: f 0"), "{said}");
        assert!(said.contains("again: lab-1-implicit check"), "{said}");
    }

    #[test]
    fn hidden_traces_stay_secret_and_the_total_stays_visible() {
        let text = results(&secret(), &Options::default());
        let results = read(&text);
        let tests = results["tests"].as_array().unwrap();
        assert!(tests.iter().all(|test| test["visibility"] == "visible"));
        let last: Vec<[&Value; 3]> = tests[7..]
            .iter()
            .map(|test| [&test["name"], &test["status"], &test["output"]])
            .collect();
        assert_eq!(last[0], ["hidden trace 1", "failed", "at fault\n"]);
        assert_eq!(last[1], ["hidden trace 2", "passed", "fine\n"]);
        assert_eq!(results["output"], "23.50 of 41.00 points\n");
    }

    #[test]
    fn the_instructor_chooses_the_visibility_of_hidden_traces() {
        for (visibility, name) in [
            (Visibility::Hidden, "hidden"),
            (Visibility::AfterDueDate, "after_due_date"),
            (Visibility::AfterPublished, "after_published"),
        ] {
            let options = Options { visibility, ..Options::default() };
            let results = read(&results(&secret(), &options));
            let tests = results["tests"].as_array().unwrap().iter();
            let waiting: Vec<&str> = tests
                .filter(|test| test["visibility"] == name)
                .filter_map(|test| test["name"].as_str())
                .collect();
            assert_eq!(
                waiting,
                [
                    "Secret realloc (hidden)",
                    "trace secret/one.rep (hidden)",
                    "trace secret/two.rep (hidden)"
                ]
            );
            // The total waits, too.
            assert!(!results["output"].as_str().unwrap().contains("23.5"), "{results}");
            assert_eq!(results["leaderboard"], Value::Array(vec![]));
        }
    }

    #[test]
    fn a_refused_submission_has_no_points_and_says_why() {
        let results = read(&results(&refused(), &Options::default()));
        assert_eq!(
            (&results["score"], &results["leaderboard"]),
            (&Value::from(0), &Value::Array(vec![]))
        );
        let output = results["output"].as_str().unwrap();
        assert!(output.contains("line 3, column 1: extern crate: "), "{output}");
    }

    #[test]
    fn a_failing_result_can_be_written_before_grading() {
        let results = read(&failing_first("the grader did not finish"));
        assert_eq!(results["score"], 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_record_gives_a_valid_file(record in any_record()) {
            let results = read(&results(&record, &Options::default()));
            prop_assert_eq!(results["score"].as_f64(), Some(record.points.as_f64()));
        }
    }
}
