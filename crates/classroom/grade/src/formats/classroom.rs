//! GitHub Classroom's step output.
//!
//! Its stock graders give a test all its points or none. A
//! step that sets `result` itself may give part of the points.

use super::compact;
use super::parts::{Outcome, parts};
use crate::{Hidden, Points, Record, Verdict};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

#[derive(Serialize)]
struct Document {
    version: u8,
    status: &'static str,
    max_score: Points,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    score: Points,
    message: String,
}

/// Returns the line for the file that `GITHUB_OUTPUT` names: `result=` and the document in base64.
pub fn output(record: &Record, hidden: Hidden) -> String {
    format!("result={}\n", BASE64_STANDARD.encode(document(record, hidden)))
}

/// Returns the line to leave if grading fails: no points out of `max_points`, and why.
pub fn failing_first(message: &str, max_points: Points) -> String {
    let document = compact(&Document {
        version: 1,
        status: "error",
        max_score: max_points,
        tests: vec![Test {
            name: "the grader".to_owned(),
            status: "error",
            score: Points::ZERO,
            message: super::words::plain(message),
        }],
    });
    format!("result={}\n", BASE64_STANDARD.encode(document))
}

/// Returns the document, as it is before base64.
pub fn document(record: &Record, hidden: Hidden) -> String {
    let record = &record.for_students(hidden);
    let mut tests: Vec<Test> = parts(record)
        .into_iter()
        .map(|part| Test {
            name: part.title,
            status: match part.outcome {
                Outcome::Passed => "pass",
                Outcome::Failed => "fail",
                Outcome::NotRun => "error",
            },
            score: part.points,
            message: part.text,
        })
        .collect();
    if let (false, Some(first)) = (record.verdict == Verdict::Graded, tests.first_mut()) {
        // The format has no field for a message about the whole.
        first.message = super::words::why_not(record);
    }
    compact(&Document {
        version: 1,
        status: match (record.verdict, record.points == record.max_points) {
            (Verdict::Graded, true) => "pass",
            (Verdict::Graded, false) => "fail",
            _ => "error",
        },
        max_score: record.max_points,
        tests,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, not_compiled, record, sound};
    use crate::schemas::{self, is_valid};
    use proptest::prelude::*;
    use serde_json::Value;

    fn read(line: &str) -> Value {
        let coded = line.strip_prefix("result=").unwrap().strip_suffix('\n').unwrap();
        let value: Value = serde_json::from_slice(&BASE64_STANDARD.decode(coded).unwrap()).unwrap();
        is_valid(&schemas::CLASSROOM, &value);
        value
    }

    #[test]
    fn a_part_of_the_points_can_be_earned() {
        let document = read(&output(&record(), Hidden::Withheld));
        assert_eq!(
            (&document["status"], &document["max_score"]),
            (&Value::from("fail"), &Value::from(36))
        );
        let coalesce = &document["tests"][1];
        assert_eq!(
            (&coalesce["status"], &coalesce["score"]),
            (&Value::from("fail"), &Value::from(5))
        );
    }

    #[test]
    fn full_points_pass_and_a_failed_build_is_an_error_with_its_reason() {
        assert_eq!(read(&output(&sound(), Hidden::Withheld))["status"], "pass");
        let document = read(&output(&not_compiled(), Hidden::Withheld));
        assert_eq!(
            (&document["status"], &document["tests"][1]["status"]),
            (&Value::from("error"), &Value::from("error"))
        );
        let message = document["tests"][0]["message"].as_str().unwrap();
        assert!(message.contains("error[E0425]"), "{message}");
    }

    #[test]
    fn a_failing_output_can_be_written_before_grading() {
        let document = read(&failing_first("the grader did not finish\n", Points::whole(36)));
        assert_eq!(
            (&document["status"], &document["max_score"]),
            (&Value::from("error"), &Value::from(36))
        );
        assert_eq!(document["tests"][0]["score"], 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_record_gives_a_valid_output(record in any_record()) {
            let document = read(&output(&record, Hidden::Withheld));
            let scores = document["tests"].as_array().unwrap().iter();
            let sum: f64 = scores.map(|test| test["score"].as_f64().unwrap()).sum();
            prop_assert!((sum - record.points.as_f64()).abs() < 1e-6);
        }
    }
}
