//! Merges records from several sources: the shards of a class.

use crate::Record;
use crate::formats::line;
use std::collections::BTreeMap;
use std::fmt;

/// Reason why records can't be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeError {
    /// They were graded by different labs.
    Labs(Box<[Group; 2]>),
    /// They were graded by different versions of the harness.
    Harnesses(Box<[Group; 2]>),
    /// Two records of one submission differ.
    Submission {
        /// The submission's name.
        name: String,
        /// Where the two are from.
        sources: [String; 2],
        /// Whether even their keys are the same, so that one of them must have
        /// been changed, or graded on a machine that can't be trusted.
        same_key: bool,
    },
}

/// Records made by the same lab or harness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The lab or harness: `1-implicit (a51146d38077)`.
    pub by: String,
    /// Where the first of them is from.
    pub first: String,
    /// How many records there are.
    pub count: usize,
}

/// Merges all records, sorted by name. Each comes with its source, for the error
/// message. A record that occurs twice with the same content is taken once.
///
/// # Errors
/// If they are not all of one lab and one harness, or two of one submission differ.
pub fn merge(
    records: impl IntoIterator<Item = (String, Record)>,
) -> Result<Vec<Record>, MergeError> {
    let records: Vec<(String, Record)> = records.into_iter().collect();
    if let Some(labs) =
        two_groups(&records, |record| format!("{} ({:.12})", record.lab.name, record.lab.sha256))
    {
        return Err(MergeError::Labs(labs));
    }
    if let Some(harnesses) = two_groups(&records, |record| {
        format!("{} ({:.12})", record.harness.version, record.harness.sha256)
    }) {
        return Err(MergeError::Harnesses(harnesses));
    }
    let mut merged: BTreeMap<String, (String, Record)> = BTreeMap::new();
    for (source, record) in records {
        let name = &record.submission.name;
        match merged.get(name) {
            None => {
                merged.insert(name.clone(), (source, record));
            }
            Some((_, before)) if *before == record => {}
            Some((before_source, before)) => {
                return Err(MergeError::Submission {
                    name: name.clone(),
                    sources: [before_source.clone(), source],
                    same_key: before.key == record.key,
                });
            }
        }
    }
    Ok(merged.into_values().map(|(_, record)| record).collect())
}

/// Returns the first two groups, if there is more than one. The first is that of the first record.
fn two_groups(
    records: &[(String, Record)],
    by: impl Fn(&Record) -> String,
) -> Option<Box<[Group; 2]>> {
    let mut groups: Vec<Group> = Vec::new();
    for (source, record) in records {
        let by = by(record);
        match groups.iter_mut().find(|group| group.by == by) {
            Some(group) => group.count += 1,
            None => groups.push(Group { by, first: source.clone(), count: 1 }),
        }
    }
    let [one, other] = groups.get(..2)? else {
        return None;
    };
    Some(Box::new([one.clone(), other.clone()]))
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "{} by {}", self.first, self.by),
            count => write!(f, "{} and {} more by {}", self.first, count - 1, self.by),
        }
    }
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Labs(groups) => write!(
                f,
                "records of different labs can't be merged: {} and {}; grade one set again with the other's lab",
                groups[0], groups[1]
            ),
            MergeError::Harnesses(groups) => write!(
                f,
                "records of different harnesses can't be merged: {} and {}; grade one set again with the other's",
                groups[0], groups[1]
            ),
            MergeError::Submission { name, sources: [one, other], same_key: false } => write!(
                f,
                "{one} and {other} are grades of two different submissions named {}; remove the one that does not count",
                line(name)
            ),
            MergeError::Submission { name, sources: [one, other], same_key: true } => write!(
                f,
                "{one} and {other} are grades of the same submission, {}, and differ: one of them was changed; grade it again",
                line(name)
            ),
        }
    }
}

impl std::error::Error for MergeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{new, record, sound};
    use crate::{Digest, Harness, Key, Points, Verdict};

    fn named(records: Vec<Record>) -> Vec<(String, Record)> {
        let source = |record: &Record| format!("{}.json", record.submission.name);
        records.into_iter().map(|record| (source(&record), record)).collect()
    }

    fn with_lab(name: &str, lab: &[u8]) -> Record {
        let mut record = new(name, Verdict::Graded);
        record.lab.sha256 = Digest::of(lab);
        record.key = Key::of(record.submission.sha256, record.lab.sha256, record.harness.sha256);
        record
    }

    #[test]
    fn records_are_sorted_by_name_and_duplicates_are_taken_once() {
        let merged = merge(named(vec![sound(), record(), sound()])).unwrap();
        assert_eq!(merged, [record(), sound()]);
        assert_eq!(merge(Vec::new()), Ok(Vec::new()));
    }

    #[test]
    fn mixed_labs_are_refused_and_both_are_named() {
        let records = vec![with_lab("a", b"lab"), with_lab("b", b"lab"), with_lab("c", b"other")];
        let error = merge(named(records)).unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, MergeError::Labs(_)));
        let [lab, other] =
            [b"lab".as_slice(), b"other"].map(|lab| Digest::of(lab).to_string()[..12].to_owned());
        let expected =
            format!("a.json and 1 more by 1-implicit ({lab}) and c.json by 1-implicit ({other})");
        assert!(said.contains(&expected), "{said}");
    }

    #[test]
    fn mixed_harnesses_are_refused() {
        let mut newer = sound();
        newer.harness = Harness { version: "0.2.0".into(), sha256: Digest::of(b"newer") };
        let error = merge(named(vec![record(), newer])).unwrap_err();
        assert!(matches!(error, MergeError::Harnesses(_)), "{error}");
        assert!(error.to_string().contains("0.1.0") && error.to_string().contains("0.2.0"));
    }

    #[test]
    fn two_submissions_of_one_name_are_refused() {
        let mut other = sound();
        other.submission.name = record().submission.name;
        let error = merge(named(vec![record(), other])).unwrap_err();
        assert!(matches!(error, MergeError::Submission { same_key: false, .. }), "{error}");
    }

    #[test]
    fn a_record_that_differs_under_the_same_key_is_refused() {
        let mut better = record();
        better.stages[1].points = Points::whole(10);
        let error = merge(named(vec![record(), better.add_up()])).unwrap_err();
        assert!(matches!(error, MergeError::Submission { same_key: true, .. }), "{error}");
    }
}
