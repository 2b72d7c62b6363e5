//! Grades many submissions at once, and resumes where it stopped.
//!
//! ```text
//!  out/records/ada.json     written whole as soon as it is known; one with an equal key
//!  out/records/bob.json     is kept, and not graded again
//! ```

use super::intake::Submission;
use super::one::{Changed, Grader, Taken};
use super::show_after::ShowAfter;
use heaplab_grade::{Hidden, Record, formats, merge};
use heaplab_support::files::replace_file;
use heaplab_support::{Error, Work};
use heaplab_trace::Visible;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// The folder of the records.
pub struct Records {
    folder: PathBuf,
}

impl Records {
    /// Returns the records of an output folder, which is created if missing.
    ///
    /// # Errors
    /// If it can't be created.
    pub fn in_folder(out: &Path) -> Result<Records, Error> {
        let folder = out.join("records");
        fs::create_dir_all(&folder).map_err(|error| {
            Error::new(format!("error: can't make {}: {error}", folder.visible()))
        })?;
        Ok(Records { folder })
    }

    /// Returns the records of an existing output folder.
    ///
    /// # Errors
    /// If it does not exist.
    pub fn existing(out: &Path) -> Result<Records, Error> {
        let folder = out.join("records");
        if folder.is_dir() {
            Ok(Records { folder })
        } else {
            Err(Error::new(format!(
                "error: {} is not an output folder of `heaplab grade`: it has no {}",
                out.visible(),
                folder.visible()
            )))
        }
    }

    /// Returns all of them, each with its file.
    ///
    /// # Errors
    /// If one can't be read, or was changed by hand.
    pub fn read_all(&self) -> Result<Vec<(String, Record)>, Error> {
        let cannot = |path: &Path, error: &dyn std::fmt::Display| {
            Error::new(format!("error: {}: {error}", path.visible()))
        };
        let entries = fs::read_dir(&self.folder).map_err(|error| cannot(&self.folder, &error))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        let read = |path: PathBuf| {
            let bytes = fs::read(&path).map_err(|error| cannot(&path, &error))?;
            let record = Record::from_json(&bytes).map_err(|error| cannot(&path, &error))?;
            Ok((path.visible().into_owned(), record))
        };
        paths.into_iter().map(read).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// Returns the record of this name, if there is one that can be read.
    fn read(&self, name: &str) -> Option<Record> {
        Record::from_json(&fs::read(self.path(name)).ok()?).ok()
    }

    /// Writes a record whole, and replaces one of the same name.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, record: &Record) -> Result<(), Error> {
        let path = self.path(&record.submission.name);
        let cannot = |error: io::Error| {
            Error::new(format!("error: can't write {}: {error}", path.visible()))
        };
        let text = formats::json(record);
        replace_file(&path, text.as_bytes()).map_err(cannot)
    }
}

/// A class that was graded.
pub struct Class {
    /// Its records.
    pub records: Vec<Record>,
    /// How many of them were made now; the others already existed.
    pub fresh: usize,
    /// Submissions that this machine could not grade, in their order; they have no record.
    pub set_aside: Vec<SetAside>,
    /// What ended the grading of the class: files that every grade depends on have changed.
    pub changed: Option<Changed>,
}

/// A submission that this machine could not grade.
#[derive(Debug)]
pub struct SetAside {
    /// Its name.
    pub name: String,
    /// Why, at the last try.
    pub error: Error,
}

/// Settings for grading a class.
pub struct Plan {
    /// How many submissions are graded at once; `None` for one a core.
    pub jobs: Option<NonZeroUsize>,
    /// Grade also submissions that have a record with an equal key.
    pub again: bool,
}

/// How often grading a submission is tried again, after the others, if the host fails.
const TRIES_AFTER: u32 = 2;

/// How long the host has before each of these tries.
const REST: Duration = Duration::from_secs(2);

/// Grades all submissions. Each record is written as soon as it is known, and they are returned in
/// the order of the submissions. A submission that meets an error of the host is tried again after
/// the others, alone; then it is set aside. If a file changes that every grade depends on, no more
/// submissions are graded, and those that are left are set aside.
pub fn grade_all(
    grader: &Grader,
    submissions: &[Submission],
    records: &Records,
    plan: &Plan,
) -> Class {
    let jobs = plan.jobs.or_else(|| thread::available_parallelism().ok());
    let jobs = jobs.map_or(1, NonZeroUsize::get).min(submissions.len().max(1));
    let work = Work::begin(&*grader.listener, "grading", Some(submissions.len()));
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Graded>>> = submissions.iter().map(|_| Mutex::new(None)).collect();
    let changed: OnceLock<Changed> = OnceLock::new();
    let grade = |index: usize, slot: usize| {
        let submission: &Submission = &submissions[index];
        let slot = u32::try_from(slot).unwrap_or(0);
        let graded = match changed.get() {
            Some(_) => Err(not_graded()),
            None => one(grader, submission, records, plan.again, slot, &changed),
        };
        if graded.is_ok() {
            work.done(&submission.name);
        }
        *done[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(graded);
    };
    thread::scope(|scope| {
        for slot in 0..jobs {
            let (next, grade) = (&next, &grade);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= submissions.len() {
                        break;
                    }
                    grade(index, slot);
                }
            });
        }
    });
    let has_failed = |index: &usize| {
        let graded = done[*index].lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(*graded, Some(Ok(_)))
    };
    for _ in 0..TRIES_AFTER {
        let failed: Vec<usize> = (0..submissions.len()).filter(has_failed).collect();
        if failed.is_empty() || changed.get().is_some() {
            break;
        }
        thread::sleep(REST);
        failed.into_iter().for_each(|index| grade(index, 0));
    }
    let done =
        done.into_iter().map(|done| done.into_inner().unwrap_or_else(PoisonError::into_inner));
    Class { changed: changed.into_inner(), ..sort(submissions, done.flatten()) }
}

