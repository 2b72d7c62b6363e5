//! A lab as defined by its `lab.toml`: stages, holes, points.

use crate::lab_error::LabError;
use crate::{CLab, Language};
use serde::Deserialize;
use std::collections::BTreeSet;

/// A lab.
///
/// ```text
///  holes   h1      h2      h3            what a student fills in, in this order
///          |       |       |
///  stages  s1 s2   s3      s4 s5         each needs one hole and all before it
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// The name of its folder: `1-implicit`.
    pub name: String,
    /// Its title in print.
    pub title: String,
    /// The language of submissions.
    #[serde(default)]
    pub language: Language,
    /// What is said of submissions in C; `None` if they are in Rust.
    #[serde(default)]
    pub c: Option<CLab>,
    /// The crate whose source it is made from: a folder of `crates`. Empty for a lab in C.
    #[serde(default)]
    pub reference: String,
    /// The crate whose source shows full marks; `None` for the same.
    #[serde(default)]
    pub solution: Option<String>,
    /// Functions that the reference leaves to the contract's default, and that
    /// the student writes out.
    #[serde(default)]
    pub contract: Vec<String>,
    /// Functions and other items without a hole that are also in the student's
    /// file, and files whose docs it has: `malloc`, `Class`, `list.rs`.
    #[serde(default)]
    pub shown: Vec<String>,
    /// The holes of the starter, in the order to fill them in.
    #[serde(default, rename = "hole")]
    pub holes: Vec<Hole>,
    /// The goals, one after the other.
    #[serde(rename = "stage")]
    pub stages: Vec<Stage>,
    /// What is measured besides, on whole traces.
    pub grade: Grading,
}

/// A piece of the reference that the starter does not have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// Its name.
    pub name: String,
    /// The sections of the reference that it leaves out.
    pub anchors: Vec<String>,
    /// What to write there: the text of the `todo!`.
    pub task: String,
    /// The tasks for its other places, in their order: one for each function
    /// or section. Without a text, a place names the hole that it belongs to.
    #[serde(default)]
    pub also: Vec<String>,
    /// Replacement for a section that is not made of whole
    /// functions; by default a `todo!` with the task.
    #[serde(default)]
    pub put: Option<String>,
}

/// A goal, with the checks that show it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name, one word.
    pub name: String,
    /// Its title, a few words.
    pub title: String,
    /// The last hole it needs; `None` if it needs none.
    #[serde(default)]
    pub needs: Option<String>,
    /// Points for it.
    pub points: u32,
    /// Whether a part of its checks earns a part of its points.
    #[serde(default = "yes")]
    pub partial: bool,
    /// What to do.
    pub task: String,
    /// What to read.
    pub chapter: String,
    /// What a student has learned when the stage is finished, in at most three lines.
    #[serde(default)]
    pub learned: String,
    /// Hints, step by step: a question, a pointer, the shape of the answer.
    #[serde(default)]
    pub hints: Vec<String>,
    /// The checks that show it is reached.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
    /// Whether students do not have it: it comes from a `hidden.toml`.
    #[serde(skip)]
    pub hidden: bool,
}

/// A few operations, and the expected state of the heap after them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What it shows, in a few words.
    pub title: String,
    /// Policy words of the heap; empty for the default.
    #[serde(default)]
    pub words: String,
    /// Alignment of payloads, in bytes: 8 or 16.
    #[serde(default = "sixteen")]
    pub align: u32,
    /// The operations, with commas between; empty if there is a file. `a 0..9 24` stands for ten
    /// operations, one for each id.
    #[serde(default)]
    pub trace: Option<String>,
    /// A trace file, by its path below `labs/traces`.
    #[serde(default)]
    pub file: Option<String>,
    /// The call of `sbrk`, counted from 0, from which on every call fails.
    #[serde(default)]
    pub refuse_sbrk_from: Option<u32>,
    /// Bytes above which `sbrk` fails; 1 GiB by default.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether calls may fail if the machine refuses memory.
    #[serde(default)]
    pub may_fail: bool,
    /// Whether the heap is also called with bad pointers, which it must refuse: a payload that is
    /// free, an address inside a payload.
    #[serde(default)]
    pub bad_pointers: bool,
    /// The expected blocks, by rising address, as in `32 free,
    /// 48 allocated`; `None` if the handout leaves that open.
    #[serde(default)]
    pub blocks: Option<String>,
    /// The expected entries of the free lists, as in `0: 0x10010 0x10040; 3: 0x10100`.
    #[serde(default)]
    pub lists: Option<String>,
    /// The expected size of the heap segment, in bytes.
    #[serde(default)]
    pub heap_bytes: Option<u32>,
    /// The most words that the heap may read and write in all operations together; `None` if
    /// the handout leaves that open.
    #[serde(default)]
    pub most_touches: Option<u64>,
}

