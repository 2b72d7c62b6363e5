//! Blackboard's grade center, downloaded and filled in.
//!
//! Blackboard finds a student by `Username`, and a column by the number in its name: `Malloc lab
//! [Total Pts: 100 Score] |4711`. Only these and the columns with names and numbers of students
//! are kept. Students without a grade have no row, so that the upload leaves theirs alone. What
//! Blackboard writes in UTF-16 is written in UTF-8.

use super::template::{Item, Scale, Template, item_of, points_in};
use super::{Filling, Sheet};
use crate::book::Rules;
use crate::roster::Roster;
use crate::table::{Row, Table, formulas_in_keys};
use heaplab_grade::Record;
use heaplab_support::Error;

const DOWNLOAD: &str = "download the grade center from Blackboard: Work Offline, Download";

/// Columns that say who a student is.
const OF_STUDENT: [&str; 4] = ["Last Name", "First Name", "Username", "Student ID"];

/// Fills in a column of Blackboard's table.
///
/// # Errors
/// If the table is not Blackboard's, it is not clear which column is meant, or as for
/// [`Book::new`](crate::Book::new).
pub fn blackboard(
    table: Table,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let username = table.column(&["Username"]);
    let item = item_of(&table, item_in, filling, DOWNLOAD);
    let template = Template::new(table, |cells| {
        username.is_some_and(|column| !cells[column].trim().is_empty())
    });
    template.required("Username", DOWNLOAD)?;
    let item = item?;
    let filled = template.grades(records, roster, rules)?;
    let (scale, remark) = Scale::new(item.maximum, records, filling);
    let columns = OF_STUDENT.iter().filter_map(|name| template.table.column(&[name]));
    let columns: Vec<usize> = columns.collect();
    let rows = template.students.iter().zip(&filled.grades).filter_map(|(&row, grade)| {
        let points = grade.as_ref().map(|grade| scale.of(grade.points)).or(filling.missing)?;
        let Row { line, cells } = &template.table.rows[row];
        let cells = columns.iter().map(|&column| cells[column].clone());
        Some(Row { line: *line, cells: cells.chain([points.to_string()]).collect() })
    });
    let kept = columns.iter().chain([&item.column]);
    let table = Table {
        rows: rows.collect(),
        header: kept.map(|&column| template.table.header[column].clone()).collect(),
        ..template.table.clone()
    };
    // Names are for people.
    let keys: Vec<bool> = columns.iter().map(|&column| !is_name(&template, column)).collect();
    let is_key = |column: usize| keys.get(column).is_some_and(|is_key| *is_key);
    let odd = formulas_in_keys(&table, is_key);
    let remarks = filled.remarks.into_iter().chain(remark).chain(odd).collect();
    Ok(Sheet { text: table.write(is_key), remarks })
}

fn is_name(template: &Template, column: usize) -> bool {
    template.table.header[column].ends_with(" Name")
}

/// Returns the item of a column: `Malloc lab [Total Pts: 100 Score] |4711`.
fn item_in(column: usize, head: &str) -> Option<Item> {
    let (rest, number) = head.rsplit_once('|')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let (name, details) = rest.split_once(" [Total Pts:").unwrap_or((rest.trim_end(), ""));
    let maximum = details.trim_start().split([' ', ']']).next().and_then(points_in);
    is_number.then(|| Item { column, name: name.to_owned(), maximum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;
    use heaplab_grade::Submitter;

    const EXPORTED: &str = "\"Last Name\"\t\"First Name\"\t\"Username\"\t\"Student ID\"\t\"Last Access\"\t\"Quiz [Total Pts: 10 Score] |4710\"\t\"Malloc lab [Total Pts: 100 Score] |4711\"\n\
        \"Lovelace\"\t\"Ada\"\t\"ada\"\t\"42\"\t\"now\"\t\"9\"\t\"\"\n\
        \"=Müller\"\t\"Zoë\"\t\"zoe\"\t\"43\"\t\"\"\t\"8\"\t\"12\"\n";

    fn fill(bytes: &[u8], column: Option<&str>) -> Result<Sheet, Error> {
        let of = |login: &str| {
            let mut record = record(login);
            let id = Some(login.to_owned());
            record.submission.submitters = vec![Submitter { id, ..Submitter::default() }];
            record
        };
        let filling = Filling { column: column.map(str::to_owned), ..Filling::default() };
        let table = Table::read("blackboard.csv", bytes)?;
        blackboard(table, &[of("zoe")], None, &Rules::default(), &filling)
    }

    #[test]
    fn a_column_of_blackboards_download_is_filled_in() {
        let expected = "Last Name\tFirst Name\tUsername\tStudent ID\tMalloc lab [Total Pts: 100 Score] |4711\n\
            '=Müller\tZoë\tzoe\t43\t40.00\n";
        let utf_16: Vec<u8> =
            format!("\u{feff}{EXPORTED}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [EXPORTED.as_bytes(), &utf_16] {
            let sheet = fill(bytes, Some("Malloc lab")).unwrap();
            assert_eq!(sheet.text, expected);
            assert_eq!(sheet.remarks, ["1 student without a submission: Ada Lovelace"]);
        }
        let sheet = fill(EXPORTED.as_bytes(), Some("Quiz [Total Pts: 10 Score] |4710")).unwrap();
        assert!(sheet.remarks[1].contains("maximum is 10.00"), "{:?}", sheet.remarks);
    }

    #[test]
    fn what_is_not_clear_is_an_error() {
        let error = |text: &str, column| fill(text.as_bytes(), column).unwrap_err().to_string();
        assert!(error(EXPORTED, None).contains("--column: `Quiz`, `Malloc lab`"));
        assert!(error(EXPORTED, Some("Malloc lba")).contains("no column `Malloc lba`"));
        let other = EXPORTED.replace("Username", "User");
        assert!(error(&other, Some("Quiz")).contains("no column `Username`"));
    }
}
