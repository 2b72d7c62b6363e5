//! Brightspace's grades, exported as CSV and filled in, or made of a roster.
//!
//! Brightspace reads the columns `OrgDefinedId` or `Username`, or both, then `Item Points Grade`,
//! and last `End-of-Line Indicator` with a `#` in each row. Its own export adds the maximum to the
//! name of the item, `Item Points Grade <Numeric MaxPoints:100 Weight:10>`, and a `#` before each
//! number, which keeps spreadsheets from dropping zeros. Students without a grade have no row, so
//! that the import leaves theirs alone.

use super::template::{Item, Scale, Template, item_of, points_in, remarks_of};
use super::{Filling, Sheet};
use crate::book::{Book, Rules};
use crate::roster::{Kind, Roster, Student};
use crate::table::{Dialect, Row, Table, formulas_in_keys};
use heaplab_grade::Record;
use heaplab_support::Error;
use heaplab_trace::Visible;

const EXPORT: &str =
    "export the grades from Brightspace: Grades, Enter Grades, Export, with Points Grade";

const KEYS: [&str; 2] = ["OrgDefinedId", "Username"];
const GRADE: &str = " Points Grade";
const END: [&str; 2] = ["End-of-Line Indicator", "#"];

/// Fills in an item of Brightspace's own table, or makes a table of the roster for the item that
/// `filling` names.
///
/// # Errors
/// If the table is not Brightspace's, it is not clear which item is meant, no student has a number
/// or a login, or as for [`Book::new`].
pub fn brightspace(
    template: Option<Table>,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    match (template, roster) {
        (Some(table), _) => fill(table, records, roster, rules, filling),
        (None, Some(roster)) => make(records, roster, rules, filling),
        (None, None) => Err(Error::new(format!(
            "error: Brightspace finds students by their numbers or logins\n\
             help: name a --roster that has them, or {EXPORT}; then name it with --template"
        ))),
    }
}

fn fill(
    table: Table,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let keys: Vec<usize> = KEYS.iter().filter_map(|name| table.column(&[name])).collect();
    if keys.is_empty() || table.column(&END[..1]).is_none() {
        return Err(Error::new(format!(
            "error: {}: this is not Brightspace's table, whose columns are `OrgDefinedId` or \
             `Username`, ..., `End-of-Line Indicator`: {}\nhelp: {EXPORT}",
            table.place.visible(),
            table.columns()
        )));
    }
    let item = item_of(&table, item_in, filling, EXPORT)?;
    let template =
        Template::new(table, |cells| keys.iter().any(|&key| !cells[key].trim().is_empty()));
    let filled = template.grades(records, roster, rules)?;
    let (scale, remark) = Scale::new(item.maximum, records, filling);
    let rows = template.students.iter().zip(&filled.grades).filter_map(|(&row, grade)| {
        let points = grade.as_ref().map(|grade| scale.of(grade.points)).or(filling.missing)?;
        let cells = keys.iter().map(|&key| template.table.rows[row].cells[key].clone());
        Some(cells.chain([points.to_string()]).collect())
    });
    let names = keys.iter().map(|&key| template.table.header[key].clone()).collect();
    let mut sheet = sheet(names, &item.name, rows.collect(), template.table.dialect);
    sheet.remarks = filled.remarks.into_iter().chain(remark).chain(sheet.remarks).collect();
    Ok(sheet)
}

/// Returns the item of a column of grades: `Heap lab Points Grade <Numeric MaxPoints:100>`.
fn item_in(column: usize, head: &str) -> Option<Item> {
    let (name, details) = match head.split_once(" <") {
        Some((name, details)) => (name, details),
        None => (head, ""),
    };
    let maximum = details.split_once("MaxPoints:").map_or("", |(_, rest)| rest);
    let maximum = maximum.split([' ', '>']).next().and_then(points_in);
    Some(Item { column, name: name.trim_end().strip_suffix(GRADE)?.to_owned(), maximum })
}

fn make(
    records: &[Record],
    roster: &Roster,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let Some(item) = &filling.column else {
        return Err(Error::new(
            "error: which item of Brightspace is it?\nhelp: say its name with --column",
        ));
    };
    let book = Book::new(records, roster, rules)?;
    let id = |student: &Student, kind: Kind| {
        let id = student.ids.iter().find(|id| id.kind == kind);
        id.map(|id| id.text.clone()).unwrap_or_default()
    };
    let kinds = [(KEYS[0], Kind::Number), (KEYS[1], Kind::Login)];
    let has = |kind| roster.students.iter().any(|student| !id(student, kind).is_empty());
    let kinds: Vec<(&str, Kind)> = kinds.into_iter().filter(|(_, kind)| has(*kind)).collect();
    if kinds.is_empty() {
        return Err(Error::new(
            "error: no student of the roster has a number or a login, by which Brightspace finds \
             them\nhelp: name the columns `OrgDefinedId` and `Username`",
        ));
    }
    let mut remarks = remarks_of(&book, book.rows.len());
    let mut rows = Vec::new();
    for row in &book.rows {
        let points = row.grade.as_ref().map(|grade| grade.points).or(filling.missing);
        let Some(points) = points else { continue };
        let mut cells: Vec<String> =
            kinds.iter().map(|(_, kind)| id(&row.student, *kind)).collect();
        if cells.iter().all(String::is_empty) {
            remarks.push(format!("{} has no number or login", row.student.called_in_full()));
            continue;
        }
        cells.push(points.to_string());
        rows.push(cells);
    }
    let names = kinds.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut sheet = sheet(names, item, rows, Dialect::PLAIN);
    sheet.remarks = remarks.into_iter().chain(sheet.remarks).collect();
    Ok(sheet)
}