fn yes() -> bool {
    true
}

fn sixteen() -> u32 {
    16
}

/// The measures on whole traces.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// Alignment of payloads, in bytes: 8 or 16.
    #[serde(default = "sixteen")]
    pub align: u32,
    /// Policy words of the heap that is measured.
    #[serde(default)]
    pub words: String,
    /// Trace files and folders of them, by their paths below the folder `traces` of the lab, or
    /// below `labs/traces`.
    #[serde(default)]
    pub traces: Vec<String>,
    /// The measures.
    #[serde(default, rename = "measure")]
    pub measures: Vec<Measure>,
}

/// A measure, and the points for it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// What is measured.
    pub what: What,
    /// Points, at most.
    pub points: u32,
    /// The value that earns nothing.
    pub none: f64,
    /// The value that earns all points; in between they are in proportion.
    pub full: f64,
    /// Whether `none` and `full` are multiples of what the lab's reference reaches; only in C.
    #[serde(default)]
    pub relative: bool,
}

/// A quantity to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Peak payload over heap size, the mean over the
    /// traces; a trace on which the heap fails counts 0.
    Utilization,
    /// Words of memory read and written by the allocator for each operation, the
    /// geometric mean over the traces: fewer are better.
    TouchesPerOp,
    /// Operations a second over those of the reference, measured alternately.
    /// It depends on the machine, so it is measured only on demand.
    Throughput,
}

impl Lab {
    /// Parses the text of a `lab.toml`.
    ///
    /// # Errors
    /// If the text is not TOML, has an unknown field or lacks
    /// one, with the line; or if its parts do not fit together.
    pub fn parse(text: &str) -> Result<Lab, LabError> {
        let lab: Lab = toml::from_str(text).map_err(|error| LabError::new(error.to_string()))?;
        lab.check()?;
        Ok(lab)
    }

    /// Returns the number of holes that must be filled for a stage.
    pub fn holes_needed(&self, stage: &Stage) -> usize {
        let needs = stage.needs.as_deref();
        let place = self.holes.iter().position(|hole| Some(hole.name.as_str()) == needs);
        place.map_or(0, |index| index + 1)
    }

    /// Returns the crates that a lab in Rust is made from.
    pub fn references(&self) -> Vec<&str> {
        let all = [Some(&self.reference), self.solution.as_ref()].into_iter().flatten();
        all.map(String::as_str).filter(|name| !name.is_empty()).collect()
    }

    /// Returns the points of all stages and measures together.
    pub fn max_points(&self) -> u32 {
        let stages = self.stages.iter().map(|stage| stage.points);
        let measures = self.grade.measures.iter().map(|measure| measure.points);
        stages.chain(measures).sum()
    }

    pub(crate) fn check(&self) -> Result<(), LabError> {
        all_different("hole", self.holes.iter().map(|hole| &hole.name))?;
        all_different("stage", self.stages.iter().map(|stage| &stage.name))?;
        all_different("measure", self.grade.measures.iter().map(|one| &one.name))?;
        alignment("[grade]", self.grade.align)?;
        self.check_language()?;
        for stage in &self.stages {
            let name = format!("stage `{}`", stage.name);
            if let Some(hole) = &stage.needs
                && !self.holes.iter().any(|known| known.name == *hole)
            {
                return Err(LabError::new(format!(
                    "{name} needs the hole `{hole}`, which is not defined"
                )));
            }
            for check in &stage.checks {
                let name = format!("{name}, check `{}`", check.title);
                alignment(&name, check.align)?;
                if check.trace.is_some() == check.file.is_some() {
                    return Err(LabError::new(format!("{name}: give either `trace` or `file`")));
                }
            }
        }
        for measure in &self.grade.measures {
            let Measure { name, none, full, .. } = measure;
            if !(none.is_finite() && full.is_finite()) || none == full {
                return Err(LabError::new(format!(
                    "measure `{name}`: `none` and `full` must be different numbers"
                )));
            }
        }
        Ok(())
    }
}

impl Lab {
    fn measures_speed(&self) -> bool {
        self.grade.measures.iter().any(|measure| measure.what == What::Throughput)
    }

