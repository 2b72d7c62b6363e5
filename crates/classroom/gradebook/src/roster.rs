//! A roster: the students of a class, and the names that each of them has.

use crate::names;
use crate::table::{Row, Table, plain};
use heaplab_grade::Record;
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::collections::BTreeMap;

/// Names of the columns that are read, each list with the preferred name first.
const SUBMISSION: &[&str] = &["submission", "record", "student repository name"];
const NAME: &[&str] = &["full name", "name", "student", "student name"];
const FIRST: &[&str] = &["first name", "given name"];
const LAST: &[&str] = &["last name", "surname", "family name"];
const EMAIL: &[&str] = &["email", "email address", "mail"];
const SECTION: &[&str] = &["section", "sections", "group"];
const IDS: &[(Kind, &[&str])] = &[
    (
        Kind::Number,
        &[
            "id",
            "sid",
            "student id",
            "sis user id",
            "id number",
            "orgdefinedid",
            "student number",
            "roster identifier",
        ],
    ),
    (Kind::Login, &["login", "login id", "sis login id", "username", "user name"]),
    (Kind::Canvas, &["canvas id", "canvas user id"]),
    (Kind::Moodle, &["identifier"]),
    (Kind::GitHub, &["github username"]),
    (Kind::Other, &["integration id", "github id", "user id"]),
];

/// What an identifier identifies a student to. Two of different kinds are not compared, because a
/// student's number at the university may be another student's at a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The university's number.
    Number,
    /// The name that the student logs in with.
    Login,
    /// Canvas's number.
    Canvas,
    /// Moodle's number of a participant of an assignment.
    Moodle,
    /// The name at GitHub.
    GitHub,
    /// An address.
    Email,
    /// An identifier of one system.
    Other,
    /// It is not known which: compared with all.
    Unknown,
}

/// An identifier of a student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    /// What it identifies the student to.
    pub kind: Kind,
    /// The identifier.
    pub text: String,
}

impl Id {
    /// Returns whether two identifiers in their folded form are the same.
    pub(crate) fn is(&self, other: &Id) -> bool {
        let unknown = self.kind == Kind::Unknown || other.kind == Kind::Unknown;
        (unknown || self.kind == other.kind) && self.text == other.text
    }
}

/// The students of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// The students, in the order of the roster.
    pub students: Vec<Student>,
}

/// A student, with all that a submission or a platform may call them by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Student {
    /// The name.
    pub name: Option<String>,
    /// The first and the last name, if the roster tells them apart.
    pub first_and_last: Option<(String, String)>,
    /// The address.
    pub email: Option<String>,
    /// Numbers and names that a platform or the university gave.
    pub ids: Vec<Id>,
    /// The section or group.
    pub section: Option<String>,
    /// The name of the record, if the roster says it.
    pub submission: Option<String>,
    /// Where the student is from: `roster.csv, line 3`.
    pub place: String,
}

impl Student {
    /// Returns what the student is called in a message.
    pub fn called(&self) -> String {
        let id = self.ids.first().map(|id| &id.text);
        let name = self.name.as_ref().or(self.email.as_ref()).or(id);
        let name = name.or(self.submission.as_ref());
        name.map_or_else(|| self.place.clone(), |name| name.visible().into_owned())
    }

    /// Returns all identifiers, the address too.
    pub fn all_ids(&self) -> impl Iterator<Item = Id> + '_ {
        let email = self.email.iter().map(|text| Id { kind: Kind::Email, text: text.clone() });
        self.ids.iter().cloned().chain(email)
    }

    /// Returns what the student is called, with the place.
    pub fn called_in_full(&self) -> String {
        format!("{} ({})", self.called(), self.place)
    }
}

impl Roster {
    /// Reads a roster: a table with a column for the name, the address or a number of each
    /// student, or Autolab's roster, which has no header. Other columns are ignored.
    ///
    /// # Errors
    /// If none of its columns says who the students are, or two students share an address or a
    /// number.
    pub fn read(table: &Table) -> Result<Roster, Error> {
        let autolab = as_autolabs(table);
        let table = autolab.as_ref().unwrap_or(table);
        let columns = Columns::of(table)?;
        let mut roster = Roster::default();
        let mut seen: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for row in &table.rows {
            let Some(student) = columns.student(table, row) else { continue };
            let keys = columns.keys(row);
            let other = keys.iter().find_map(|key| seen.get(key));
            match other.map(|&index| &roster.students[index]) {
                // A student in two sections.
                Some(other) if is_same_name(other, &student) => {}
                Some(other) => {
                    return Err(Error::new(format!(
                        "error: {} and {} have the same address or number",
                        other.called_in_full(),
                        student.called_in_full()
                    )));
                }
                None => {
                    seen.extend(keys.into_iter().map(|key| (key, roster.students.len())));
                    roster.students.push(student);
                }
            }
        }
        Ok(roster)
    }

