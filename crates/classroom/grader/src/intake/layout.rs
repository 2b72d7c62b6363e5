//! Finds out by looking how the folder of a class is laid out.

use super::entry::Entry;
use super::{folder, gradescope, names, platform};
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
}

impl Layout {
    /// Returns the layout of a class with these entries, which are not leftovers.
    pub fn of(folder: &Path, entries: &[Entry]) -> Layout {
        if folder.join(gradescope::METADATA).is_file() {
            return Layout::Gradescope;
        }
        if entries.iter().any(|entry| platform::moodle(&entry.name).is_some()) {
            return Layout::Moodle;
        }
        let (folders, files): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.is_folder);
        if folders.iter().any(|entry| is_repository(entry)) {
            return Layout::Classroom;
        }
        let mut sources = files.iter().filter(|entry| is_source_or_archive(entry)).peekable();
        if folders.is_empty()
            && sources.peek().is_some()
            && sources.all(|entry| platform::canvas(&entry.name).is_some())
        {
            return Layout::Canvas;
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
        }
    }
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
pub fn is_one_submission(path: &Path, entries: &[Entry], lab: &str) -> bool {
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
            && folder::looks_like_a_students(&entry.path, lab)
    };
    let is_crate = has("Cargo.toml") || has("src");
    folder::holds_a_source(path, lab) && (is_crate || !entries.iter().any(is_student))
}
