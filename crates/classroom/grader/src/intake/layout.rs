//! Finds out by looking how the folder of a class is laid out.

use super::entry::Entry;
use super::labels::{self, Label};
use super::{Wanted, folder, gradescope, names};
use std::path::Path;

/// How the submissions of a class lie in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `ada.rs`, `bob.zip`.
    Files,
    /// `ada/lib.rs`, `bob/lib.rs`.
    Folders,
    /// Both.
    FilesAndFolders,
    /// `SLUG-ada/labs/1-implicit/src/lib.rs`.
    Classroom,
    /// `submission_12/lib.rs`, and a file that says whose it is.
    Gradescope,
    /// `Ada Lovelace_12345_assignsubmission_file/lib.rs`.
    Moodle,
    /// `lovelaceada_12345_67890_lib.rs`.
    Canvas,
    /// `Malloc lab_ada_attempt_2026-11-20-23-59-00_lib.rs`, and a `.txt` for each attempt.
    Blackboard,
    /// `123-456 - Ada Lovelace - Nov 20, 2026 1159 PM/lib.rs`.
    Brightspace,
    /// `ada@example.edu_3_lib.rs`.
    Autolab,
}

impl Layout {
    /// Returns the layout of a class with these entries, which are not leftovers.
    pub fn of(folder: &Path, entries: &[Entry]) -> Layout {
        if folder.join(gradescope::METADATA).is_file() {
            return Layout::Gradescope;
        }
        let named_by = [
            (Layout::Moodle, labels::moodle as fn(&str) -> Option<Label>),
            (Layout::Blackboard, labels::blackboard),
            (Layout::Brightspace, labels::brightspace),
        ];
        for (layout, read) in named_by {
            if entries.iter().any(|entry| read(&entry.name).is_some()) {
                return layout;
            }
        }
        let (folders, files): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.is_folder);
        if folders.iter().any(|entry| is_repository(entry)) {
            return Layout::Classroom;
        }
        let sources: Vec<&Entry> =
            files.iter().copied().filter(|entry| is_source_or_archive(entry)).collect();
        let all_named_by = [
            (Layout::Canvas, labels::canvas as fn(&str) -> Option<Label>),
            (Layout::Autolab, labels::autolab),
        ];
        for (layout, read) in all_named_by {
            let are_all = sources.iter().all(|entry| read(&entry.name).is_some());
            if folders.is_empty() && !sources.is_empty() && are_all {
                return layout;
            }
        }
        match (folders.is_empty(), files.is_empty()) {
            (true, _) => Layout::Files,
            (false, true) => Layout::Folders,
            (false, false) => Layout::FilesAndFolders,
        }
    }

    /// Returns whether a platform made it, so that other files in it are not submissions.
    pub fn is_a_platforms(self) -> bool {
        !matches!(self, Layout::Files | Layout::Folders | Layout::FilesAndFolders)
    }

    /// Returns what it is called in a remark.
    pub fn words(self) -> &'static str {
        match self {
            Layout::Files => "plain files",
            Layout::Folders => "a folder for each student",
            Layout::FilesAndFolders => "files and folders",
            Layout::Classroom => "GitHub Classroom repositories",
            Layout::Gradescope => "Gradescope's export",
            Layout::Moodle => "Moodle's download",
            Layout::Canvas => "Canvas's download",
            Layout::Blackboard => "Blackboard's download",
            Layout::Brightspace => "Brightspace's download",
            Layout::Autolab => "Autolab's submissions",
        }
    }
}

/// Returns how the platform of a layout names what a student hands in.
pub fn label_of(layout: Layout) -> Option<fn(&str) -> Option<Label>> {
    Some(match layout {
        Layout::Moodle => labels::moodle,
        Layout::Canvas => labels::canvas,
        Layout::Blackboard => labels::blackboard,
        Layout::Brightspace => labels::brightspace,
        Layout::Autolab => labels::autolab,
        _ => return None,
    })
}

/// Returns whether a file can be a submission by its name.
pub fn is_source_or_archive(entry: &Entry) -> bool {
    !entry.is_folder && (names::is_source(&entry.name) || names::is_archive(&entry.name))
}

/// Returns whether a folder is a clone of a repository with labs, whichever these are.
fn is_repository(entry: &Entry) -> bool {
    let labs = entry.path.join("labs");
    let mut folders = labs.read_dir().into_iter().flatten().flatten();
    folders.any(|lab| lab.path().join("src/lib.rs").is_file())
}

/// Folders of a crate that are beside its source, and not students'.
const OF_A_CRATE: [&str; 6] = ["src", "target", "tests", "examples", "benches", "labs"];

/// Returns whether a folder is one submission, and not a class.
///
/// A source that lies in it makes it one, unless it is a bare `lib.rs` or
/// `mm.rs` among folders that have sources too: those are students'.
pub fn is_one_submission(path: &Path, entries: &[Entry], wanted: Wanted<'_>) -> bool {
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    if has(gradescope::METADATA) {
        return false;
    }
    if has("Cargo.toml") && (has("labs") || has("src")) {
        return true;
    }
    let is_student = |entry: &Entry| {
        entry.is_folder
            && !OF_A_CRATE.contains(&entry.name.as_str())
            && folder::looks_like_a_students(&entry.path, wanted)
    };
    let is_crate = has("Cargo.toml") || has("src");
    folder::holds_a_source(path, wanted) && (is_crate || !entries.iter().any(is_student))
}
