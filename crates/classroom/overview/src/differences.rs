//! What grading again changed: who gained or lost points, and at which check.

mod show;

use heaplab_grade::{Digest, Measure, Points, Record, Stage, Verdict};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What differs between two gradings of a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Differences {
    /// Name of the format, for JSON.
    schema: &'static str,
    /// Whether the labs differ.
    pub other_lab: bool,
    /// Whether the harnesses differ.
    pub other_harness: bool,
    /// The submissions whose results differ, those that lost most first.
    pub changed: Vec<Difference>,
    /// How many submissions have the same results.
    pub same: usize,
    /// The submissions that only the first grading has.
    pub only_before: Vec<String>,
    /// The submissions that only the second grading has.
    pub only_after: Vec<String>,
}

/// A submission whose results differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The submission's name.
    pub name: String,
    /// Its points before.
    pub before: Points,
    /// Its points now.
    pub after: Points,
    /// Its verdict before.
    pub verdict_before: Verdict,
    /// Its verdict now.
    pub verdict_after: Verdict,
    /// Whether another file was handed in.
    pub other_file: bool,
    /// The stages and measures that differ.
    pub parts: Vec<PartChange>,
}

/// A stage or a measure whose result differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartChange {
    /// Its name: `stage split`, `measure work`.
    pub part: String,
    /// Its points before; `None` if it was not there.
    pub before: Option<Points>,
    /// Its points now; `None` if it is not there any more.
    pub after: Option<Points>,
    /// A measure's value before.
    pub value_before: Option<f64>,
    /// A measure's value now.
    pub value_after: Option<f64>,
    /// A stage's checks that differ.
    pub checks: Vec<CheckChange>,
}

/// A check whose outcome differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckChange {
    /// What it checks.
    pub title: String,
    /// How it ended before: `passed`, or the fault's code; `None` if it was not run.
    pub before: Option<String>,
    /// How it ends now.
    pub after: Option<String>,
}

impl Differences {
    /// Compares two gradings of a class. Submissions are the same if their names are.
    pub fn between(before: &[Record], after: &[Record]) -> Differences {
        let by_name = |records: &'_ [Record]| -> BTreeMap<String, usize> {
            let names = records.iter().enumerate();
            names.map(|(index, record)| (record.submission.name.clone(), index)).collect()
        };
        let (names_before, names_after) = (by_name(before), by_name(after));
        let hashes = |records: &[Record], of: fn(&Record) -> Digest| -> BTreeSet<Digest> {
            records.iter().map(of).collect()
        };
        let differ = |of: fn(&Record) -> Digest| hashes(before, of) != hashes(after, of);
        let mut differences = Differences {
            schema: "heaplab.grade-diff.v1",
            other_lab: differ(|record| record.lab.sha256),
            other_harness: differ(|record| record.harness.sha256),
            changed: Vec::new(),
            same: 0,
            only_before: missing(&names_before, &names_after),
            only_after: missing(&names_after, &names_before),
        };
        for (name, &index) in &names_before {
            let Some(&other) = names_after.get(name) else { continue };
            match Difference::between(&before[index], &after[other]) {
                Some(difference) => differences.changed.push(difference),
                None => differences.same += 1,
            }
        }
        let gain = |one: &Difference| {
            i128::from(one.after.hundredths()) - i128::from(one.before.hundredths())
        };
        differences.changed.sort_by_key(gain);
        differences
    }

    /// Returns how many submissions have more points, and how many have fewer.
    pub fn gained_and_lost(&self) -> (usize, usize) {
        let gained = self.changed.iter().filter(|one| one.after > one.before).count();
        let lost = self.changed.iter().filter(|one| one.after < one.before).count();
        (gained, lost)
    }
}

fn missing(some: &BTreeMap<String, usize>, others: &BTreeMap<String, usize>) -> Vec<String> {
    some.keys().filter(|name| !others.contains_key(*name)).cloned().collect()
}

impl Difference {
    fn between(before: &Record, after: &Record) -> Option<Difference> {
        let parts = [stages(before, after), measures(before, after)].concat();
        let other_file = before.submission.sha256 != after.submission.sha256;
        let is_same = parts.is_empty()
            && before.points == after.points
            && before.max_points == after.max_points
            && before.verdict == after.verdict;
        (!is_same).then(|| Difference {
            name: before.submission.name.clone(),
            before: before.points,
            after: after.points,
            verdict_before: before.verdict,
            verdict_after: after.verdict,
            other_file,
            parts,
        })
    }
}

/// Returns the names of both, in the order of the second, then those that only the first has.
fn names_of<'a, T>(before: &'a [T], after: &'a [T], name: fn(&T) -> &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = after.iter().map(name).collect();
    for one in before {
        if !names.contains(&name(one)) {
            names.push(name(one));
        }
    }
    names
}