    /// Returns a roster of those who handed something in, for a class without one.
    pub fn of_records(records: &[Record]) -> Roster {
        let student = |record: &Record| {
            let submission = &record.submission;
            let (email, ids) = match submission.submitters.as_slice() {
                [one] => {
                    let id = one.id.clone().map(|text| Id { kind: Kind::Unknown, text });
                    (one.email.clone(), id.into_iter().collect())
                }
                _ => (None, Vec::new()),
            };
            Student {
                name: Some(submission.name.clone()),
                email,
                ids,
                submission: Some(submission.name.clone()),
                place: "without a roster".to_owned(),
                ..Student::default()
            }
        };
        Roster { students: records.iter().map(student).collect() }
    }
}

/// Returns the person of each row, if the row names one. A person may be named twice.
///
/// # Errors
/// If none of the columns says who is meant.
pub fn people(table: &Table) -> Result<Vec<Option<Student>>, Error> {
    let columns = Columns::of(table)?;
    Ok(table.rows.iter().map(|row| columns.student(table, row)).collect())
}

fn is_same_name(a: &Student, b: &Student) -> bool {
    let folded = |student: &Student| student.name.as_deref().map(names::folded);
    folded(a) == folded(b) && a.submission == b.submission
}

/// Where the columns of a roster are.
struct Columns {
    submission: Option<usize>,
    name: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
    email: Option<usize>,
    section: Option<usize>,
    ids: Vec<(Kind, usize)>,
}

impl Columns {
    fn of(table: &Table) -> Result<Columns, Error> {
        let kind = |head: &String| {
            let is_named = |names: &[&str]| names.iter().any(|name| plain(name) == plain(head));
            IDS.iter().find(|(_, names)| is_named(names)).map(|(kind, _)| *kind)
        };
        let heads = table.header.iter().enumerate();
        let ids = heads.filter_map(|(index, head)| Some((kind(head)?, index)));
        let columns = Columns {
            submission: table.column(SUBMISSION),
            name: table.column(NAME),
            first: table.column(FIRST),
            last: table.column(LAST),
            email: table.column(EMAIL),
            section: table.column(SECTION),
            ids: ids.collect(),
        };
        if columns.is_without_students() {
            return Err(Error::new(format!(
                "error: {}: its columns don't say who the students are: {}\n\
                 help: name a column `name`, `email`, `id` or `submission`",
                table.place.visible(),
                table.columns()
            )));
        }
        Ok(columns)
    }

    fn is_without_students(&self) -> bool {
        self.ids.is_empty()
            && [self.submission, self.name, self.last, self.email].iter().all(Option::is_none)
    }

    /// Returns what only one student can have: each with its column.
    fn keys(&self, row: &Row) -> Vec<(usize, String)> {
        let columns = self.ids.iter().map(|(_, column)| *column).chain(self.email);
        let keys = columns.map(|column| (column, names::folded(&row.cells[column])));
        keys.filter(|(_, key)| !key.is_empty()).collect()
    }

    fn student(&self, table: &Table, row: &Row) -> Option<Student> {
        let text = |column: Option<usize>| {
            let cell = row.cells.get(column?)?.trim();
            (!cell.is_empty()).then(|| cell.to_owned())
        };
        let first_and_last = match (text(self.first), text(self.last)) {
            (None, None) => None,
            (first, last) => Some((first.unwrap_or_default(), last.unwrap_or_default())),
        };
        let whole = first_and_last.as_ref().map(|(first, last)| format!("{first} {last}"));
        let ids = self.ids.iter().filter_map(|&(kind, column)| Some((kind, text(Some(column))?)));
        let ids = ids.flat_map(|(kind, cell)| {
            let texts = names::of_identifier(cell);
            // GitHub Classroom's identifier may be anything.
            let is_classrooms = kind == Kind::Moodle && texts.len() == 1;
            let kind = if is_classrooms { Kind::Unknown } else { kind };
            texts.into_iter().map(move |text| Id { kind, text })
        });
        let student = Student {
            name: text(self.name).or(whole.map(|name| name.trim().to_owned())),
            first_and_last,
            email: text(self.email),
            ids: ids.collect(),
            section: text(self.section),
            submission: text(self.submission),
            place: format!("{}, line {}", table.place.visible(), row.line),
        };
        let is_known = student.name.is_some()
            || student.email.is_some()
            || !student.ids.is_empty()
            || student.submission.is_some();
        is_known.then_some(student)
    }
}

