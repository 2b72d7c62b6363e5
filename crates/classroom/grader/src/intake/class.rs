//! Finds the submissions at paths, and says how they were found.

use super::entry::{Entry, entries, leave_out};
use super::labels::{self, Label};
use super::layout::{Layout, is_one_submission, is_source_or_archive, label_of};
use super::left_out::Counts;
use super::wanted::is_usual;
use super::{Submission, Wanted, gradescope, names, platform};
use heaplab_grade::Submitter;
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The submissions at some paths.
#[derive(Debug, Default)]
pub struct HandedIn {
    /// The submissions, sorted by their names, which all differ.
    pub submissions: Vec<Submission>,
    /// How the folders were read, and what was left out: a line each.
    pub remarks: Vec<String>,
}

/// Returns the submissions for a lab at some paths. A source file, an archive or a folder with
/// a source in it is one submission. Any other folder is a class, in one of several layouts.
///
/// # Errors
/// If a path can't be read, or a folder has nothing in it.
pub fn submissions<'w>(
    paths: &[PathBuf],
    wanted: impl Into<Wanted<'w>>,
) -> Result<HandedIn, Error> {
    let wanted = wanted.into();
    let mut found = HandedIn::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        if !seen.insert(place(path)) {
            found.remarks.push(format!("{} is named twice, and read once", path.visible()));
            continue;
        }
        let metadata = fs::symlink_metadata(path).map_err(|error| cannot_read(path, &error))?;
        if metadata.is_dir() {
            found.add_folder(path, wanted, paths.len() > 1)?;
        } else {
            found.submissions.push(Submission::at(path.clone()));
        }
    }
    let mut seen = BTreeSet::new();
    let HandedIn { submissions, remarks } = &mut found;
    submissions.retain(|one| {
        let is_new = seen.insert(place(&one.path));
        if !is_new {
            remarks.push(format!("{} is named twice, and read once", one.path.visible()));
        }
        is_new
    });
    let shared = names::distinguish(&mut found.submissions);
    found.remarks.extend(shared);
    found.submissions.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Returns where a path leads, without following a link in its last part.
fn place(path: &Path) -> PathBuf {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    };
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    fs::canonicalize(folder).map_or_else(|_| path.to_owned(), |folder| folder.join(name))
}

impl HandedIn {
    /// Adds what is in a folder: one submission, or a class.
    fn add_folder(
        &mut self,
        path: &Path,
        wanted: Wanted<'_>,
        is_one_of_several: bool,
    ) -> Result<(), Error> {
        let mut entries = entries(path).map_err(|error| cannot_read(path, &error))?;
        let place = if is_one_of_several { format!("{}: ", path.visible()) } else { String::new() };
        if is_one_submission(path, &entries, wanted) {
            self.remarks.push(format!("{place}read as: one submission"));
            self.submissions.push(Submission::at(path.to_owned()));
            return Ok(());
        }
        let left_out = leave_out(&mut entries);
        if entries.is_empty() {
            return Err(nothing_in(path, &left_out));
        }
        let at = self.remarks.len();
        if !left_out.is_empty() {
            self.remarks.push(format!("{place}left out: {left_out}"));
        }
        if let [only] = entries.as_slice()
            && let Some(inner) = inner_class(only)
        {
            return self.add_folder(&inner, wanted, true);
        }
        let layout = Layout::of(path, &entries);
        let found = self.class(path, layout, entries);
        if found.is_empty() {
            return Err(nothing_in(path, &left_out));
        }
        let (count, s) = (found.len(), if found.len() == 1 { "" } else { "s" });
        self.submissions.extend(found);
        let said = format!("{place}read as: {}, {count} submission{s}", layout.words());
        self.remarks.insert(at, said);
        Ok(())
    }

