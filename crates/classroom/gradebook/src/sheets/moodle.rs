//! Moodle's grading worksheet, downloaded from an assignment and filled in.
//!
//! Moodle finds a student by `Identifier`, and leaves a grade alone that was changed after
//! `Last modified (grade)`. So all columns stay, and only `Grade` and, where it is empty,
//! `Feedback comments` are filled in. It separates cells with commas.

use super::template::{Scale, Template, counted, points_in};
use super::{Filling, Sheet};
use crate::book::{Grade, Rules};
use crate::roster::Roster;
use crate::table::{Dialect, Table, formulas_in_keys};
use heaplab_grade::Record;
use heaplab_support::Error;

const DOWNLOAD: &str = "download the grading worksheet from Moodle in English: the assignment's submissions, \
     Download grading worksheet";

/// Fills in the grading worksheet of an assignment.
///
/// # Errors
/// If the table is not such a worksheet, or as for [`Book::new`](crate::Book::new).
pub fn moodle(
    table: Table,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let identifier = table.column(&["Identifier"]);
    let template = Template::new(table, |cells| {
        identifier.is_some_and(|column| !cells[column].trim().is_empty())
    });
    let identifier = template.required("Identifier", DOWNLOAD)?;
    let modified = template.required("Last modified (grade)", DOWNLOAD)?;
    let column = match &filling.column {
        Some(name) => template.required(name, "name a column of the worksheet with --column")?,
        None => template.required("Grade", DOWNLOAD)?,
    };
    let maximum = template.table.column(&["Maximum grade"]).and_then(|column| {
        template.students.iter().find_map(|&row| points_in(&template.table.rows[row].cells[column]))
    });
    let feedback = template.table.column(&["Feedback comments"]);
    let changeable = template.table.column(&["Grade can be changed"]);
    let filled = template.grades(records, roster, rules)?;
    let (scale, remark) = Scale::new(maximum, records, filling);
    let mut table = template.table;
    let mut locked = Vec::new();
    for (&row, grade) in template.students.iter().zip(&filled.grades) {
        let cells = &mut table.rows[row].cells;
        let points = grade.as_ref().map(|grade| scale.of(grade.points)).or(filling.missing);
        let Some(points) = points else { continue };
        if changeable.is_some_and(|column| cells[column].trim().eq_ignore_ascii_case("no")) {
            locked.push(cells[identifier].clone());
            continue;
        }
        cells[column] = points.to_string();
        if let (Some(feedback), Some(grade)) = (feedback, grade)
            && cells[feedback].trim().is_empty()
            && grade.explanation.len() > 1
        {
            cells[feedback] = as_html(grade);
        }
    }
    table.dialect = Dialect { separator: b',', ..table.dialect };
    let locked = (!locked.is_empty()).then(|| {
        let grades = counted(locked.len(), "grade");
        format!("{grades} that Moodle does not let change, left as before: {}", locked.join(", "))
    });
    let is_key = |column: usize| column == identifier || column == modified;
    let odd = formulas_in_keys(&table, is_key);
    Ok(Sheet {
        text: table.write(is_key),
        remarks: filled.remarks.into_iter().chain(remark).chain(locked).chain(odd).collect(),
    })
}

