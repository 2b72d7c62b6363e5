//! Late days that students used for earlier labs, from the gradebooks of these.

use crate::finder::{Finder, Who};
use crate::roster::{Id, Kind, Roster, Student, people};
use crate::table::Table;
use heaplab_support::Error;
use heaplab_trace::Visible;

/// Late days used for earlier labs.
#[derive(Clone, Debug, Default)]
pub struct UsedBefore {
    all: Vec<(Student, u32)>,
}

/// The column of the plain gradebook.
const COLUMN: &str = "budget_days_used";

impl UsedBefore {
    /// Adds the days of a gradebook: a table with the columns of a roster and
    /// `budget_days_used`, such as the plain gradebook of an earlier lab.
    ///
    /// # Errors
    /// If the column is missing, or a cell is neither empty nor a number of days.
    pub fn add(&mut self, table: &Table) -> Result<(), Error> {
        let place = table.place.visible();
        let column = table.column(&[COLUMN]).ok_or_else(|| {
            Error::new(format!(
                "error: {place}: there is no column `{COLUMN}` in it: {}\n\
                 help: it is in the plain gradebook of an earlier lab that was made with --late",
                table.columns()
            ))
        })?;
        for (row, person) in table.rows.iter().zip(people(table)?) {
            let cell = row.cells[column].trim();
            let (false, Some(person)) = (cell.is_empty(), person) else { continue };
            let days = cell.parse().map_err(|_| {
                Error::new(format!(
                    "error: {place}, line {}: `{}` is not a number of days",
                    row.line,
                    cell.visible()
                ))
            })?;
            self.all.push((person, days));
        }
        Ok(())
    }

    /// Adds the days to those of each student of the roster. Returns a remark for each person who
    /// is not in it.
    ///
    /// # Errors
    /// If a person may be several students.
    pub fn add_to(&self, used_days: &mut [u32], roster: &Roster) -> Result<Vec<String>, Error> {
        let finder = Finder::new(roster);
        let mut remarks = Vec::new();
        for (person, days) in self.all.iter().filter(|(_, days)| *days > 0) {
            let mut who = Who::of_student(person);
            // The plain gradebook does not say what its numbers are.
            who.ids.extend(
                person.ids.iter().map(|id| Id { kind: Kind::Unknown, text: id.text.clone() }),
            );
            match finder.find(&who).as_slice() {
                [one] => used_days[*one] = used_days[*one].saturating_add(*days),
                [] => remarks.push(format!(
                    "{} used late days before, and is not in the roster",
                    person.called_in_full()
                )),
                [a, b, ..] => {
                    return Err(Error::new(format!(
                        "error: the late days of {} could be those of {} or {}",
                        person.called_in_full(),
                        roster.students[*a].called_in_full(),
                        roster.students[*b].called_in_full()
                    )));
                }
            }
        }
        Ok(remarks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::read("first.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn days_of_several_labs_add_up() {
        let roster = Roster::read(&table("name,sis login id\nAda,ada1\nBob,bob1\n")).unwrap();
        let mut used = UsedBefore::default();
        let text = "student,email,id,submission,budget_days_used\nAda,,ada1,hw1-ada,2\nBob,,bob1,,\nZoe,,zoe1,z,1\n";
        used.add(&table(text)).unwrap();
        used.add(&table("student,budget_days_used\nAda,1\n")).unwrap();
        let mut days = vec![1, 0];
        let remarks = used.add_to(&mut days, &roster).unwrap();
        assert_eq!(days, [4, 0]);
        assert_eq!(
            remarks,
            ["Zoe (first.csv, line 4) used late days before, and is not in the roster"]
        );
    }

    #[test]
    fn another_table_is_refused() {
        let error = |text: &str| UsedBefore::default().add(&table(text)).unwrap_err().to_string();
        assert!(error("student,points\nAda,1\n").contains("no column `budget_days_used`"));
        let many = error("student,budget_days_used\nAda,many\n");
        assert!(many.contains("first.csv, line 2: `many` is not a number of days"), "{many}");
    }
}
