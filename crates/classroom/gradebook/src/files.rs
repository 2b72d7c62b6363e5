//! Reads the files that a gradebook is made of.

use crate::adjust::Adjustments;
use crate::late::Policy;
use crate::roster::Roster;
use crate::table::Table;
use crate::times::Times;
use heaplab_grade::Record;
use heaplab_grader::{decode, merged_records, submissions};
use heaplab_support::Error;
use heaplab_trace::Visible;
use jiff::tz::TimeZone;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of the file with adjustments that is read if it lies beside the records.
const ADJUSTMENTS: [&str; 2] = ["adjustments.csv", "adjustments.toml"];

/// Returns the records of output folders of `heaplab grade`, which may have several attempts of
/// one student.
///
/// # Errors
/// If there are none, one can't be read, or two were graded by different labs or harnesses.
pub fn read_records(folders: &[PathBuf]) -> Result<Vec<Record>, Error> {
    let mut all: Vec<Record> = Vec::new();
    for folder in folders {
        let records = merged_records(folder)?;
        if let (Some(one), Some(other)) = (all.first(), records.first())
            && (one.lab != other.lab || one.harness != other.harness)
        {
            return Err(Error::new(format!(
                "error: {} was graded by another lab or another version of heaplab than {}\n\
                 help: grade it again",
                folder.visible(),
                folders[0].visible()
            )));
        }
        all.extend(records);
    }
    if all.is_empty() {
        return Err(Error::new("error: there are no records in the folder"));
    }
    Ok(all)
}

/// Reads a table.
///
/// # Errors
/// If the file can't be read, or as for [`Table::read`].
pub fn read_table(path: &Path) -> Result<Table, Error> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error.to_string()))?;
    Table::read(&path.to_string_lossy(), &bytes)
}

/// Reads a roster.
///
/// # Errors
/// If the file can't be read, or as for [`Roster::read`].
pub fn read_roster(path: &Path) -> Result<Roster, Error> {
    Roster::read(&read_table(path)?)
}

/// Reads what lateness costs.
///
/// # Errors
/// If the file can't be read, or as for [`Policy::read`].
pub fn read_policy(path: &Path) -> Result<Policy, Error> {
    Policy::read(&path.to_string_lossy(), &read_text(path)?)
}

/// Reads adjustments: TOML if the name ends with `.toml`, and otherwise a table.
///
/// # Errors
/// If the file can't be read, or is neither.
pub fn read_adjustments(path: &Path) -> Result<Adjustments, Error> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        Adjustments::of_toml(&path.to_string_lossy(), &read_text(path)?)
    } else {
        Adjustments::of_table(&read_table(path)?)
    }
}

/// Returns the file with adjustments that lies beside the records of a folder, if there is one.
///
/// # Errors
/// If there are two.
pub fn adjustments_beside(folder: &Path) -> Result<Option<PathBuf>, Error> {
    let found = ADJUSTMENTS.map(|name| folder.join(name));
    match found.map(|path| path.is_file().then_some(path)) {
        [Some(a), Some(b)] => Err(Error::new(format!(
            "error: there are {} and {}; name the one that holds with --adjust",
            a.visible(),
            b.visible()
        ))),
        [a, b] => Ok(a.or(b)),
    }
}

/// Adds the times that a table or the folder of a class has. Times without a zone are in that of
/// the policy. Returns remarks.
///
/// # Errors
/// If the path can't be read, or as for [`Times::add_table`] and [`Times::add_class`].
pub fn add_times(
    times: &mut Times,
    path: &Path,
    lab: &str,
    policy: Option<&Policy>,
) -> Result<Vec<String>, Error> {
    let zone = policy.map_or(TimeZone::UTC, |policy| policy.zone.clone());
    if path.is_dir() {
        let handed_in = submissions(&[path.to_owned()], lab)?;
        let remarks = times.add_class(&handed_in.submissions, &zone)?;
        Ok([handed_in.remarks, remarks].concat())
    } else {
        times.add_table(&read_table(path)?, &zone)?;
        Ok(Vec::new())
    }
}

fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error.to_string()))?;
    Ok(decode(&bytes).map_err(|reason| cannot_read(path, &reason))?.text)
}

fn cannot_read(path: &Path, reason: &str) -> Error {
    Error::new(format!("error: can't read {}: {reason}", path.visible()))
}