    /// Returns the submissions of a class, and remarks what is left out by name.
    fn class(&mut self, path: &Path, layout: Layout, mut entries: Vec<Entry>) -> Vec<Submission> {
        let remarks = &mut self.remarks;
        if entries.iter().any(|entry| entry.is_folder) {
            entries.retain(|entry| {
                let is_lone = !entry.is_folder && is_usual(&entry.name);
                if is_lone {
                    remarks.push(format!(
                        "{} lies in the class folder itself: whose is it? It is left out",
                        entry.name
                    ));
                }
                !is_lone
            });
        }
        if layout.is_a_platforms() {
            entries.retain(|entry| {
                let is_stray = is_stray(layout, entry);
                if is_stray && entry.name != gradescope::METADATA {
                    remarks.push(format!("left out: {}: not a submission", entry.name.visible()));
                }
                !is_stray
            });
        }
        match layout {
            Layout::Gradescope => gradescope::submissions(path, entries, remarks),
            Layout::Classroom => repositories(path, entries),
            _ => match label_of(layout) {
                Some(read) => labelled(entries, read, layout == Layout::Canvas, remarks),
                None => entries.into_iter().map(|entry| Submission::at(entry.path)).collect(),
            },
        }
    }
}

/// Returns whether something in a platform's export is not a submission. Sources,
/// archives and links are submissions everywhere: a student may be behind them.
fn is_stray(layout: Layout, entry: &Entry) -> bool {
    let is_labelled = label_of(layout).is_some_and(|read| read(&entry.name).is_some());
    !(entry.is_folder || entry.is_link || is_labelled || is_source_or_archive(entry))
}

/// Returns the submissions of entries that a platform named, and of the others.
fn labelled(
    entries: Vec<Entry>,
    read: fn(&str) -> Option<Label>,
    marks_late: bool,
    remarks: &mut Vec<String>,
) -> Vec<Submission> {
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for entry in entries {
        match read(&entry.name) {
            Some(label) => named.push((entry, label)),
            None => others.push(Submission::at(entry.path)),
        }
    }
    platform::read_texts(&mut named);
    others.extend(platform::submissions(named, marks_late, remarks));
    others
}

/// Returns a submission for each repository, `SLUG-ada`. The students' names
/// at GitHub are known if the folder is called as GitHub's tool calls it.
fn repositories(folder: &Path, entries: Vec<Entry>) -> Vec<Submission> {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(names::text_of).unwrap_or_default();
    let slug = name.strip_suffix("-submissions").map(|slug| format!("{slug}-"));
    let one = |entry: Entry| {
        let user = slug.as_ref().and_then(|slug| entry.name.strip_prefix(slug.as_str()));
        let submitters =
            user.map(|user| Submitter { id: Some(user.to_owned()), ..Submitter::default() });
        let submitters = submitters.into_iter().collect();
        Submission { submitters, ..Submission::at(entry.path) }
    };
    entries.into_iter().map(one).collect()
}

/// Returns the class in the only folder of a folder, if a platform made it:
/// archives of exports have such a folder around them.
fn inner_class(only: &Entry) -> Option<PathBuf> {
    let is_students = [labels::moodle, labels::brightspace].iter();
    let is_students = is_students.map(|read| read(&only.name)).any(|label| label.is_some());
    if !only.is_folder || is_students {
        return None;
    }
    let mut inner = entries(&only.path).ok()?;
    leave_out(&mut inner);
    let is_class = match Layout::of(&only.path, &inner) {
        Layout::Gradescope | Layout::Moodle | Layout::Blackboard | Layout::Brightspace => true,
        // A student's folder may have a repository in it.
        Layout::Classroom => only.name.ends_with("-submissions"),
        _ => false,
    };
    is_class.then(|| only.path.clone())
}

fn nothing_in(path: &Path, left_out: &Counts) -> Error {
    let beside = if left_out.is_empty() { String::new() } else { format!(", only {left_out}") };
    Error::new(format!(
        "error: {}: there is no submission here{beside}\n\
         help: name source files, archives, or a folder of them",
        path.visible()
    ))
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't read {}: {error}", path.visible()))
}

#[cfg(test)]
mod tests;