/// The reason for a submission that is left when what every grade depends on has changed.
fn not_graded() -> Error {
    Error::new("error: not graded: what its grade depends on has changed")
}

/// A record and whether it was made now, or the host's error.
type Graded = Result<(Record, bool), Error>;

/// Sorts what was graded into records and submissions without a record.
fn sort(submissions: &[Submission], done: impl Iterator<Item = Graded>) -> Class {
    let mut class = Class { records: Vec::new(), fresh: 0, set_aside: Vec::new(), changed: None };
    for (submission, graded) in submissions.iter().zip(done) {
        match graded {
            Ok((record, is_fresh)) => {
                class.fresh += usize::from(is_fresh);
                class.records.push(record);
            }
            Err(error) => {
                class.set_aside.push(SetAside { name: submission.name.clone(), error });
            }
        }
    }
    class
}

/// Returns the submission's record, and whether it was made now. A record that was made while what
/// it depends on `changed` is not written.
fn one(
    grader: &Grader,
    submission: &Submission,
    records: &Records,
    again: bool,
    slot: u32,
    changed: &OnceLock<Changed>,
) -> Graded {
    let mut taken = Taken::from(submission, &grader.lab.lab);
    taken.note_own_parts(&grader.lab.lab);
    if !again
        && let Some(record) = records.read(&submission.name)
        && record.key == grader.key_of(&taken)
        && record.submission == taken.identity
    {
        return Ok((record, false));
    }
    let graded = grader.grade(&taken, slot);
    if let Some(what) = grader.changed() {
        let _ = changed.set(what); // or another submission's grader was first
        return Err(not_graded());
    }
    let record = graded?;
    records.write(&record)?;
    Ok((record, true))
}

/// Writes the files for people: feedback for each student, and the gradebook.
///
/// # Errors
/// If they can't be written.
pub fn write_for_people(out: &Path, records: &[Record], hidden: Hidden) -> Result<(), Error> {
    write_feedback(out, records, hidden)?;
    let path = out.join("gradebook.csv");
    let text = formats::csv::gradebook(records);
    replace_file(&path, text.as_bytes()).map_err(|error| cannot_write(&path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't write {}: {error}", path.visible()))
}

/// Writes feedback for each student.
///
/// # Errors
/// If it can't be written.
pub fn write_feedback(out: &Path, records: &[Record], hidden: Hidden) -> Result<(), Error> {
    let folder = out.join("feedback");
    fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
    for record in records {
        let path = folder.join(format!("{}.md", record.submission.name));
        let text = formats::markdown(record, hidden);
        replace_file(&path, text.as_bytes()).map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(())
}

/// Returns the records of an output folder, after checking
/// that they are of one lab and one harness.
///
/// # Errors
/// If there are none, one can't be read, or they do not belong together.
pub fn merged_records(out: &Path) -> Result<Vec<Record>, Error> {
    together(Records::existing(out)?.read_all()?)
}

/// Merges the records of several output folders into `out`, with feedback and gradebook. If all of
/// them keep one time from which hidden parts may be seen, `out` does, too.
///
/// # Errors
/// As for [`merged_records`]; or if `out` can't be written.
pub fn merge_folders(folders: &[PathBuf], out: &Path) -> Result<Vec<Record>, Error> {
    let mut all = Vec::new();
    for folder in folders {
        all.extend(Records::existing(folder)?.read_all()?);
    }
    let records = together(all)?;
    let merged = Records::in_folder(out)?;
    for record in &records {
        merged.write(record)?;
    }
    let times: Result<Vec<_>, Error> =
        folders.iter().map(|folder| ShowAfter::kept_in(folder)).collect();
    let times = times?;
    let one_time = times.first().copied().flatten();
    let show_after = one_time.filter(|time| times.iter().all(|other| *other == Some(*time)));
    if let Some(time) = show_after {
        time.keep_in(out)?;
    }
    write_for_people(out, &records, ShowAfter::now(show_after))?;
    Ok(records)
}

fn together(records: Vec<(String, Record)>) -> Result<Vec<Record>, Error> {
    merge(records).map_err(|error| Error::new(format!("error: {error}")))
}
