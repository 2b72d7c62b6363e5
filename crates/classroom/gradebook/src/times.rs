//! When submissions were handed in.
//!
//! | source | what it says |
//! |---|---|
//! | a table | a time or a lateness in each row |
//! | Gradescope's export | `:created_at:` of each submission |
//! | Canvas's download | a mark in the names of late files |
//! | a repository | the time of its last commit, which its author chooses |
//!
//! The times of files are not used: copying and unpacking change them.

mod repository;

pub use repository::commit_time;

use crate::finder::{Finder, Who};
use crate::late::{When, parse_time};
use crate::roster::{Roster, Student, people};
use crate::table::Table;
use heaplab_grade::Record;
use heaplab_grader::{Submission, WhenSaid};
use heaplab_support::Error;
use heaplab_trace::Visible;
use jiff::tz::TimeZone;

const TIME: &[&str] = &[
    "time",
    "submission time",
    "submission timestamp",
    "submitted at",
    "handed in",
    "created at",
    "last modified (submission)",
];
const LATENESS: &[&str] = &["lateness (h:m:s)", "lateness"];

/// Times from several sources.
#[derive(Clone, Debug, Default)]
pub struct Times {
    said: Vec<Said>,
}

/// What a source says of one submission.
#[derive(Clone, Debug)]
struct Said {
    whose: Whose,
    when: When,
    place: String,
}

#[derive(Clone, Debug)]
enum Whose {
    /// The submission of this name.
    Submission(String),
    /// The only submission of this student.
    Student(Box<Student>),
}

impl Times {
    /// Adds the times of a table: a row for each submission or student, as for a roster, with a
    /// time or Gradescope's lateness in hours, minutes and seconds. Rows without either are left
    /// out. Times without a zone are in `zone`.
    ///
    /// # Errors
    /// If a column is missing, or a cell is neither empty nor a time.
    pub fn add_table(&mut self, table: &Table, zone: &TimeZone) -> Result<(), Error> {
        let (lateness, time) = (table.column(LATENESS), table.column(TIME));
        if lateness.is_none() && time.is_none() {
            return Err(Error::new(format!(
                "error: {}: there is no column of times in it: {}\n\
                 help: name the column `time` or `lateness`",
                table.place.visible(),
                table.columns()
            )));
        }
        for (row, person) in table.rows.iter().zip(people(table)?) {
            let place = format!("{}, line {}", table.place.visible(), row.line);
            let cell = |column: Option<usize>| {
                column.map_or("", |column| row.cells[column].trim()).trim_matches('-')
            };
            let when = match (cell(time), cell(lateness)) {
                ("", "") => continue,
                (_, late) if !late.is_empty() => seconds_of(late).map(When::LateBySeconds),
                (time, _) => parse_time(time, Some(zone)).map(When::At),
            };
            let when = when.map_err(|reason| Error::new(format!("error: {place}: {reason}")))?;
            let Some(person) = person else { continue };
            let whose = match &person.submission {
                Some(name) => Whose::Submission(name.clone()),
                None => Whose::Student(Box::new(person)),
            };
            self.said.push(Said { whose, when, place });
        }
        Ok(())
    }

    /// Adds what a class's folder says: the platform's times and marks, and the last commits of
    /// repositories. Returns a remark for each repository that could not be read, and if nothing
    /// says a time.
    ///
    /// # Errors
    /// If a platform wrote a time that can't be read.
    pub fn add_class(
        &mut self,
        submissions: &[Submission],
        zone: &TimeZone,
    ) -> Result<Vec<String>, Error> {
        let mut remarks = Vec::new();
        let known_before = self.said.len();
        for one in submissions {
            let place = one.path.visible().into_owned();
            let when = match &one.when {
                WhenSaid::At(time) => Some(When::At(
                    parse_time(time, Some(zone))
                        .map_err(|reason| Error::new(format!("error: {place}: {reason}")))?,
                )),
                WhenSaid::OnTime => Some(When::OnTime),
                WhenSaid::Late => Some(When::MarkedLate),
                WhenSaid::Nothing if one.path.join(".git").is_dir() => {
                    match commit_time(&one.path) {
                        Ok(time) => Some(When::At(time)),
                        Err(reason) => {
                            remarks.push(format!("{place}: no commit can be read: {reason}"));
                            None
                        }
                    }
                }
                WhenSaid::Nothing => None,
            };
            let whose = Whose::Submission(one.name.clone());
            self.said.extend(when.map(|when| Said { whose, when, place }));
        }
        if self.said.len() == known_before {
            remarks
                .push("the folder says nothing about when submissions were handed in".to_owned());
        }
        Ok(remarks)
    }

    /// Returns the time of each record, as far as one is known, and what was said of submissions
    /// that are not there. `records_of` are the records of each student of the roster.
    ///
    /// # Errors
    /// If two sources contradict each other, or a time is that of a student with several
    /// submissions.
    pub fn of_records(
        &self,
        records: &[Record],
        roster: &Roster,
        records_of: &[Vec<usize>],
    ) -> Result<(Vec<Option<When>>, Vec<String>), Error> {
        let finder = Finder::new(roster);
        let mut known: Vec<Option<&Said>> = vec![None; records.len()];
        let mut remarks = Vec::new();
        for said in &self.said {
            let found = match &said.whose {
                Whose::Submission(name) => only_of_name(name, said, records)?,
                Whose::Student(student) => only_record(student, said, roster, &finder, records_of)?,
            };
            let Some(found) = found else {
                remarks.push(format!("{}: the time of a submission that is not there", said.place));
                continue;
            };
            match known[found] {
                Some(other) if other.when != said.when => {
                    return Err(Error::new(format!(
                        "error: the submission `{}` has two times: {} and {}",
                        records[found].submission.name.visible(),
                        other.place,
                        said.place
                    )));
                }
                _ => known[found] = Some(said),
            }
        }
        Ok((known.into_iter().map(|said| said.map(|said| said.when.clone())).collect(), remarks))
    }
}

