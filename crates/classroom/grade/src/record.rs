//! Everything that is known of one submission.

use crate::stage::cut;
use crate::{Digest, Key, Measure, Points, Stage, TraceResult};
use heaplab_trace::Visible;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A graded submission. The same submission, lab and harness give the same
/// record, to the byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Which format this is.
    pub schema: Schema,
    /// Whether it was graded, and if not, why.
    pub verdict: Verdict,
    /// What was handed in.
    pub submission: Submission,
    /// What it was graded by.
    pub lab: Lab,
    /// What graded it.
    pub harness: Harness,
    /// The hash of the three.
    pub key: Key,
    /// Points earned: of all stages and measures.
    pub points: Points,
    /// Points that could be earned.
    pub max_points: Points,
    /// The lab's stages, in its order. All of them are there even if nothing was
    /// run.
    pub stages: Vec<Stage>,
    /// The lab's measures, in its order. All of them are there even if nothing was
    /// run.
    pub measures: Vec<Measure>,
    /// The traces that the measures are over; empty if nothing was run.
    pub traces: Vec<TraceResult>,
    /// How it is written, as far as that is measured.
    pub style: Style,
    /// What in the submission is not allowed; or why it is not a submission.
    pub findings: Vec<Finding>,
    /// What the compiler said, cut to [`Record::COMPILER_BYTES`]; `None` if it compiled.
    pub compiler: Option<String>,
}

/// Format of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// This one: `docs/schema/heaplab.grade.v1.json`.
    #[default]
    #[serde(rename = "heaplab.grade.v1")]
    V1,
}

/// Outcome of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It was built and run; its points are what it earned.
    Graded,
    /// It contains something that is not allowed: see [`Record::findings`].
    Refused,
    /// It does not compile: see [`Record::compiler`].
    NotCompiled,
    /// Nothing in it can be taken as a submission: see [`Record::findings`].
    NotASubmission,
}

/// What was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Its name: the person who handed it in, as far as the files tell.
    pub name: String,
    /// The name in it of the one file that was taken; `None` if none was.
    pub file: Option<String>,
    /// The hash of that file; if none was taken, of everything handed in.
    pub sha256: Digest,
    /// The students who handed it in, if a platform's export names them.
    #[serde(default)]
    pub submitters: Vec<Submitter>,
    /// What is unusual about it: that it is late, or not UTF-8.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// A student, as a platform names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submitter {
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The number or name that the platform or the university gave.
    pub id: Option<String>,
}

/// What a submission was graded by: the lab's file, traces
/// and everything else that affects the points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// Its name: `1-implicit`.
    pub name: String,
    /// The hash of all of it, hidden traces too.
    pub sha256: Digest,
}

/// The program that graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harness {
    /// Its version.
    pub version: String,
    /// The hash of its sources.
    pub sha256: Digest,
}

/// How a submission is written. Fields are `None` if nothing was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// Bytes of the allocator's own value, without the machine.
    pub struct_bytes: Option<u64>,
    /// Whether `check` is written by the student, not the contract's or the starter's.
    pub check_is_own: Option<bool>,
    /// Loads that `check` made when called: a check without loads finds nothing.
    pub check_accesses: Option<u64>,
    /// Holes of the starter that are still there.
    pub holes_left: Option<u32>,
}

/// Something in a submission that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The line, from 1; `None` if it is not one place.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The finding: `extern crate`.
    pub what: String,
    /// Why it is not allowed.
    pub why: String,
}

/// Error for bytes that are not a record.
#[derive(Debug)]
pub enum BadRecord {
    /// They are not JSON of this schema.
    Json(serde_json::Error),
    /// The key is not that of the three hashes.
    Key {
        /// The record's name.
        name: String,
    },
    /// The points are not the sum of its parts.
    Points {
        /// The record's name.
        name: String,
        /// What the record says.
        said: Points,
        /// What its parts add up to.
        sum: Points,
    },
}

impl Record {
    /// How much of the compiler's output is kept.
    pub const COMPILER_BYTES: usize = 16 * 1024;

    /// Returns a record without stages, measures and
    /// traces. Fill them in, then call [`Record::add_up`].
    pub fn new(verdict: Verdict, submission: Submission, lab: Lab, harness: Harness) -> Record {
        Record {
            schema: Schema::V1,
            verdict,
            key: Key::of(submission.sha256, lab.sha256, harness.sha256),
            submission,
            lab,
            harness,
            points: Points::ZERO,
            max_points: Points::ZERO,
            stages: Vec::new(),
            measures: Vec::new(),
            traces: Vec::new(),
            style: Style::default(),
            findings: Vec::new(),
            compiler: None,
        }
    }

    /// Returns the record with points added up from its stages and measures.
    pub fn add_up(mut self) -> Record {
        (self.points, self.max_points) = self.sums();
        self
    }

