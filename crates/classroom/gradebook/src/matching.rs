//! Finds out which student handed in which submission.
//!
//! The first of these rules that finds a student decides:
//!
//! 1. The roster names the record in its column `submission`.
//! 2. An address or a number is the same. If it is that of several, or of someone with another
//!    name, the name has to agree.
//! 3. The name is the same, or the record is called as the address begins.
//! 4. The record's name ends with `-` and a student's identifier, as a repository's does.
//!
//! If a rule finds two students, none is taken: the caller gets an error that names both.

use crate::finder::{Finder, Who};
use crate::roster::Roster;
use heaplab_grade::Record;
use heaplab_support::Error;
use heaplab_trace::Visible;

/// Which records are whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// For each student of the roster, the indexes of the records.
    pub records_of: Vec<Vec<usize>>,
    /// Those who handed something in and are not in the roster.
    pub strangers: Vec<Stranger>,
}

/// Someone who handed something in and is not in the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The index of the record.
    pub record: usize,
    /// What is known of the person.
    pub called: String,
}

/// Finds the students of each record.
///
/// # Errors
/// If a record may be that of several students, not a group.
pub fn match_records(records: &[Record], roster: &Roster) -> Result<Matching, Error> {
    let mut matching =
        Matching { records_of: vec![Vec::new(); roster.students.len()], ..Matching::default() };
    let finder = Finder::new(roster);
    let mut unclear = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let said = said_by_roster(record, roster);
        for &student in &said {
            matching.records_of[student].push(index);
        }
        if !said.is_empty() {
            continue;
        }
        for who in Who::of_record(record) {
            match finder.find(&who).as_slice() {
                [] => matching.strangers.push(Stranger { record: index, called: who.called() }),
                [student] => {
                    let found = &mut matching.records_of[*student];
                    if found.last() != Some(&index) {
                        found.push(index);
                    }
                }
                several => unclear.push(could_be(&record.submission.name, several, roster)),
            }
        }
    }
    if unclear.is_empty() {
        return Ok(matching);
    }
    Err(Error::new(format!(
        "error: {}\n\
         help: write the record's name into a column `submission` of the roster, in the student's row",
        unclear.join("\nerror: ")
    )))
}

/// Returns the students in whose rows the roster names the record.
fn said_by_roster(record: &Record, roster: &Roster) -> Vec<usize> {
    let students = roster.students.iter().enumerate();
    let said = students
        .filter(|(_, student)| student.submission.as_deref() == Some(&*record.submission.name));
    said.map(|(index, _)| index).collect()
}

fn could_be(name: &str, students: &[usize], roster: &Roster) -> String {
    let called: Vec<String> =
        students.iter().map(|&index| roster.students[index].called_in_full()).collect();
    format!("the submission `{}` could be that of {}", name.visible(), called.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;
    use crate::table::Table;
    use heaplab_grade::Submitter;

    fn roster(text: &str) -> Roster {
        Roster::read(&Table::read("roster.csv", text.as_bytes()).unwrap()).unwrap()
    }

    fn submitter(name: &str, email: &str, id: &str) -> Submitter {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Submitter { name: text(name), email: text(email), id: text(id) }
    }

    fn matched(records: &[Record], text: &str) -> (Vec<Vec<usize>>, Vec<String>) {
        let matching = match_records(records, &roster(text)).unwrap();
        let strangers = matching.strangers.into_iter().map(|stranger| stranger.called);
        (matching.records_of, strangers.collect())
    }

    #[test]
    fn a_plain_name_is_found_by_everything_it_may_be() {
        for text in [
            "name,submission\nAda Lovelace,ada-l\n",
            "name,id\nAda Lovelace,ADA-L\n",
            "name,email\nAda Lovelace,ada-l@x.edu\n",
            "name\nada-l\n",
            "name,github_username\nAda,L\n",
        ] {
            let (records_of, strangers) = matched(&[record("ada-l")], text);
            assert_eq!(records_of, [vec![0]], "{text}");
            assert!(strangers.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_platforms_say_decides_before_names() {
        let mut one = record("lovelaceada_12");
        one.submission.submitters = vec![submitter("lovelaceada", "", "12")];
        let text =
            "Student,ID,SIS Login ID\n\"Lovelace, Ada\",99,ada1\n\"Lovelace, Ada\",12,ada2\n";
        assert_eq!(matched(&[one.clone()], text).0, [vec![], vec![0]]);
        let (records_of, strangers) = matched(&[one], "Student,ID\n\"Byron, Ann\",1\n");
        assert_eq!(records_of, [Vec::<usize>::new()]);
        assert_eq!(strangers, ["lovelaceada"]);
    }

    #[test]
    fn a_group_is_matched_one_by_one_and_strangers_are_named() {
        let mut group = record("Ada + Bob + Eve");
        group.submission.submitters = vec![
            submitter("Ada", "", "1"),
            submitter("", "bob@x.edu", ""),
            submitter("Eve", "eve@x.edu", ""),
        ];
        let text = "name,email,id\nAda,,1\nRobert,BOB@x.edu,2\n";
        let (records_of, strangers) = matched(&[group], text);
        assert_eq!(records_of, [vec![0], vec![0]]);
        assert_eq!(strangers, ["Eve"]);
    }

    #[test]
    fn the_roster_may_give_one_record_to_several_students() {
        let text = "name,submission\nAda,team-1\nBob,team-1\nEve,\n";
        assert_eq!(matched(&[record("team-1")], text).0, [vec![0], vec![0], vec![]]);
    }

    #[test]
    fn two_students_who_fit_are_both_named() {
        let error = |text: &str, name: &str| {
            match_records(&[record(name)], &roster(text)).unwrap_err().to_string()
        };
        let text = "name,id\nAda Lovelace,1\nAda Lovelace,2\n";
        assert_eq!(
            error(text, "Ada Lovelace").lines().next().unwrap(),
            "error: the submission `Ada Lovelace` could be that of Ada Lovelace (roster.csv, line 2) \
             or Ada Lovelace (roster.csv, line 3)"
        );
        // A number of one student that is another's name at a platform.
        let text = "name,id,sid\nAda,12,7\nBob,8,12\n";
        assert!(error(text, "12").contains("Ada (roster.csv, line 2) or Bob"));
        // Moodle's number of one student is the university's of another.
        let mut one = record("Ada_12");
        one.submission.submitters = vec![submitter("Ada", "", "12")];
        let text = "name,id\nAda,7\nBob,12\n";
        let contradiction = match_records(&[one.clone()], &roster(text)).unwrap_err().to_string();
        assert!(contradiction.contains("Bob (roster.csv, line 3) or Ada"), "{contradiction}");
        let text = "name,id,identifier\nAda,7,Participant 12\nBob,12,Participant 7\n";
        assert_eq!(matched(&[one], text).0, [vec![0], vec![]]);
        // Contradicting evidence.
        let mut one = record("x");
        one.submission.submitters = vec![submitter("", "ada@x", "2")];
        let roster = roster("name,email,id\nAda,ada@x,1\nBob,bob@x,2\n");
        assert!(match_records(&[one], &roster).is_err());
    }
}