/// Returns the explanation of a grade as Moodle shows it, in HTML.
fn as_html(grade: &Grade<'_>) -> String {
    let escaped = |line: &String| {
        line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let lines: Vec<String> = grade.explanation.iter().map(escaped).collect();
    format!("<p>{}</p>", lines.join("<br>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjust::Adjustments;
    use crate::examples::record;
    use heaplab_grade::Submitter;

    const WORKSHEET: &str = "Identifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments\n\
        Participant 11,Ada Lovelace,,ada@example.edu,\"Submitted for grading - Graded\",,100.00,Yes,\"Friday, 6 February 2026, 7:51 PM\",-,\n\
        Participant 12,\"Zoë \"\"Z\"\" Müller\",,zoe@example.edu,No submission,,100.00,Yes,-,-,\n\
        Participant 13,-Bob,,bob@example.edu,Submitted,3.00,100.00,No,-,\"Friday, 6 February 2026, 7:51 PM\",kept\n";

    fn by_moodle(name: &str, id: &str) -> Record {
        let mut record = record(&format!("{name}_{id}"));
        let [name, id] = [name, id].map(|text| Some(text.to_owned()));
        record.submission.submitters = vec![Submitter { name, id, email: None }];
        record
    }

    fn fill(text: &str, rules: &Rules) -> Result<Sheet, Error> {
        let records = [by_moodle("Ada Lovelace", "11"), by_moodle("-Bob", "13")];
        let table = Table::read("grades.csv", text.as_bytes())?;
        moodle(table, &records, None, rules, &Filling::default())
    }

    #[test]
    fn the_worksheet_is_filled_in_and_otherwise_stays() {
        let sheet = fill(WORKSHEET, &Rules::default()).unwrap();
        let expected = WORKSHEET
            .replace("Graded\",,", "Graded,40.00,")
            .replace("\"Submitted", "Submitted")
            .replace("13,-Bob", "13,'-Bob");
        assert_eq!(sheet.text, expected);
        assert_eq!(
            sheet.remarks,
            [
                "1 student without a submission: Zoë \"Z\" Müller",
                "1 grade that Moodle does not let change, left as before: Participant 13"
            ]
        );
    }

    /// Returns the participants and grades that Moodle's importer would find: by the exact names
    /// of three columns, in a table with commas.
    fn imported(text: &str) -> Vec<(u32, String)> {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new().delimiter(b',').from_reader(text.as_bytes());
        let heads = reader.headers().unwrap().clone();
        let place = |name: &str| heads.iter().position(|head| head == name).expect(name);
        let (id, grade) = (place("Identifier"), place("Grade"));
        place("Last modified (grade)");
        let read = |row: csv::StringRecord| {
            let number = row[id].strip_prefix("Participant ").unwrap().parse().unwrap();
            (number, row[grade].to_owned())
        };
        reader.records().map(|row| read(row.unwrap())).collect()
    }

    #[test]
    fn moodle_imports_the_grades_from_every_form_of_its_worksheet() {
        let semicolons = WORKSHEET.replace(',', ";").replace("Friday;", "Friday,");
        for text in [WORKSHEET.to_owned(), WORKSHEET.replace('\n', "\r\n"), semicolons] {
            let sheet = fill(&text, &Rules::default()).unwrap();
            let grades = imported(&sheet.text);
            let grades: Vec<(u32, &str)> =
                grades.iter().map(|(number, grade)| (*number, grade.as_str())).collect();
            assert_eq!(grades, [(11, "40.00"), (12, ""), (13, "3.00")], "{text}");
        }
    }

    #[test]
    fn adjustments_are_explained_in_the_feedback() {
        let text = "name,points,reason\nAda Lovelace,-5,a <late> talk\n";
        let table = Table::read("a.csv", text.as_bytes()).unwrap();
        let adjustments = Adjustments::of_table(&table).unwrap();
        let sheet = fill(WORKSHEET, &Rules { adjustments, ..Rules::default() }).unwrap();
        let feedback = ",-,<p>40.00 of 100.00<br>-5.00: a &lt;late&gt; talk</p>\n";
        assert!(sheet.text.contains(feedback), "{}", sheet.text);
    }

    #[test]
    fn a_worksheet_that_a_spreadsheet_saved_is_written_with_commas() {
        let text = "\u{feff}Identifier;Full name;Grade;Maximum grade;Last modified (grade)\r\nParticipant 11;Ada;;50,00;-\r\nParticipant 13;Bob;;50,00;-\r\n";
        let sheet = fill(text, &Rules::default()).unwrap();
        let expected = "\u{feff}Identifier,Full name,Grade,Maximum grade,Last modified (grade)\r\nParticipant 11,Ada,40.00,\"50,00\",-\r\nParticipant 13,Bob,40.00,\"50,00\",-\r\n";
        assert_eq!(sheet.text, expected);
        assert!(sheet.remarks[0].contains("50.00 points"));
    }

    #[test]
    fn blind_worksheets_have_no_names() {
        let text = "Identifier,Status,Grade,Maximum grade,Last modified (grade)\nParticipant 11,x,,100,-\n";
        let records = [by_moodle("Participant", "11")];
        let table = Table::read("grades.csv", text.as_bytes()).unwrap();
        let sheet = moodle(table, &records, None, &Rules::default(), &Filling::default()).unwrap();
        assert!(sheet.text.contains("Participant 11,x,40.00,100,-"), "{}", sheet.text);
    }

    #[test]
    fn another_table_is_refused() {
        for text in ["Name,Grade\nAda,\n", "Identifier,Grade\nParticipant 11,\n"] {
            let error = fill(text, &Rules::default()).unwrap_err().to_string();
            assert!(error.contains("there is no column") && error.contains("help: download"));
        }
    }
}