/// Returns a table of these columns of keys, the item, and the end of each line.
fn sheet(keys: Vec<String>, item: &str, rows: Vec<Vec<String>>, dialect: Dialect) -> Sheet {
    let count = keys.len();
    let header = [keys, vec![format!("{item}{GRADE}"), END[0].to_owned()]].concat();
    let rows = rows.into_iter().map(|mut cells| {
        cells.push(END[1].to_owned());
        Row { line: 0, cells }
    });
    let table = Table {
        place: String::new(),
        header,
        rows: rows.collect(),
        dialect: Dialect { separator: b',', ..dialect },
    };
    let is_key = |column: usize| column < count;
    Sheet {
        text: table.write(is_key),
        remarks: formulas_in_keys(&table, is_key).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;
    use heaplab_grade::{Points, Submitter};

    const EXPORTED: &str = "OrgDefinedId,Username,Last Name,First Name,Quiz Points Grade <Numeric MaxPoints:10 Weight:5>,\"Malloc, lab Points Grade <Numeric MaxPoints:100 Weight:5 Category:Labs>\",End-of-Line Indicator\r\n\
        #0042,ada,Lovelace,Ada,9,,#\r\n\
        #0043,zoe,Müller,Zoë,8,12,#\r\n";

    fn table(text: &str) -> Table {
        Table::read("brightspace.csv", text.as_bytes()).unwrap()
    }

    fn ada() -> Record {
        let mut record = record("Ada Lovelace_7");
        record.submission.submitters =
            vec![Submitter { name: Some("Ada Lovelace".into()), ..Submitter::default() }];
        record
    }

    fn fill(text: &str, column: Option<&str>, missing: Option<Points>) -> Result<Sheet, Error> {
        let filling = Filling { column: column.map(str::to_owned), missing, scale: false };
        brightspace(Some(table(text)), &[ada()], None, &Rules::default(), &filling)
    }

    #[test]
    fn an_item_of_brightspaces_export_is_filled_in() {
        let sheet = fill(EXPORTED, Some("Malloc, lab"), None).unwrap();
        assert_eq!(
            sheet.text,
            "OrgDefinedId,Username,\"Malloc, lab Points Grade\",End-of-Line Indicator\r\n#0042,ada,40.00,#\r\n"
        );
        assert_eq!(sheet.remarks, ["1 student without a submission: Zoë Müller"]);
        let sheet = fill(EXPORTED, Some("Quiz"), Some(Points::ZERO)).unwrap();
        assert!(sheet.text.ends_with("\r\n#0043,zoe,0.00,#\r\n"), "{}", sheet.text);
        assert!(sheet.remarks[1].contains("maximum is 10.00"), "{:?}", sheet.remarks);
    }

    #[test]
    fn a_roster_becomes_brightspaces_table() {
        let roster =
            "Name,Student ID,Login\nAda Lovelace,0042,ada\n\"Müller, Zoë\",0043,zoe\nBob,,\n";
        let roster = Roster::read(&table(roster)).unwrap();
        let filling = |column: Option<&str>| Filling {
            column: column.map(str::to_owned),
            missing: Some(Points::ZERO),
            scale: false,
        };
        let make = |column| {
            brightspace(None, &[ada()], Some(&roster), &Rules::default(), &filling(column))
        };
        let sheet = make(Some("Malloc lab")).unwrap();
        assert_eq!(
            sheet.text,
            "OrgDefinedId,Username,Malloc lab Points Grade,End-of-Line Indicator\n0042,ada,40.00,#\n0043,zoe,0.00,#\n"
        );
        assert_eq!(
            sheet.remarks.last().unwrap(),
            "Bob (brightspace.csv, line 4) has no number or login"
        );
        assert!(make(None).unwrap_err().to_string().contains("with --column"));
    }

    #[test]
    fn what_is_not_clear_is_an_error() {
        let error = |text: &str, column| fill(text, column, None).unwrap_err().to_string();
        assert!(error(EXPORTED, None).contains("--column: `Quiz`, `Malloc, lab`"));
        assert!(error(EXPORTED, Some("Heap")).contains("no column `Heap`"));
        let other = EXPORTED.replace("End-of-Line Indicator", "End");
        assert!(error(&other, Some("Quiz")).contains("not Brightspace's table"));
        let none = brightspace(None, &[ada()], None, &Rules::default(), &Filling::default());
        assert!(none.unwrap_err().to_string().contains("--roster"));
    }
}
