//! Finds students by what a platform, a file or a person calls them.

use crate::names::{Forms, folded};
use crate::roster::{Id, Kind, Roster, Student};
use heaplab_grade::{Record, Submitter};
use heaplab_trace::Visible;

/// What is known of a person who is looked for in a roster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Names.
    pub names: Vec<String>,
    /// Addresses, numbers, and anything that may be one.
    pub ids: Vec<Id>,
}

impl Who {
    /// Returns those who handed a record in; one person if a platform names none.
    pub fn of_record(record: &Record) -> Vec<Who> {
        let name = &record.submission.name;
        match record.submission.submitters.as_slice() {
            [] => vec![Who::called_this(name)],
            submitters => submitters.iter().map(Who::of_submitter).collect(),
        }
    }

    /// Returns a person of whom only one text is known, which may be a name, address or number.
    pub fn called_this(text: &str) -> Who {
        Who {
            names: vec![text.to_owned()],
            ids: vec![Id { kind: Kind::Unknown, text: text.to_owned() }],
        }
    }

    /// Returns a person of another table.
    pub fn of_student(student: &Student) -> Who {
        Who { names: student.name.iter().cloned().collect(), ids: student.all_ids().collect() }
    }

    fn of_submitter(submitter: &Submitter) -> Who {
        let id = submitter.id.iter().map(|text| Id { kind: Kind::Unknown, text: text.clone() });
        let email = submitter.email.iter();
        let email = email.map(|text| Id { kind: Kind::Email, text: text.clone() });
        let ids = id.chain(email).collect();
        Who { names: submitter.name.iter().cloned().collect(), ids }
    }

    /// Returns what the person is called in a message.
    pub fn called(&self) -> String {
        let known = self.names.first().or(self.ids.first().map(|id| &id.text));
        known
            .map_or_else(|| "someone without a name".to_owned(), |name| name.visible().into_owned())
    }
}

/// The students of a roster, in the forms in which they are compared.
pub struct Finder {
    students: Vec<Compared>,
}

/// A student in the forms in which students are compared.
struct Compared {
    ids: Vec<Id>,
    name: Forms,
    /// What stands before the `@` of the address.
    account: Option<String>,
}

/// The same of someone who is looked for.
struct Wanted {
    ids: Vec<Id>,
    names: Vec<Forms>,
}

impl Finder {
    /// Takes the students of a roster.
    pub fn new(roster: &Roster) -> Finder {
        Finder { students: roster.students.iter().map(Compared::of).collect() }
    }

    /// Returns the students, by their places in the roster, whom a name, an address or a number
    /// stands for: those found by the first of the rules that finds any.
    pub fn find(&self, who: &Who) -> Vec<usize> {
        let wanted = Wanted {
            ids: who.ids.iter().map(comparable).collect(),
            names: who.names.iter().map(|name| Forms::of(name)).collect(),
        };
        let by = |rule: fn(&Wanted, &Compared) -> bool| {
            let students = self.students.iter().enumerate();
            let found = students.filter(|(_, student)| rule(&wanted, student));
            found.map(|(index, _)| index).collect::<Vec<usize>>()
        };
        let (by_id, by_name) = (by(has_id), by(has_name));
        if !by_id.is_empty() {
            return agreed(by_id, &by_name);
        }
        let rest: [fn(&Wanted, &Compared) -> bool; 2] = [has_account, has_ending];
        let rest = rest.into_iter().map(by);
        std::iter::once(by_name).chain(rest).find(|found| !found.is_empty()).unwrap_or_default()
    }
}

impl Compared {
    fn of(student: &Student) -> Compared {
        let account = student.email.as_ref().and_then(|email| email.split_once('@'));
        Compared {
            ids: student.all_ids().map(|id| comparable(&id)).collect(),
            name: Forms::of(student.name.as_deref().unwrap_or_default()),
            account: account.map(|(account, _)| folded(account)),
        }
    }
}

fn comparable(id: &Id) -> Id {
    Id { kind: id.kind, text: folded(&id.text) }
}

/// Returns the students with an identifier whose name agrees. If no name does, all of them are
/// returned, with those who have the name.
fn agreed(by_id: Vec<usize>, by_name: &[usize]) -> Vec<usize> {
    let both: Vec<usize> = by_id.iter().copied().filter(|one| by_name.contains(one)).collect();
    if both.is_empty() { [by_id, by_name.to_vec()].concat() } else { both }
}

fn has_id(wanted: &Wanted, student: &Compared) -> bool {
    student.ids.iter().any(|id| wanted.ids.iter().any(|other| id.is(other)))
}

fn has_name(wanted: &Wanted, student: &Compared) -> bool {
    wanted.names.iter().any(|name| name.is_name_of(&student.name))
}

/// Returns whether the student's address begins as someone is called.
fn has_account(wanted: &Wanted, student: &Compared) -> bool {
    let account = student.account.as_ref();
    account.is_some_and(|account| wanted.ids.iter().any(|id| id.text == *account))
}

/// Returns whether a repository's name, `malloc-ada`, ends with an identifier of the student. A
/// bare number at the end may be anything.
fn has_ending(wanted: &Wanted, student: &Compared) -> bool {
    let mut logins = student.ids.iter().filter(|id| id.text.contains(char::is_alphabetic));
    logins.any(|id| wanted.names.iter().any(|name| name.ends_with_login(&id.text)))
}
