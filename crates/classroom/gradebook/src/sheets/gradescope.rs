//! Gradescope's table of scores, as its `Download Grades` makes it.
//!
//! Gradescope documents no import of scores: it makes them itself, with the package that
//! `heaplab export gradescope` builds. This table is for whatever reads Gradescope's own.

use super::template::{Template, remarks_of};
use super::{Filling, Sheet};
use crate::book::{Book, Rules};
use crate::roster::Roster;
use crate::table::{Dialect, Row, Table};
use heaplab_grade::Record;
use heaplab_support::Error;

/// The columns, in Gradescope's order.
const COLUMNS: [&str; 11] = [
    "First Name",
    "Last Name",
    "SID",
    "Email",
    "Sections",
    "Total Score",
    "Max Points",
    "Status",
    "Submission ID",
    "Submission Time",
    "Lateness (H:M:S)",
];

/// Makes the table of a roster, or fills in Gradescope's own: `Total Score`, `Max Points` and
/// `Status`.
///
/// # Errors
/// If Gradescope's table lacks a column, or as for [`Book::new`].
pub fn gradescope(
    template: Option<Table>,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    match template {
        Some(table) => fill(table, records, roster, rules, filling),
        None => {
            let own = Roster::of_records(records);
            make(records, roster.unwrap_or(&own), rules, filling)
        }
    }
}

fn fill(
    table: Table,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let email = table.column(&["Email"]);
    let mut template =
        Template::new(table, |cells| email.is_some_and(|column| !cells[column].trim().is_empty()));
    let help = "download it from Gradescope: the assignment, Review Grades, Download Grades";
    let columns = ["Total Score", "Max Points", "Status"].map(|name| template.required(name, help));
    let [score, max, status] = columns;
    let [score, max, status] = [score?, max?, status?];
    let filled = template.grades(records, roster, rules)?;
    let lab = records.iter().map(|record| record.max_points).max().unwrap_or_default();
    for (&row, grade) in template.students.iter().zip(&filled.grades) {
        let points = grade.as_ref().map(|grade| grade.points).or(filling.missing);
        let cells = &mut template.table.rows[row].cells;
        if let Some(points) = points {
            cells[score] = points.to_string();
            cells[max] = lab.to_string();
        }
        if grade.is_some() {
            "Graded".clone_into(&mut cells[status]);
        }
    }
    let is_key = |column: usize| Some(column) == email;
    Ok(Sheet { text: template.table.write(is_key), remarks: filled.remarks })
}

fn make(
    records: &[Record],
    roster: &Roster,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let book = Book::new(records, roster, rules)?;
    let max = records.iter().map(|record| record.max_points).max().unwrap_or_default();
    let rows = book.rows.iter().map(|row| {
        let student = &row.student;
        let whole = student.name.clone().unwrap_or_default();
        let split = whole.rsplit_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
        let (first, last) =
            student.first_and_last.clone().or(split).unwrap_or((whole, String::new()));
        let points = row.grade.as_ref().map(|grade| grade.points).or(filling.missing);
        let cells = vec![
            first,
            last,
            student.ids.first().map(|id| id.text.clone()).unwrap_or_default(),
            student.email.clone().unwrap_or_default(),
            student.section.clone().unwrap_or_default(),
            points.map(|points| points.to_string()).unwrap_or_default(),
            max.to_string(),
            if row.grade.is_some() { "Graded" } else { "Missing" }.to_owned(),
            String::new(),
            String::new(),
            String::new(),
        ];
        Row { line: 0, cells }
    });
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

    fn table(text: &str) -> Table {
        Table::read("scores.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn a_roster_becomes_gradescopes_table() {
        let text = "First Name,Last Name,Email,SID,Section\nAda,Lovelace,ada@x.edu,7,A\nMary Ann,Øre,m@x.edu,8,B\n";
        let roster = Roster::read(&table(text)).unwrap();
        let records = [record("ada")];
        let sheet =
            gradescope(None, &records, Some(&roster), &Rules::default(), &Filling::default());
        let sheet = sheet.unwrap();
        assert_eq!(
            sheet.text,
            "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,Submission Time,Lateness (H:M:S)\n\
             Ada,Lovelace,7,ada@x.edu,A,40.00,100.00,Graded,,,\n\
             Mary Ann,Øre,8,m@x.edu,B,,100.00,Missing,,,\n"
        );
        assert_eq!(sheet.remarks, ["1 student without a submission: Mary Ann Øre"]);
    }

    #[test]
    fn gradescopes_own_table_is_filled_in() {
        let text = "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,Submission Time,Lateness (H:M:S),View Count,Submission Count,1: Heap (5.0 pts)\n\
            Ada,Lovelace,7,ada@x.edu,\"A, B\",12.0,100.0,Graded,991,2026-11-20 10:00:00 -0800,00:00:00,3,2,4.0\n\
            Bob,B,8,bob@x.edu,A,,,Missing,,,,,,\n";
        let mut ada = record("Ada Lovelace");
        ada.submission.submitters = vec![heaplab_grade::Submitter {
            email: Some("ADA@x.edu".into()),
            ..Default::default()
        }];
        let records = [ada];
        let sheet =
            gradescope(Some(table(text)), &records, None, &Rules::default(), &Filling::default());
        let text = text.replace(",12.0,100.0,", ",40.00,100.00,");
        assert_eq!(sheet.unwrap().text, text);
        let lacking = gradescope(
            Some(table("Email,Score\nada@x.edu,\n")),
            &records,
            None,
            &Rules::default(),
            &Filling::default(),
        );
        assert!(lacking.unwrap_err().to_string().contains("no column `Total Score`"));
    }
}
