//! The plain gradebook: a row for each student, and for each submission of someone else.

use super::template::remarks_of;
use super::{Filling, Sheet};
use crate::book::{Book, Rules};
use crate::roster::Roster;
use crate::table::{Dialect, Row, Table};
use heaplab_grade::Record;
use heaplab_support::Error;

const COLUMNS: [&str; 12] = [
    "student",
    "email",
    "id",
    "submission",
    "verdict",
    "points",
    "max_points",
    "days_late",
    "budget_days_used",
    "late_penalty",
    "grade",
    "explanation",
];

/// Makes the plain gradebook. `points` are those of the record, and `grade` is what is left of
/// them after late days and adjustments.
///
/// # Errors
/// As for [`Book::new`].
pub fn plain(
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let own = Roster::of_records(records);
    let book = Book::new(records, roster.unwrap_or(&own), rules)?;
    let students = book.rows.iter().map(|row| {
        let student = &row.student;
        let grade = row.grade.as_ref();
        let late = grade.and_then(|grade| grade.lateness);
        let record = grade.and_then(|grade| grade.record);
        let text = |text: Option<String>| text.unwrap_or_default();
        let cells = [
            student.name.clone(),
            student.email.clone(),
            student.ids.first().map(|id| id.text.clone()),
            record.map(|record| record.submission.name.clone()),
            record.map(|record| record.verdict.name().to_owned()),
            record.map(|record| record.points.to_string()),
            record.map(|record| record.max_points.to_string()),
            late.map(|late| late.days.to_string()),
            late.map(|late| late.free_days.to_string()),
            grade.filter(|_| late.is_some()).map(|grade| grade.penalty.to_string()),
            grade.map(|grade| grade.points).or(filling.missing).map(|points| points.to_string()),
            grade.map(|grade| grade.explanation.join("; ")),
        ];
        cells.map(text).to_vec()
    });
    let strangers = book.strangers.iter().map(|(called, record)| {
        let mut cells = vec![String::new(); COLUMNS.len()];
        cells[3].clone_from(&record.submission.name);
        record.verdict.name().clone_into(&mut cells[4]);
        cells[5] = record.points.to_string();
        cells[6] = record.max_points.to_string();
        cells[11] = format!("{called} is not in the roster");
        cells
    });
    let rows = students.chain(strangers).map(|cells| Row { line: 0, cells });
    let table = Table {
        place: String::new(),
        header: COLUMNS.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        dialect: Dialect::PLAIN,
    };
    Ok(Sheet { text: table.write(|_| false), remarks: remarks_of(&book, book.rows.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;

    #[test]
    fn every_student_and_every_submission_has_a_row() {
        let text = "name,email,id\n\"Lovelace, Ada\",ada@x.edu,7\n\"@eve\u{202e}\",,8\n";
        let roster = Roster::read(&Table::read("r.csv", text.as_bytes()).unwrap()).unwrap();
        let records = [record("ada"), record("zoe")];
        let filling = Filling::default();
        let sheet = plain(&records, Some(&roster), &Rules::default(), &filling).unwrap();
        assert_eq!(
            sheet.text,
            "student,email,id,submission,verdict,points,max_points,days_late,budget_days_used,late_penalty,grade,explanation\n\
             \"Lovelace, Ada\",ada@x.edu,7,ada,graded,40.00,100.00,,,,40.00,40.00 of 100.00\n\
             '@eve\\u{202e},,8,,,,,,,,,\n\
             ,,,zoe,graded,40.00,100.00,,,,,zoe is not in the roster\n"
        );
        assert_eq!(
            sheet.remarks,
            [
                "1 student without a submission: @eve\\u{202e}",
                "1 submission of students not in the roster: `zoe`"
            ]
        );
        let sheet = plain(&records, None, &Rules::default(), &filling).unwrap();
        assert_eq!((sheet.text.lines().count(), sheet.remarks.len()), (3, 0));
    }
}
