//! Gradescope's export: folders with numbers, and a file that says whose they are.
//!
//! ```text
//!  submission_metadata.yml     submission_12:
//!  submission_12/lib.rs          :submitters:
//!                                - :name: Ada Lovelace
//!                                  :email: ada@example.edu
//!                                  :sid: 4711
//!                                :history:          earlier attempts
//!                                - :id: 7
//! ```

use super::entry::Entry;
use super::{Submission, WhenSaid, decode, names, read_file};
use heaplab_grade::Submitter;
use heaplab_trace::Visible;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The name of the file.
pub const METADATA: &str = "submission_metadata.yml";

/// Maximum size of the file: a class of thousands has less.
const LARGEST_BYTES: u64 = 32 << 20;

/// What the file says of one folder. Its other fields are ignored.
#[derive(Default, Deserialize)]
struct About {
    #[serde(rename = ":submitters", default)]
    submitters: Option<Vec<Person>>,
    #[serde(rename = ":created_at", default)]
    created_at: Option<Time>,
    #[serde(rename = ":history", default)]
    history: Option<Vec<Attempt>>,
}

#[derive(Deserialize)]
struct Person {
    #[serde(rename = ":name", default)]
    name: Option<String>,
    #[serde(rename = ":email", default)]
    email: Option<String>,
    #[serde(rename = ":sid", default)]
    sid: Option<String>,
}

/// A time, as text or as Ruby writes one with its zone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Text(String),
    InZone { utc: String },
}

#[derive(Deserialize)]
struct Attempt {
    #[serde(rename = ":id", default)]
    id: Option<String>,
}

/// What the file says of each folder.
type Metadata = BTreeMap<String, Option<About>>;

/// Returns one submission for each folder that is not an earlier attempt. If
/// the file is damaged, a remark says so, and the folders' names are used.
pub fn submissions(
    folder: &Path,
    entries: Vec<Entry>,
    remarks: &mut Vec<String>,
) -> Vec<Submission> {
    let metadata = read(&folder.join(METADATA)).unwrap_or_else(|reason| {
        remarks.push(format!(
            "{METADATA} can't be read, so the folders' names are used: {}",
            reason.visible()
        ));
        Metadata::new()
    });
    let here: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    for name in metadata.keys().filter(|name| !here.contains(name.as_str())) {
        remarks.push(format!("{METADATA} names {}, which is not here", name.visible()));
    }
    let earlier = earlier_attempts(&metadata);
    let mut found = Vec::new();
    for entry in &entries {
        let about = metadata.get(&entry.name);
        match (about, earlier.get(&entry.name)) {
            (None, Some(active)) => remarks.push(format!(
                "left out: {}: an earlier attempt of {}",
                entry.name.visible(),
                active.visible()
            )),
            (None, None) if !metadata.is_empty() => {
                remarks.push(format!("{METADATA} does not name {}", entry.name.visible()));
                found.push(Submission::at(entry.path.clone()));
            }
            _ => found.push(one(entry, about.and_then(Option::as_ref))),
        }
    }
    found
}

/// Reads the file.
fn read(path: &Path) -> Result<Metadata, String> {
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is not a file".to_owned());
    }
    let text = decode(&read_file(path, LARGEST_BYTES)?)?.text;
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    // A class of thousands with all attempts has millions of values. The file's size is limited.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 20_000_000, max_nodes: 10_000_000 },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(&text, options).map_err(|error| error.to_string())
}

/// Returns the folders of earlier attempts, each with that of the one that counts.
fn earlier_attempts(metadata: &Metadata) -> BTreeMap<String, String> {
    let mut earlier = BTreeMap::new();
    for (active, about) in metadata {
        let history = about.iter().flat_map(|about| about.history.iter().flatten());
        for id in history.filter_map(|attempt| attempt.id.as_ref()) {
            earlier.insert(format!("submission_{id}"), active.clone());
        }
    }
    earlier
}

