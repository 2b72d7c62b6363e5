//! A platform's own table: which of its rows are students, and whose grade goes where.

use super::Filling;
use crate::book::{Book, Grade, Rules};
use crate::finder::{Finder, Who};
use crate::roster::{Roster, Student};
use crate::table::Table;
use heaplab_grade::{Points, Record};
use heaplab_support::Error;
use heaplab_trace::Visible;

/// A platform's table.
pub struct Template {
    pub table: Table,
    /// The indexes of the rows that are students.
    pub students: Vec<usize>,
    /// The names of the columns, as a roster would name them.
    roster_header: Vec<String>,
}

/// The grades for the rows of a platform's table.
pub struct Filled<'a> {
    /// The grade of each student of the template.
    pub grades: Vec<Option<Grade<'a>>>,
    pub remarks: Vec<String>,
}

impl Template {
    /// Takes a table whose rows are students if `is_student` holds.
    pub fn new(table: Table, is_student: impl Fn(&[String]) -> bool) -> Template {
        let rows = table.rows.iter().enumerate();
        let students = rows.filter(|(_, row)| is_student(&row.cells)).map(|(index, _)| index);
        Template { students: students.collect(), roster_header: table.header.clone(), table }
    }

    /// Says what a roster would call a column.
    pub fn calling(mut self, column: &str, name: &str) -> Template {
        for head in self.roster_header.iter_mut().filter(|head| *head == column) {
            name.clone_into(head);
        }
        self
    }

    /// Finds the grade of each student. The roster adds names to the students of the table;
    /// without one, the table is the roster.
    ///
    /// # Errors
    /// As for [`Book::new`], and if a student of the roster fits two rows.
    pub fn grades<'a>(
        &self,
        records: &'a [Record],
        roster: Option<&Roster>,
        rules: &Rules,
    ) -> Result<Filled<'a>, Error> {
        let rows = self.students.iter().map(|&index| self.table.rows[index].clone()).collect();
        let header = self.roster_header.clone();
        let mut all = Roster::read(&Table { rows, header, ..self.table.clone() })?;
        if all.students.len() != self.students.len() {
            return Err(Error::new(format!(
                "error: {}: a student is in it twice",
                self.table.place.visible()
            )));
        }
        if let Some(roster) = roster {
            add_names(&mut all, roster)?;
        }
        let book = Book::new(records, &all, rules)?;
        let remarks = remarks_of(&book, self.students.len());
        let grades = book.rows.into_iter().take(self.students.len()).map(|row| row.grade);
        Ok(Filled { grades: grades.collect(), remarks })
    }

    /// Returns the column of this name, or why there is none.
    pub fn required(&self, name: &str, help: &str) -> Result<usize, Error> {
        self.table.column(&[name]).ok_or_else(|| {
            Error::new(format!(
                "error: {}: there is no column `{name}` in it: {}\nhelp: {help}",
                self.table.place.visible(),
                self.table.columns()
            ))
        })
    }
}

/// Adds the names of a roster to the students of a template, and those who are not in it at the
/// end.
fn add_names(students: &mut Roster, roster: &Roster) -> Result<(), Error> {
    let finder = Finder::new(students);
    let mut others = Vec::new();
    for student in &roster.students {
        match finder.find(&Who::of_student(student)).as_slice() {
            [] => others.push(student.clone()),
            [one] => add(&mut students.students[*one], student),
            [a, b, ..] => {
                return Err(Error::new(format!(
                    "error: {} could be {} or {}",
                    student.called_in_full(),
                    students.students[*a].called_in_full(),
                    students.students[*b].called_in_full()
                )));
            }
        }
    }
    students.students.extend(others);
    Ok(())
}

fn add(student: &mut Student, more: &Student) {
    student.ids.extend(more.all_ids());
    if more.submission.is_some() {
        student.submission.clone_from(&more.submission);
    }
}

/// A column of grades in a platform's table.
pub struct Item {
    pub column: usize,
    /// What it is called, without what the platform adds.
    pub name: String,
    pub maximum: Option<Points>,
}