    /// Reads a record, and checks that its key is that of
    /// its hashes and its points are the sum of its parts.
    ///
    /// # Errors
    /// If the bytes are not such a record, with what is wrong.
    pub fn from_json(bytes: &[u8]) -> Result<Record, BadRecord> {
        let record: Record = serde_json::from_slice(bytes).map_err(BadRecord::Json)?;
        let name = || record.submission.name.visible().into_owned();
        let hashes = (record.submission.sha256, record.lab.sha256, record.harness.sha256);
        if record.key != Key::of(hashes.0, hashes.1, hashes.2) {
            return Err(BadRecord::Key { name: name() });
        }
        let (points, max_points) = record.sums();
        for (said, sum) in [(record.points, points), (record.max_points, max_points)] {
            if said != sum {
                return Err(BadRecord::Points { name: name(), said, sum });
            }
        }
        Ok(record)
    }

    fn sums(&self) -> (Points, Points) {
        let stages = self.stages.iter().map(|stage| (stage.points, stage.max_points));
        let measures = self.measures.iter().map(|measure| (measure.points, measure.max_points));
        stages
            .chain(measures)
            .fold((Points::ZERO, Points::ZERO), |(points, max_points), (earned, all)| {
                (points + earned, max_points + all)
            })
    }

    /// Keeps the compiler's output, cut at a line's end to [`Record::COMPILER_BYTES`].
    pub fn set_compiler(&mut self, text: &str) {
        self.compiler = Some(cut(text, Record::COMPILER_BYTES));
    }
}

impl Verdict {
    /// Returns the verdict in words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Graded => "graded",
            Verdict::Refused => "refused: it contains code that is not allowed in a submission",
            Verdict::NotCompiled => "does not compile",
            Verdict::NotASubmission => "no file in it can be taken as a submission",
        }
    }

    /// Returns the verdict's name in records: `not-compiled`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Graded => "graded",
            Verdict::Refused => "refused",
            Verdict::NotCompiled => "not-compiled",
            Verdict::NotASubmission => "not-a-submission",
        }
    }
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRecord::Json(error) => write!(f, "not a record of heaplab.grade.v1: {error}"),
            BadRecord::Key { name } => write!(
                f,
                "the record of {name} was changed: its key does not match its three hashes; grade it again"
            ),
            BadRecord::Points { name, said, sum } => write!(
                f,
                "the record of {name} was changed: it says {said} points, but its parts add up to {sum}; grade it again"
            ),
        }
    }
}

impl std::error::Error for BadRecord {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, MeasureRule, StageRule};

    fn record() -> Record {
        let submission = Submission {
            name: "ada".into(),
            file: Some("lib.rs".into()),
            sha256: Digest::of(b"fn"),
            submitters: Vec::new(),
            remarks: Vec::new(),
        };
        let lab = Lab { name: "1-implicit".into(), sha256: Digest::of(b"lab") };
        let harness = Harness { version: "0.1.0".into(), sha256: Digest::of(b"harness") };
        let mut record = Record::new(Verdict::Graded, submission, lab, harness);
        let rule = StageRule {
            name: "split".into(),
            title: "Split".into(),
            points: Points::whole(6),
            partial: true,
            hidden: false,
        };
        let checks = ["a", "b", "c", "d"].map(Check::passed).into();
        record.stages = vec![Stage::grade(&rule, checks)];
        record.measures = vec![MeasureRule::classic("u", Points::from_hundredths(950)).not_run()];
        record.add_up()
    }

    #[test]
    fn points_add_up() {
        assert_eq!(record().points, Points::whole(6));
        assert_eq!(record().max_points, Points::from_hundredths(1550));
    }

    #[test]
    fn a_changed_record_is_refused() {
        let json = serde_json::to_string(&record()).unwrap();
        assert_eq!(Record::from_json(json.as_bytes()).unwrap(), record());
        let more = json.replacen(
            "\"points\":6,\"max_points\":15.5",
            "\"points\":7,\"max_points\":15.5",
            1,
        );
        assert!(matches!(Record::from_json(more.as_bytes()), Err(BadRecord::Points { .. })));
        let other = json.replace(&Digest::of(b"lab").to_string(), &Digest::of(b"x").to_string());
        assert!(matches!(Record::from_json(other.as_bytes()), Err(BadRecord::Key { .. })));
        for bad in [json.replace("grade.v1", "grade.v2"), json.replace("\"style\"", "\"stile\"")] {
            assert!(matches!(Record::from_json(bad.as_bytes()), Err(BadRecord::Json(_))), "{bad}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_line_and_say_so() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("one\ntwo\nthree\n", 9), "one\ntwo\n... and 7 bytes more\n");
        assert_eq!(cut("éééé", 3), "é\n... and 6 bytes more\n");
    }
}
