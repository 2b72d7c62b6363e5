//! Grades many submissions at once, and resumes where it stopped.
//!
//! ```text
//!  out/records/ada.json     written whole as soon as it is known; one with an equal key
//!  out/records/bob.json     is kept, and not graded again
//! ```

use super::intake::Submission;
use super::one::{Grader, Taken};
use heaplab_grade::{Record, formats, merge};
use heaplab_support::files::replace_file;
use heaplab_support::{Error, Work};
use heaplab_trace::Visible;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

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
}

/// Settings for grading a class.
pub struct Plan {
    /// How many submissions are graded at once; `None` for one a core.
    pub jobs: Option<NonZeroUsize>,
    /// Grade also submissions that have a record with an equal key.
    pub again: bool,
}

/// Returns the records of all submissions, in their order, each written as soon as it is known.
///
/// # Errors
/// The host's, at the first submission that meets one; what was written stays.
pub fn grade_all(
    grader: &Grader,
    submissions: &[Submission],
    records: &Records,
    plan: &Plan,
) -> Result<Class, Error> {
    let jobs = plan.jobs.or_else(|| thread::available_parallelism().ok());
    let jobs = jobs.map_or(1, NonZeroUsize::get).min(submissions.len().max(1));
    let work = Work::begin(&*grader.listener, "grading", Some(submissions.len()));
    let (next, fresh) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let done: Vec<Mutex<Option<Record>>> = submissions.iter().map(|_| Mutex::new(None)).collect();
    let (failures, failed) = mpsc::channel();
    thread::scope(|scope| {
        for slot in 0..jobs {
            let (next, done, fresh) = (&next, &done, &fresh);
            let (work, failures) = (&work, failures.clone());
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(submission) = submissions.get(index) else {
                        break;
                    };
                    let slot = u32::try_from(slot).unwrap_or(0);
                    match one(grader, submission, records, plan.again, slot) {
                        Ok((record, is_fresh)) => {
                            work.done(&submission.name);
                            fresh.fetch_add(usize::from(is_fresh), Ordering::Relaxed);
                            *done[index].lock().unwrap_or_else(PoisonError::into_inner) =
                                Some(record);
                        }
                        Err(failure) => {
                            // No thread takes another submission: an
                            // error of the host would occur for all.
                            next.store(submissions.len(), Ordering::Relaxed);
                            let _ = failures.send(failure);
                        }
                    }
                }
            });
        }
    });
    drop(failures);
    if let Ok(failure) = failed.recv() {
        return Err(failure);
    }
    let records = done
        .into_iter()
        .filter_map(|record| record.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(Class { records: records.collect(), fresh: fresh.into_inner() })
}

/// Returns the submission's record, and whether it was made now.
fn one(
    grader: &Grader,
    submission: &Submission,
    records: &Records,
    again: bool,
    slot: u32,
) -> Result<(Record, bool), Error> {
    let taken = Taken::from(submission, &grader.lab.lab.name);
    if !again
        && let Some(record) = records.read(&submission.name)
        && record.key == grader.key_of(&taken)
        && record.submission == taken.identity
    {
        return Ok((record, false));
    }
    let record = grader.grade(&taken, slot)?;
    records.write(&record)?;
    Ok((record, true))
}

/// Writes the files for people: feedback for each student, and the gradebook.
///
/// # Errors
/// If they can't be written.
pub fn write_for_people(out: &Path, records: &[Record]) -> Result<(), Error> {
    let cannot = |path: &Path, error: io::Error| {
        Error::new(format!("error: can't write {}: {error}", path.visible()))
    };
    let folder = out.join("feedback");
    fs::create_dir_all(&folder).map_err(|error| cannot(&folder, error))?;
    for record in records {
        let path = folder.join(format!("{}.md", record.submission.name));
        let text = formats::markdown(record);
        replace_file(&path, text.as_bytes()).map_err(|error| cannot(&path, error))?;
    }
    let path = out.join("gradebook.csv");
    let text = formats::csv::gradebook(records);
    replace_file(&path, text.as_bytes()).map_err(|error| cannot(&path, error))
}

/// Returns the records of an output folder, after checking
/// that they are of one lab and one harness.
///
/// # Errors
/// If there are none, one can't be read, or they do not belong together.
pub fn merged_records(out: &Path) -> Result<Vec<Record>, Error> {
    together(Records::existing(out)?.read_all()?)
}

/// Merges the records of several output folders into `out`, with feedback and gradebook.
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
    write_for_people(out, &records)?;
    Ok(records)
}

fn together(records: Vec<(String, Record)>) -> Result<Vec<Record>, Error> {
    merge(records).map_err(|error| Error::new(format!("error: {error}")))
}