/// Returns the only record of a name, or `None` if there is none.
fn only_of_name(name: &str, said: &Said, records: &[Record]) -> Result<Option<usize>, Error> {
    let mut named = records.iter().enumerate().filter(|(_, record)| record.submission.name == name);
    match (named.next(), named.next()) {
        (_, Some(_)) => Err(Error::new(format!(
            "error: {}: several attempts are called `{}`, so it is not known whose time this is",
            said.place,
            name.visible()
        ))),
        (one, None) => Ok(one.map(|(index, _)| index)),
    }
}

/// Returns the only record of a student, or `None` if there is none.
fn only_record(
    student: &Student,
    said: &Said,
    roster: &Roster,
    finder: &Finder,
    records_of: &[Vec<usize>],
) -> Result<Option<usize>, Error> {
    let wrong = |why: &str| Error::new(format!("error: {}: {why}", said.place));
    let records = match finder.find(&Who::of_student(student)).as_slice() {
        [] => return Ok(None),
        [one] => &records_of[*one],
        [a, b, ..] => {
            return Err(wrong(&format!(
                "this could be {} or {}",
                roster.students[*a].called_in_full(),
                roster.students[*b].called_in_full()
            )));
        }
    };
    match records.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(wrong(&format!(
            "{} has several submissions; name the one that is meant in a column `submission`",
            student.called()
        ))),
    }
}

/// Reads Gradescope's lateness, `26:03:59`.
fn seconds_of(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{}` is not a lateness such as `26:03:59`", text.visible());
    let parts: Vec<u32> =
        text.split(':').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    match parts.as_slice() {
        &[hours, minutes @ 0..60, seconds @ 0..60] => {
            Ok(i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;
    use crate::matching::match_records;

    fn times(text: &str) -> Result<Times, Error> {
        let mut times = Times::default();
        times.add_table(&Table::read("times.csv", text.as_bytes())?, &TimeZone::UTC)?;
        Ok(times)
    }

    /// Returns what tables say of the submissions `ada` and `bob`.
    fn of_two(texts: &[&str]) -> Result<(Vec<Option<When>>, Vec<String>), Error> {
        let records = [record("ada"), record("bob")];
        let text = "name,email,submission\nAda,a@x.edu,ada\nBob,b@x.edu,bob\nEve,e@x.edu,\n";
        let roster = Roster::read(&Table::read("roster.csv", text.as_bytes()).unwrap()).unwrap();
        let matching = match_records(&records, &roster).unwrap();
        let mut all = Times::default();
        for text in texts {
            all.said.extend(times(text)?.said);
        }
        all.of_records(&records, &roster, &matching.records_of)
    }

    fn at(text: &str) -> Option<When> {
        Some(When::At(text.parse().unwrap()))
    }

    #[test]
    fn tables_of_platforms_give_times() {
        for text in [
            "submission,time\nada,2026-11-20T10:00:00Z\nbob,\n",
            "Email,Submission Time,Lateness (H:M:S)\na@x.edu,2026-11-20 10:00:00 +0000,\nb@x.edu,,\n",
            "Full name,Last modified (submission)\nAda,\"Friday, 20 November 2026, 10:00 AM\"\nBob,-\n",
            "student_repository_name,submission_timestamp\nada,2026-11-20 10:00:00 UTC\n",
        ] {
            let (found, remarks) = of_two(&[text]).unwrap();
            assert_eq!(found, [at("2026-11-20T10:00:00Z"), None], "{text}");
            assert_eq!(remarks, [""; 0]);
        }
        let gradescope =
            "Email,Submission Time,Lateness (H:M:S)\na@x.edu,2026-11-20 10:00:00 +0000,26:03:59\n";
        assert_eq!(of_two(&[gradescope]).unwrap().0[0], Some(When::LateBySeconds(93_839)));
    }

    #[test]
    fn times_of_those_who_are_not_there_are_named() {
        let text = "submission,time\nzoe,2026-11-20 10:00\nada,2026-11-20 10:00\n";
        let (found, remarks) = of_two(&[text]).unwrap();
        assert_eq!(found[0], at("2026-11-20T10:00:00Z"));
        assert_eq!(remarks, ["times.csv, line 2: the time of a submission that is not there"]);
        assert_eq!(of_two(&["email,time\ne@x.edu,2026-11-20 10:00\n"]).unwrap().1.len(), 1);
    }

    #[test]
    fn contradictions_and_wrong_cells_are_errors() {
        let text = "submission,time\nada,2026-11-20 10:00\n";
        let other = "submission,time\nada,2026-11-20 11:00\n";
        assert!(of_two(&[text, text]).is_ok());
        let error = |texts: &[&str]| of_two(texts).unwrap_err().to_string();
        assert!(error(&[text, other]).contains("has two times"));
        assert!(error(&["submission,when\nada,1\n"]).contains("no column of times"));
        assert!(error(&["submission,time\nada,soon\n"]).contains("times.csv, line 2: `soon`"));
        assert!(error(&["submission,lateness\nada,1:75:00\n"]).contains("`1:75:00`"));
        assert!(error(&["time\n2026-11-20 10:00\n"]).contains("who the students are"));
    }
}
