//! Scores for Autolab's bulk import: Manage Submissions, Bulk Import Grades.
//!
//! Autolab reads a table without a header: the student's address, exactly as Autolab has it, then
//! the score of each problem of the assessment in their order. It computes late penalties itself.

use super::template::remarks_of;
use super::{Filling, Sheet};
use crate::book::{Book, Rules};
use crate::roster::Roster;
use crate::table::{Dialect, Row, Table};
use heaplab_grade::formats::autolab::problems;
use heaplab_grade::{Points, Record};
use heaplab_support::Error;
use heaplab_trace::Visible;

/// Makes the table. Its problems are those of the package that `heaplab export autolab` makes; or
/// one, with the grade, if `filling` names it.
///
/// # Errors
/// If no student has both an address and a grade, or as for [`Book::new`].
pub fn autolab(
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let own = Roster::of_records(records);
    let book = Book::new(records, roster.unwrap_or(&own), rules)?;
    let mut remarks = remarks_of(&book, book.rows.len());
    let names = match (&filling.column, records.first()) {
        (None, Some(record)) => problems(record),
        (column, _) => column.iter().cloned().collect(),
    };
    let missing = |points: Points| match (&filling.column, points) {
        (Some(_), _) | (None, Points::ZERO) => Ok(vec![points; names.len()]),
        (None, _) => Err(Error::new(
            "error: for Autolab, --missing can only be 0, because there are several problems",
        )),
    };
    let (mut rows, mut changed) = (Vec::new(), Vec::new());
    for row in &book.rows {
        let scores = match (&row.grade, filling.missing) {
            (Some(grade), _) if filling.column.is_some() => vec![grade.points],
            (Some(grade), _) if grade.record.is_some() => {
                let record = grade.record.into_iter();
                let scores: Vec<Points> = record.flat_map(scores_of).collect();
                let sum = scores.iter().fold(Points::ZERO, |sum, points| sum + *points);
                if sum != grade.points {
                    changed.push(format!("{} {}", row.student.called(), grade.points));
                }
                scores
            }
            (_, Some(points)) => missing(points)?,
            (_, None) => continue,
        };
        let Some(email) = &row.student.email else {
            remarks.push(format!("{} has no address", row.student.called_in_full()));
            continue;
        };
        let cells = std::iter::once(email.clone());
        let scores = scores.into_iter().map(|points| points.to_string());
        rows.push(Row { line: 0, cells: cells.chain(scores).collect() });
    }
    let mut rows = rows.into_iter();
    let Some(Row { cells: first, .. }) = rows.next() else {
        return Err(Error::new(format!(
            "error: no student has both a grade and an address, by which Autolab finds them: {}\n\
             help: name a --roster with a column `email`",
            remarks.join("; ")
        )));
    };
    let listed: Vec<String> = names.iter().map(|name| format!("`{}`", name.visible())).collect();
    remarks.push(format!(
        "the problems of the assessment must be, in this order: {}",
        listed.join(", ")
    ));
    if !changed.is_empty() {
        remarks.push(format!(
            "late days and adjustments are not in the scores of problems: enter them as tweaks, or \
             name an only problem with --column; the grades are: {}",
            changed.join(", ")
        ));
    }
    // The table has no header, so its first row is where a header is.
    let table = Table {
        place: String::new(),
        header: first,
        rows: rows.collect(),
        dialect: Dialect::PLAIN,
    };
    Ok(Sheet { text: table.write(|column| column == 0), remarks })
}

/// Returns the points of each stage and measure.
fn scores_of(record: &Record) -> impl Iterator<Item = Points> + '_ {
    let stages = record.stages.iter().map(|stage| stage.points);
    stages.chain(record.measures.iter().map(|measure| measure.points))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjust::Adjustments;
    use crate::examples::{record, with_points};

    fn roster() -> Roster {
        let text = "F26,ada@x.edu,Lovelace,Ada,SCS,CS,1,A,15213,1,A\nF26,zoe@x.edu,M,Zoe,SCS,CS,1,A,15213,1,A\nF26,bob@x.edu,B,Bob,SCS,CS,1,A,15213,1,A\n";
        Roster::read(&Table::read("roster.csv", text.as_bytes()).unwrap()).unwrap()
    }

    fn make(rules: &Rules, filling: &Filling) -> Result<Sheet, Error> {
        let records = [record("ada"), with_points("bob", 50)];
        autolab(&records, Some(&roster()), rules, filling)
    }

    fn filling(column: Option<&str>, missing: Option<u32>) -> Filling {
        let column = column.map(str::to_owned);
        Filling { column, missing: missing.map(Points::whole), scale: false }
    }

    #[test]
    fn a_row_has_an_address_and_the_score_of_each_problem() {
        let sheet = make(&Rules::default(), &filling(None, None)).unwrap();
        assert_eq!(sheet.text, "ada@x.edu,40.00\nbob@x.edu,50.00\n");
        assert_eq!(
            sheet.remarks,
            [
                "1 student without a submission: Zoe M",
                "the problems of the assessment must be, in this order: `split`"
            ]
        );
        let sheet = make(&Rules::default(), &filling(None, Some(0))).unwrap();
        assert_eq!(sheet.text, "ada@x.edu,40.00\nzoe@x.edu,0.00\nbob@x.edu,50.00\n");
        assert!(make(&Rules::default(), &filling(None, Some(5))).is_err());
    }

    #[test]
    fn what_is_not_in_the_scores_is_said_or_goes_into_one_problem() {
        let table = "name,points,reason\nada,-5,no interview\n";
        let table = Table::read("adjustments.csv", table.as_bytes()).unwrap();
        let adjustments = Adjustments::of_table(&table).unwrap();
        let rules = Rules { adjustments, ..Rules::default() };
        let sheet = make(&rules, &filling(None, None)).unwrap();
        assert!(sheet.text.starts_with("ada@x.edu,40.00\n"), "{}", sheet.text);
        assert!(sheet.remarks[2].ends_with("the grades are: Ada Lovelace 35.00"));
        let sheet = make(&rules, &filling(Some("grade"), None)).unwrap();
        assert_eq!(sheet.text, "ada@x.edu,35.00\nbob@x.edu,50.00\n");
    }

    #[test]
    fn students_without_an_address_are_named() {
        let error = autolab(&[record("ada")], None, &Rules::default(), &Filling::default());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("ada (without a roster) has no address"), "{error}");
    }
}