/// Returns the column of grades that is meant: the one that `filling` names, with or without what
/// the platform adds, or the only one. `read` finds the columns of grades by their names.
pub fn item_of(
    table: &Table,
    read: fn(usize, &str) -> Option<Item>,
    filling: &Filling,
    help: &str,
) -> Result<Item, Error> {
    let heads = table.header.iter().enumerate();
    let items: Vec<Item> = heads.filter_map(|(column, head)| read(column, head)).collect();
    let list = items.iter().map(|item| format!("`{}`", item.name.visible()));
    let list = list.collect::<Vec<_>>().join(", ");
    let place = table.place.visible();
    let wrong = |why: String| Error::new(format!("error: {place}: {why}"));
    let is_meant = |item: &Item| {
        let wanted = filling.column.as_ref().map(|wanted| wanted.trim());
        wanted
            .is_none_or(|wanted| wanted == item.name || wanted == table.header[item.column].trim())
    };
    let mut meant: Vec<Item> = items.into_iter().filter(is_meant).collect();
    match (meant.len(), &filling.column) {
        (1, _) => Ok(meant.remove(0)),
        (0, None) => Err(wrong(format!("there is no column of grades in it\nhelp: {help}"))),
        (0, Some(wanted)) => Err(wrong(format!(
            "there is no column `{}` of grades in it; there are: {list}\nhelp: {help}",
            wanted.visible()
        ))),
        (_, None) => Err(wrong(format!("which column is it?\nhelp: say it with --column: {list}"))),
        (_, Some(wanted)) => Err(wrong(format!(
            "several columns are called `{}`\nhelp: give the whole name with --column",
            wanted.visible()
        ))),
    }
}

/// Names the students without a submission and the submissions without a student. The students
/// from `in_template` on are not in the platform's table.
pub fn remarks_of(book: &Book<'_>, in_template: usize) -> Vec<String> {
    let mut remarks = book.remarks.clone();
    let (inside, outside) = book.rows.split_at(in_template.min(book.rows.len()));
    let listed = |names: Vec<String>| (names.len(), names.join(", "));
    let without = inside.iter().filter(|row| !row.grade.as_ref().is_some_and(has_record));
    if let (count @ 1.., names) = listed(without.map(|row| row.student.called()).collect()) {
        remarks.push(format!("{} without a submission: {names}", counted(count, "student")));
    }
    let lost = outside.iter().filter(|row| row.grade.is_some());
    if let (count @ 1.., names) = listed(lost.map(|row| row.student.called_in_full()).collect()) {
        let students = counted(count, "student");
        remarks.push(format!("{students} with a grade, but not in the table: {names}"));
    }
    let strangers = book.strangers.iter().map(|(called, record)| {
        let name = record.submission.name.visible();
        if *called == *name { format!("`{name}`") } else { format!("`{name}` ({called})") }
    });
    if let (count @ 1.., names) = listed(strangers.collect()) {
        let submissions = counted(count, "submission");
        remarks.push(format!("{submissions} of students not in the roster: {names}"));
    }
    remarks
}

fn has_record(grade: &Grade<'_>) -> bool {
    grade.record.is_some()
}

/// Returns `1 student`, `2 students`.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Points as a platform with another maximum counts them.
pub struct Scale {
    /// The platform's maximum and the lab's, if they differ and points are scaled.
    factors: Option<(Points, Points)>,
}

impl Scale {
    /// Compares the maximum of the records with the platform's, where both are known. Returns a
    /// remark if they differ and points are not scaled.
    pub fn new(
        platform: Option<Points>,
        records: &[Record],
        filling: &Filling,
    ) -> (Scale, Option<String>) {
        let lab = records.iter().map(|record| record.max_points).max();
        match (platform, lab) {
            (Some(platform), Some(lab)) if platform != lab && lab > Points::ZERO => {
                if filling.scale {
                    (Scale { factors: Some((platform, lab)) }, None)
                } else {
                    let remark = format!(
                        "the platform's maximum is {platform} points, but the lab's is {lab}; \
                         --scale converts"
                    );
                    (Scale { factors: None }, Some(remark))
                }
            }
            _ => (Scale { factors: None }, None),
        }
    }

    /// Returns the points for the platform, rounded to the nearest hundredth.
    pub fn of(&self, points: Points) -> Points {
        let Some((platform, lab)) = self.factors else { return points };
        let [points, platform, lab] =
            [points, platform, lab].map(|points| u128::from(points.hundredths()));
        let scaled = (2 * points * platform + lab) / (2 * lab);
        Points::from_hundredths(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

/// Reads a maximum in a platform's table: `100`, `100.00` or `100,00`.
pub fn points_in(cell: &str) -> Option<Points> {
    let number: f64 = cell.trim().replace(',', ".").parse().ok()?;
    Points::from_f64(number).ok()
}
