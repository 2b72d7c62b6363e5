//! A class that hands in C, hostile submissions among it: each gets a record with the right
//! verdict, no hostile one has more points than the same file without the attack, and grading again
//! gives the same bytes.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

mod c_submissions;

use c_submissions::{ALL, Submission, TIMED};
use heaplab_grading_tests::{grade, workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// A lab in C that is quick to grade, and a class for it.
struct Class {
    folder: TempDir,
}

impl Class {
    /// Writes a lab with the checks of cmu-classic, and these submissions.
    fn of<'s>(traces: &str, submissions: impl Iterator<Item = &'s Submission>) -> Class {
        let class = Class { folder: tempfile::tempdir().unwrap() };
        let lab = class.path("quick-c");
        let of_classic = workspace().join("labs/c/cmu-classic");
        let reference = fs::read_to_string(of_classic.join("reference.c")).unwrap();
        let definition = fs::read_to_string(of_classic.join("lab.toml")).unwrap();
        let definition = definition
            .replace("name = \"cmu-classic\"", "name = \"quick-c\"")
            .replace("traces = [\"classic\"]", &format!("traces = [{traces}]"));
        fs::create_dir(&lab).unwrap();
        fs::write(lab.join("lab.toml"), definition).unwrap();
        fs::write(lab.join("reference.c"), &reference).unwrap();
        fs::create_dir(class.path("handed-in")).unwrap();
        for submission in submissions {
            let file = class.path("handed-in").join(format!("{}.c", submission.name));
            fs::write(file, submission.source(&reference)).unwrap();
        }
        class
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Grades the class to a folder of this name, and returns the records.
    fn grade(&self, out: &str) -> BTreeMap<String, Value> {
        self.grade_with(out, &[])
    }

    fn grade_with(&self, out: &str, options: &[&str]) -> BTreeMap<String, Value> {
        let lab = self.path("quick-c").display().to_string();
        grade(PROGRAM, &lab, &self.path("handed-in"), &self.path(out), options)
    }

    /// Has the lab measure only how fast a submission is.
    fn measure_only_speed(&self) {
        let path = self.path("quick-c").join("lab.toml");
        let definition = fs::read_to_string(&path).unwrap();
        let without_measures = definition.split("[[grade.measure]]").next().unwrap();
        let speed = "[[grade.measure]]\nname = \"speed\"\nwhat = \"throughput\"\npoints = 50\n\
                     none = 0.1\nfull = 100.1\n";
        fs::write(&path, format!("{without_measures}{speed}")).unwrap();
    }
}

/// Returns all files below a folder, with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(
                files(&path).into_iter().map(|(inner, all)| (format!("{name}/{inner}"), all)),
            );
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

fn points(record: &Value) -> f64 {
    record["points"].as_f64().unwrap()
}

/// Returns all faults of a record, as `code: message`.
fn faults(record: &Value) -> Vec<String> {
    let stages = record["stages"].as_array().unwrap().iter();
    let checks = stages.flat_map(|stage| stage["checks"].as_array().unwrap());
    let all = checks.chain(record["traces"].as_array().unwrap()).map(|one| &one["fault"]);
    let text = |fault: &Value| {
        let code = fault["code"].as_str()?;
        Some(format!("{code}: {}", fault["message"].as_str().unwrap_or_default()))
    };
    all.filter_map(text).collect()
}

/// Checks that each record is as its submission says.
fn expect(records: &BTreeMap<String, Value>) {
    let honest = points(&records["honest"]);
    let mut wrong = String::new();
    for (name, record) in records {
        let submission = ALL.iter().find(|one| one.name == name).unwrap();
        let own = points(record);
        let said = format!("{:?} {} {}", faults(record), record["findings"], record["compiler"]);
        if record["verdict"] != submission.verdict
            || own > honest
            || (own == honest) != submission.is_as_honest
            || !said.contains(submission.says)
            || record.to_string().contains("root:x:0")
        {
            let start: String = said.chars().take(600).collect();
            wrong += &format!("{name}: {}, {own} points; it says {start}\n", record["verdict"]);
        }
    }
    assert!(honest > 60.0 && wrong.is_empty(), "the honest one has {honest}\n{wrong}");
}

/// The lines of a fault are those of the student's file; nothing is compiled twice for it.
#[test]
fn an_honest_an_unsound_and_a_hostile_submission() {
    let some = ["honest", "crashes", "calls-mmap"];
    let class = Class::of("", ALL.iter().filter(|one| some.contains(&one.name)));
    // Without traces there is nothing to measure, and so nothing to be relative to.
    let path = class.path("quick-c").join("lab.toml");
    let definition = fs::read_to_string(&path).unwrap();
    let without_measures = definition.split("[[grade.measure]]").next().unwrap();
    fs::write(&path, without_measures).unwrap();
    let records = class.grade("grades");
    assert_eq!(points(&records["honest"]), 50.0, "{:#}", records["honest"]);
    assert_eq!(records["calls-mmap"]["verdict"], "refused");
    let seen = faults(&records["crashes"]).join("\n");
    assert!(seen.contains("at ./mm.c:") || seen.contains("at mm.c:"), "{seen}");
    assert!(points(&records["crashes"]) < 50.0);
}

/// Returns how fast a submission is beside the reference; none if it has no speed.
fn speed(record: &Value) -> Option<f64> {
    record["measures"][0]["value"].as_f64()
}

/// Grades these attacks on the timed run. None is faster than the honest submission, beyond what
/// two measurements differ by; those that do other things where they are timed have no speed.
fn expect_no_gain(names: &[&str]) {
    let class =
        Class::of("\"classic/random.rep\"", TIMED.iter().filter(|one| names.contains(&one.name)));
    class.measure_only_speed();
    let records = class.grade_with("grades", &["--seconds"]);
    // The reference is the honest one.
    let honest = records.get("honest").map_or(1.0, |record| speed(record).unwrap());
    assert!((0.5..2.0).contains(&honest), "{honest}");
    for (name, record) in &records {
        let submission = TIMED.iter().find(|one| one.name == name).unwrap();
        assert_eq!(record["verdict"], submission.verdict, "{name}: {record:#}");
        let own = speed(record);
        println!("{name}: {own:?}");
        assert!(own.is_none_or(|own| own < honest * 1.5), "{name}: {own:?}, {honest}");
        if name.contains("answers-when") || name.contains("exits") || name.contains("forges") {
            assert_eq!(own, None, "{name}");
        }
    }
}

/// What an attack does in the timed run changes no other submission, and earns nothing.
#[test]
fn code_that_is_another_where_it_is_timed_has_no_speed() {
    expect_no_gain(&["other-answers-when-timed"]);
}

#[test]
#[ignore = "a class of attacks: .ci/c-class"]
fn attacks_on_the_timed_run_gain_nothing() {
    expect_no_gain(&TIMED.map(|one| one.name));
}

/// Twice graded, byte for byte the same.
#[test]
#[ignore = "a whole class, twice: .ci/c-class"]
fn a_class_with_hostile_submissions_is_graded_twice() {
    assert!(ALL.len() >= 20);
    let class = Class::of("\"classic/random.rep\"", ALL.iter());
    let records = class.grade("first");
    assert_eq!(records.len(), ALL.len());
    expect(&records);
    class.grade("second");
    let [first, second] = ["first", "second"].map(|out| files(&class.path(out)));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{name} differs");
    }
}