/// Names of Autolab's columns.
const AUTOLAB: [&str; 11] = [
    "semester",
    "email",
    "last name",
    "first name",
    "school",
    "major",
    "year",
    "grading policy",
    "course number",
    "course lecture",
    "section",
];

/// Returns Autolab's roster with a header, if the table is one.
fn as_autolabs(table: &Table) -> Option<Table> {
    let is_autolabs = table.header.len() == AUTOLAB.len() && table.header[1].contains('@');
    is_autolabs.then(|| {
        let first = Row { line: 1, cells: table.header.clone() };
        let rows = std::iter::once(first).chain(table.rows.iter().cloned()).collect();
        Table { header: AUTOLAB.map(str::to_owned).to_vec(), rows, ..table.clone() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Roster, Error> {
        Roster::read(&Table::read("roster.csv", text.as_bytes())?)
    }

    #[test]
    fn rosters_of_several_platforms_are_read() {
        for text in [
            "name,email,id\nAda Lovelace,ada@x.edu,7\n",
            "\u{feff}First Name;Last Name;SID;Email;Section\r\nAda;Lovelace;7;ada@x.edu;A\r\n",
            "Identifier,Full name,Email address,Status\nParticipant 7,Ada Lovelace,ada@x.edu,x\n",
            "Extra,\"E-Mail\",\"Student\",ID\n\"a, b\",ada@x.edu,Ada Lovelace,7\n",
        ] {
            let roster = read(text).unwrap();
            let ada = &roster.students[0];
            assert_eq!(ada.name.as_deref(), Some("Ada Lovelace"), "{text}");
            assert_eq!(ada.email.as_deref(), Some("ada@x.edu"), "{text}");
            assert!(ada.ids.iter().any(|id| id.text == "7"), "{text}");
        }
        let classroom = "identifier,github_username,github_id,name\nada@x.edu,ada-l,42,\n";
        let roster = read(classroom).unwrap();
        let ids: Vec<(Kind, &str)> =
            roster.students[0].ids.iter().map(|id| (id.kind, id.text.as_str())).collect();
        let expected = [(Kind::Unknown, "ada@x.edu"), (Kind::GitHub, "ada-l"), (Kind::Other, "42")];
        assert_eq!(ids, expected);
    }

    #[test]
    fn autolabs_roster_has_no_header() {
        let text =
            "F26,ada@x.edu,Lovelace,Ada,S,M,4,L,15213,1,A\nF26,bob@x.edu,B,Bob,S,M,4,L,15213,1,A\n";
        let roster = read(text).unwrap();
        assert_eq!(roster.students.len(), 2);
        assert_eq!(roster.students[0].called_in_full(), "Ada Lovelace (roster.csv, line 1)");
    }

    #[test]
    fn a_roster_without_students_is_refused() {
        let error = read("Section,Grade\nA,1\n").unwrap_err().to_string();
        assert!(error.contains("`Section`, `Grade`") && error.contains("help: "), "{error}");
        assert_eq!(read("name,email\n,\n").unwrap().students, []);
    }

    #[test]
    fn two_students_with_one_address_are_named_and_one_in_two_sections_is_one() {
        let error = read("name,email\nAda,a@x\nBob,A@X\n").unwrap_err().to_string();
        assert_eq!(
            error,
            "error: Ada (roster.csv, line 2) and Bob (roster.csv, line 3) have the same address or number"
        );
        assert_eq!(read("name,id,section\nAda,7,1\nAda,7,2\n").unwrap().students.len(), 1);
        assert!(read("name,id,sid\nAda,7,1\nBob,7,2\n").is_err());
        assert_eq!(read("name,id\nAda,7\nAda,8\n").unwrap().students.len(), 2);
    }
}
