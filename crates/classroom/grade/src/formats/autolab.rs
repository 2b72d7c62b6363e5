//! Autolab's last line.
//!
//! Autolab reads the last line of the output. Before decoding the line,
//! it puts quotes around every word with a colon after it, anywhere; a
//! colon inside a text would break the line. So texts have no colons.

use super::compact;
use super::parts::parts;
use crate::{Hidden, Points, Record, Verdict, touches_per_op, utilization};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

#[derive(Serialize)]
struct Line {
    scores: Scores,
    scoreboard: Vec<f64>,
}

/// Scores in the lab's order.
struct Scores(Vec<(String, Points)>);

impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, points) in &self.0 {
            map.serialize_entry(name, points)?;
        }
        map.end()
    }
}

/// Returns the line with its line end: `{"scores":{"split":6},"scoreboard":[6]}`.
/// The scoreboard has the columns of [`SCOREBOARD`]; it is empty if a submission
/// lacks these figures, so that a missing figure does not count as one.
/// Hidden stages have numbers for names, always: an assessment's problems don't change.
pub fn last_line(record: &Record) -> String {
    let names = problems(record).into_iter();
    let scores = names.zip(parts(record)).map(|(name, part)| (name, part.points));
    let line = Line {
        scores: Scores(scores.collect()),
        scoreboard: scoreboard(record).unwrap_or_default(),
    };
    compact(&line) + "\n"
}

/// The columns of the scoreboard, and whether less is better.
pub const SCOREBOARD: [(&str, bool); 3] =
    [("Points", false), ("Utilization, percent", false), ("Loads and stores an operation", true)];

/// Returns the names of the problems, stages first: what an assessment's configuration must list.
/// Each is its stage's or measure's name, with every character replaced that could confuse Autolab.
pub fn problems(record: &Record) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in parts(&record.for_students(Hidden::Withheld)) {
        let name = problem(part.name);
        let mut numbered = name.clone();
        let mut number = 1;
        while names.contains(&numbered) {
            number += 1;
            numbered = format!("{name} {number}");
        }
        names.push(numbered);
    }
    names
}

fn problem(name: &str) -> String {
    let harmless = |c: char| match c {
        c if c.is_alphanumeric() || " -_.()".contains(c) => c,
        _ => '-',
    };
    let name: String = name.trim().chars().map(harmless).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

fn scoreboard(record: &Record) -> Option<Vec<f64>> {
    if record.verdict != Verdict::Graded {
        return None;
    }
    let utilization = utilization(&record.traces).ok()?;
    let touches = touches_per_op(&record.traces).ok()?;
    let hundredths = |value: f64| (value * 100.0).round() / 100.0;
    Some(vec![record.points.as_f64(), hundredths(utilization * 100.0), hundredths(touches)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, record, refused, sound};
    use crate::schemas::{self, is_valid};
    use proptest::prelude::*;
    use serde_json::Value;

    /// Puts quotes around each word that has a colon after it, as Autolab does before it decodes.
    fn quoted(line: &str) -> String {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut out = String::new();
        for piece in line.split_inclusive(':') {
            let before = piece.strip_suffix(':').unwrap_or(piece);
            let start = before.len() - before.chars().rev().take_while(|&c| word(c)).count();
            if piece.ends_with(':') && start < before.len() {
                out += &format!("{}\"{}\":", &before[..start], &before[start..])
            } else {
                out += piece
            }
        }
        out
    }

    fn read(line: &str) -> Value {
        assert_eq!(line.find('\n'), Some(line.len() - 1), "{line:?}");
        let value: Value = serde_json::from_str(line).unwrap();
        let quoted = quoted(line);
        assert_eq!(serde_json::from_str::<Value>(&quoted).unwrap(), value, "{quoted}");
        is_valid(&schemas::AUTOLAB, &value);
        value
    }

    #[test]
    fn autolabs_quoting_breaks_a_text_with_a_colon() {
        assert_eq!(quoted(r#"{scores:{"a":1}}"#), r#"{"scores":{"a":1}}"#);
        assert_eq!(quoted(r#"{"note":"see: x"}"#), r#"{"note":""see": x"}"#);
    }

    #[test]
    fn every_stage_and_measure_is_a_problem() {
        let line = last_line(&record());
        assert_eq!(
            line,
            "{\"scores\":{\"place\":6,\"coalesce\":5,\"utilization\":10,\"work\":0},\"scoreboard\":[]}\n"
        );
        let line = last_line(&sound());
        assert_eq!(read(&line)["scoreboard"], serde_json::json!([36.0, 75.0, 3.0]));
        assert_eq!(read(&last_line(&refused()))["scoreboard"], serde_json::json!([]));
    }

    #[test]
    fn problems_whose_names_become_equal_are_numbered() {
        let mut record = record();
        record.stages[0].name = "a:b".into();
        record.stages[1].name = "a/b".into();
        assert_eq!(problems(&record)[..2], ["a-b", "a-b 2"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_record_gives_a_line_that_autolab_reads(record in any_record()) {
            let scores = read(&last_line(&record))["scores"].clone();
            prop_assert_eq!(scores.as_object().map(|scores| scores.len()), Some(record.stages.len() + record.measures.len()));
        }
    }
}