fn stages(before: &Record, after: &Record) -> Vec<PartChange> {
    let names = names_of(&before.stages, &after.stages, |stage| &stage.name);
    let change = |name: &str| {
        let of = |record: &'_ Record| record.stages.iter().position(|stage| stage.name == name);
        let (one, other) =
            (of(before).map(|at| &before.stages[at]), of(after).map(|at| &after.stages[at]));
        let checks = checks(one, other);
        let points = [one, other].map(|stage| stage.map(|stage| stage.points));
        (points[0] != points[1] || !checks.is_empty()).then(|| PartChange {
            part: format!("stage {name}"),
            before: points[0],
            after: points[1],
            value_before: None,
            value_after: None,
            checks,
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// Compares checks by their places and titles: a lab may have two checks of one title.
fn checks(before: Option<&Stage>, after: Option<&Stage>) -> Vec<CheckChange> {
    let outcomes = |stage: Option<&Stage>| -> Vec<((String, usize), String)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut outcomes = Vec::new();
        for check in stage.map_or(&[][..], |stage| &stage.checks) {
            let count = counts.entry(&check.title).or_insert(0);
            *count += 1;
            let fault = check.fault.as_ref().map(|fault| fault.code.clone());
            let outcome =
                if check.passed { "passed".to_owned() } else { fault.unwrap_or_default() };
            outcomes.push(((check.title.clone(), *count), outcome));
        }
        outcomes
    };
    let (before, after) = (outcomes(before), outcomes(after));
    let find = |outcomes: &[((String, usize), String)], key: &(String, usize)| {
        let found = outcomes.iter().find(|(other, _)| other == key);
        found.map(|(_, outcome)| outcome.clone())
    };
    let gone = before.iter().filter(|(key, _)| find(&after, key).is_none());
    let keys = after.iter().chain(gone).map(|(key, _)| key);
    let changes = keys.map(|key| CheckChange {
        title: key.0.clone(),
        before: find(&before, key),
        after: find(&after, key),
    });
    changes.filter(|change| change.before != change.after).collect()
}

fn measures(before: &Record, after: &Record) -> Vec<PartChange> {
    let names = names_of(&before.measures, &after.measures, |measure| &measure.name);
    let change = |name: &str| {
        let find = |measures: &'_ [Measure]| -> Option<(Points, Option<f64>)> {
            let found = measures.iter().find(|measure| measure.name == name);
            found.map(|measure| (measure.points, measure.value))
        };
        let (one, other) = (find(&before.measures), find(&after.measures));
        (one != other).then(|| PartChange {
            part: format!("measure {name}"),
            before: one.map(|(points, _)| points),
            after: other.map(|(points, _)| points),
            value_before: one.and_then(|(_, value)| value),
            value_after: other.and_then(|(_, value)| value),
            checks: Vec::new(),
        })
    };
    names.into_iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{class, record};

    #[test]
    fn equal_gradings_do_not_differ() {
        let class = class();
        let differences = Differences::between(&class, &class);
        assert_eq!((differences.same, differences.changed.len()), (class.len(), 0));
        assert!(!differences.other_lab && !differences.other_harness);
    }

    #[test]
    fn who_lost_most_comes_first_with_the_checks() {
        let before = [record("ada", 4, 0.5), record("bob", 4, 0.5), record("eve", 1, 0.5)];
        let mut after = [record("ada", 3, 0.5), record("bob", 1, 0.5), record("eve", 1, 0.75)];
        after[2].harness.sha256 = Digest::of(b"another");
        let differences = Differences::between(&before, &after);
        let names: Vec<&str> = differences.changed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["bob", "ada", "eve"]);
        assert_eq!(differences.gained_and_lost(), (1, 2));
        assert!(differences.other_harness && !differences.other_lab);
        let of_ada = &differences.changed[1].parts;
        assert_eq!(of_ada.len(), 1);
        assert_eq!(of_ada[0].part, "stage coalesce");
        let check = CheckChange {
            title: "the third".into(),
            before: Some("passed".into()),
            after: Some("T21".into()),
        };
        assert!(
            of_ada[0]
                .checks
                .iter()
                .any(|change| change.before == check.before && change.after == check.after)
        );
        let of_eve = &differences.changed[2].parts[0];
        assert_eq!((of_eve.value_before, of_eve.value_after), (Some(0.5), Some(0.75)));
    }

    #[test]
    fn submissions_and_parts_of_only_one_side_are_named() {
        let before = [record("ada", 4, 0.5), record("bob", 4, 0.5)];
        let mut after = [record("ada", 4, 0.5), record("zoe", 4, 0.5)];
        after[0].stages.remove(0);
        let after = after.map(Record::add_up);
        let differences = Differences::between(&before, &after);
        assert_eq!(differences.only_before, ["bob"]);
        assert_eq!(differences.only_after, ["zoe"]);
        let part = &differences.changed[0].parts[0];
        assert_eq!((part.part.as_str(), part.after), ("stage place", None));
        assert_eq!(part.checks[0].after, None);
    }
}