    /// Checks that a lab has what its language needs, and nothing of the other.
    fn check_language(&self) -> Result<(), LabError> {
        let wrong = |what: &str| Err(LabError::new(what.to_owned()));
        let is_relative = self.grade.measures.iter().any(|measure| measure.relative);
        match (self.language, &self.c) {
            (Language::Rust, Some(_)) => wrong("[c]: it needs language = \"c\""),
            (Language::Rust, None) if self.reference.is_empty() => {
                wrong("missing field `reference`: the crate that the lab is made from")
            }
            (Language::Rust, None) if is_relative => {
                wrong("`relative` is for measures of a lab in C")
            }
            (Language::Rust, None) => Ok(()),
            (Language::C, None) => wrong("language = \"c\" needs a table [c]"),
            (Language::C, Some(_)) if !self.reference.is_empty() || !self.holes.is_empty() => {
                wrong("a lab in C has no `reference` and no holes: its reference is in [c]")
            }
            (Language::C, Some(c)) if c.reference.is_none() && is_relative => {
                wrong("a measure that is `relative` needs a `reference` in [c]")
            }
            (Language::C, Some(c)) if c.reference.is_none() && self.measures_speed() => {
                wrong("a measure of `throughput` needs a `reference` in [c]")
            }
            (Language::C, Some(c)) => c.check(),
        }
    }
}

fn all_different<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), LabError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(LabError::new(format!("there are two {what}s `{name}`")));
        }
    }
    Ok(())
}

fn alignment(of: &str, bytes: u32) -> Result<(), LabError> {
    match bytes {
        8 | 16 => Ok(()),
        _ => Err(LabError::new(format!("{of}: an alignment is 8 or 16, not {bytes}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "1-implicit"
        title = "The implicit list"
        reference = "implicit"
        [[hole]]
        name = "tags"
        anchors = ["mark_free"]
        task = "write both tags"
        [[stage]]
        name = "empty-heap"
        title = "The empty heap"
        needs = "tags"
        points = 40
        task = "fill in tags"
        chapter = "CS:APP 9.9.6"
        [[stage.check]]
        title = "one free block"
        trace = ""
        blocks = "4096 free"
        [grade]
        traces = ["classic"]
        [[grade.measure]]
        name = "work"
        what = "touches-per-op"
        points = 60
        none = 400
        full = 60
    "#;

    #[test]
    fn a_small_lab_can_be_parsed() {
        let lab = Lab::parse(SMALL).unwrap();
        assert_eq!(lab.holes_needed(&lab.stages[0]), 1);
        assert_eq!(lab.max_points(), 100);
        assert_eq!(lab.stages[0].checks[0].align, 16);
        assert_eq!(lab.grade.measures[0].what, What::TouchesPerOp);
    }

    #[test]
    fn a_lab_in_c_has_a_table_of_its_own() {
        let c = SMALL
            .replace("reference = \"implicit\"", "language = \"c\"\nc.reference = \"ref.c\"")
            .replace("needs = \"tags\"", "");
        let (hole, rest) = (c.find("[[hole]]").unwrap(), c.find("[[stage]]").unwrap());
        let c = format!("{}{}", &c[..hole], &c[rest..]);
        let lab = Lab::parse(&c).unwrap();
        let table = lab.c.unwrap();
        assert_eq!((lab.language, &*table.file), (Language::C, "mm.c"));
        let error =
            |from: &str, to: &str| Lab::parse(&c.replace(from, to)).unwrap_err().to_string();
        assert!(error("ref.c", "../ref.c").contains("not the name of a file"));
        assert!(error("c.reference = \"ref.c\"", "").contains("needs a table [c]"));
        assert!(error("language = \"c\"", "").contains("it needs language"));
        assert!(Lab::parse(&c.replace("touches-per-op", "throughput")).is_ok());
        let without = c.replace("c.reference = \"ref.c\"", "c.file = \"mm.c\"");
        let without = Lab::parse(&without.replace("touches-per-op", "throughput"));
        assert!(without.unwrap_err().to_string().contains("needs a `reference`"));
        assert!(error("ref.c\"", "ref.c\"\nc.flags = [\"mm.c\"]").contains("not a flag"));
        assert!(error("ref.c\"", "ref.c\"\nc.flags = [\"-m32\"]").contains("64-bit words only"));
    }

    #[test]
    fn inconsistent_definitions_are_refused_with_the_reason() {
        let error = |from: &str, to: &str| {
            assert!(SMALL.contains(from));
            Lab::parse(&SMALL.replace(from, to)).unwrap_err().to_string()
        };
        assert!(error("needs = \"tags\"", "needs = \"rags\"").contains("needs the hole `rags`"));
        assert!(error("points = 40", "points = 40\nprice = 3").contains("unknown field `price`"));
        assert!(error("full = 60", "full = 400").contains("measure `work`"));
        assert!(error("trace = \"\"", "").contains("`trace` or `file`"));
        assert!(error("trace = \"\"", "trace = \"\"\nalign = 4").contains("8 or 16, not 4"));
    }
}