fn one(entry: &Entry, about: Option<&About>) -> Submission {
    let folder = Submission::at(entry.path.clone());
    let people = about.iter().flat_map(|about| about.submitters.iter().flatten());
    let submitters: Vec<Submitter> = people.filter_map(submitter).collect();
    let known: Vec<&str> = submitters.iter().filter_map(name_of).collect();
    let when = match about.and_then(|about| about.created_at.as_ref()) {
        Some(Time::Text(time) | Time::InZone { utc: time }) => WhenSaid::At(time.clone()),
        None => WhenSaid::Nothing,
    };
    let folder = Submission { when, ..folder };
    if known.is_empty() {
        return Submission { submitters, ..folder };
    }
    let name = known.join(" + ");
    Submission {
        name: names::of_person(&name),
        longer_name: names::of_person(&format!("{name} {}", entry.name)),
        submitters,
        ..folder
    }
}

fn submitter(person: &Person) -> Option<Submitter> {
    let text = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let submitter =
        Submitter { name: text(&person.name), email: text(&person.email), id: text(&person.sid) };
    (submitter != Submitter::default()).then_some(submitter)
}

fn name_of(submitter: &Submitter) -> Option<&str> {
    [&submitter.name, &submitter.id, &submitter.email].into_iter().find_map(Option::as_deref)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(metadata: &str, folders: &[&str]) -> (Vec<Submission>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(METADATA), metadata).unwrap();
        let entry = |name: &&str| Entry {
            path: folder.path().join(name),
            name: (*name).to_owned(),
            is_folder: true,
            is_link: false,
        };
        let mut remarks = Vec::new();
        let entries = folders.iter().map(entry).collect();
        (submissions(folder.path(), entries, &mut remarks), remarks)
    }

    fn names(found: &[Submission]) -> Vec<&str> {
        found.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn submitters_give_the_names() {
        let metadata = "---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: 00471
    :email: ada@example.edu
  :created_at: 2026-02-06 19:51:45.000000000 Z
  :score: 12.5
  :history:
  - :id: 77
    :score: 3.0
    :results: &1
      tests: []
submission_2:
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &2 2018-10-04 04:52:11.000000000 Z
    time: *2
  :submitters:
  - :name: Bob
    :email:
  - :sid: '12'
submission_3:
  :submitters: []
";
        let (found, remarks) =
            class(metadata, &["submission_1", "submission_2", "submission_3", "submission_77"]);
        assert_eq!(remarks, ["left out: submission_77: an earlier attempt of submission_1"],);
        assert_eq!(names(&found), ["Ada Lovelace", "Bob + 12", "submission_3"]);
        assert_eq!(found[0].submitters[0].id.as_deref(), Some("00471"));
        assert_eq!(found[0].submitters[0].email.as_deref(), Some("ada@example.edu"));
        assert_eq!(found[1].submitters.len(), 2);
        let said = ["2026-02-06 19:51:45.000000000 Z", "2018-10-04 04:52:11.000000000 Z"];
        let said = said.map(|time| WhenSaid::At(time.to_owned()));
        assert_eq!([&found[0].when, &found[1].when], [&said[0], &said[1]]);
        assert_eq!(found[2].when, WhenSaid::Nothing);
        assert_eq!(found[1].longer_name, "Bob + 12 submission_2");
    }

    #[test]
    fn folders_and_metadata_that_do_not_match_are_remarked() {
        let metadata = "submission_1:\n  :submitters:\n  - :name: X\nsubmission_9:\n";
        let (found, remarks) = class(metadata, &["submission_1", "submission_2"]);
        assert_eq!(names(&found), ["X", "submission_2"]);
        assert_eq!(
            remarks,
            [
                "submission_metadata.yml names submission_9, which is not here",
                "submission_metadata.yml does not name submission_2"
            ]
        );
    }

    #[test]
    fn damaged_metadata_leaves_the_folders_names() {
        for metadata in [
            "",
            "- a\n- b\n",
            "submission_1: [",
            "submission_1:\n  :submitters: 7\n",
            "a: &a [*a, *a]\n",
            "\u{0}",
        ] {
            let (found, remarks) = class(metadata, &["submission_1", "submission_2"]);
            assert_eq!(names(&found), ["submission_1", "submission_2"], "{metadata}");
            assert_eq!(remarks.len(), 1, "{metadata}: {remarks:?}");
            assert!(remarks[0].starts_with("submission_metadata.yml can't be read"), "{remarks:?}");
        }
    }
}
