//! Canvas's gradebook, exported as CSV and filled in.
//!
//! Canvas reads the columns up to `Section`, in their order, and one column for each assignment,
//! called `Name (number)`. The row `Points Possible` says `(read only)` of columns that it
//! computes. An assignment that it does not know it would create; so only a column of the export
//! is filled in, and those of other assignments are left out, which leaves their grades alone.

use super::template::{Scale, Template, points_in};
use super::{Filling, Sheet};
use crate::book::Rules;
use crate::roster::Roster;
use crate::table::{Table, formulas_in_keys, plain};
use heaplab_grade::Record;
use heaplab_support::{Error, did_you_mean};
use heaplab_trace::Visible;

/// The last of the columns that say who a student is.
const LAST_OF_STUDENT: &str = "Section";

const EXPORT: &str = "export the gradebook from Canvas: Grades, Export, Export Entire Gradebook";

/// Fills in an assignment's column of Canvas's gradebook.
///
/// # Errors
/// If the table is not such a gradebook, it is not clear which column is meant, or as for
/// [`Book::new`](crate::Book::new).
pub fn canvas(
    table: Table,
    records: &[Record],
    roster: Option<&Roster>,
    rules: &Rules,
    filling: &Filling,
) -> Result<Sheet, Error> {
    let is_gradebook = matches!(table.header.as_slice(), [student, id, ..]
        if student.contains("Student") && id.contains("ID"))
        || matches!(table.header.as_slice(), [last, first, id, ..]
        if last == "LastName" && first == "FirstName" && id.contains("ID"));
    let section = table.header.iter().position(|head| head == LAST_OF_STUDENT);
    let (true, Some(section)) = (is_gradebook, section) else {
        return Err(Error::new(format!(
            "error: {}: this is not Canvas's gradebook, whose columns are `Student`, `ID`, ..., \
             `Section`: {}\nhelp: {EXPORT}",
            table.place.visible(),
            table.columns()
        )));
    };
    let possible = table.rows.iter().find(|row| row.cells[0].contains("Points Possible"));
    let possible = possible.map(|row| row.cells.clone()).unwrap_or_default();
    let column = assignment(&table, section, &possible, filling)?;
    let maximum = possible.get(column).and_then(|cell| points_in(cell));
    let mut template = Template::new(table, is_student).calling("ID", "Canvas ID");
    let filled = template.grades(records, roster, rules)?;
    let (scale, remark) = Scale::new(maximum, records, filling);
    for (&row, grade) in template.students.iter().zip(&filled.grades) {
        let points = grade.as_ref().map(|grade| grade.points);
        if let Some(points) = points.map(|points| scale.of(points)).or(filling.missing) {
            template.table.rows[row].cells[column] = points.to_string();
        }
    }
    let mut table = template.table;
    let kept: Vec<usize> = (0..=section).chain([column]).collect();
    let choose = |cells: &[String]| kept.iter().map(|&index| cells[index].clone()).collect();
    table.header = choose(&table.header);
    for row in &mut table.rows {
        row.cells = choose(&row.cells);
    }
    // Canvas finds a student by a number; names are for people.
    let keys: Vec<bool> =
        table.header.iter().map(|head| head.contains("ID") || head == "Root Account").collect();
    let is_key = |column: usize| keys[column];
    let odd = formulas_in_keys(&table, is_key);
    Ok(Sheet {
        text: table.write(is_key),
        remarks: filled.remarks.into_iter().chain(remark).chain(odd).collect(),
    })
}

/// Returns whether a row is a student: not the maxima, the posting policies or Canvas's own test
/// student.
fn is_student(cells: &[String]) -> bool {
    let name = cells[0].trim();
    let is_policy = |cell: &String| {
        let cell = cell.trim().to_lowercase();
        cell.is_empty() || cell == "muted" || cell.starts_with("manual posting")
    };
    !name.contains("Points Possible") && name != "Student, Test" && !cells.iter().all(is_policy)
}

/// Returns the column of the assignment: the one with this name, with or without its number, or
/// the only one that Canvas does not compute.
fn assignment(
    table: &Table,
    section: usize,
    possible: &[String],
    filling: &Filling,
) -> Result<usize, Error> {
    let is_computed = |column: usize| {
        let head = plain(&table.header[column]);
        let ending = ["currentscore", "currentpoints", "currentgrade", "finalscore", "finalpoints"];
        let endings = ending.iter().chain(&["finalgrade", "overridescore", "overridegrade"]);
        let has_ending = endings.into_iter().any(|ending| head.contains(ending));
        has_ending || possible.get(column).is_some_and(|cell| cell.contains("read only"))
    };
    let columns: Vec<usize> =
        (section + 1..table.header.len()).filter(|&column| !is_computed(column)).collect();
    let names: Vec<&str> = columns.iter().map(|&column| table.header[column].as_str()).collect();
    let found: Vec<usize> = match &filling.column {
        None => columns.clone(),
        Some(wanted) => {
            let is_wanted = |column: &&usize| {
                let head = table.header[**column].trim();
                head == wanted.trim() || without_number(head) == wanted.trim()
            };
            columns.iter().filter(is_wanted).copied().collect()
        }
    };
    let list = || {
        let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.visible())).collect();
        names.join(", ")
    };
    let wrong = |why: String| Error::new(format!("error: {}: {why}", table.place.visible()));
    match (found.as_slice(), &filling.column) {
        ([one], _) => Ok(*one),
        ([], Some(wanted)) => Err(wrong(format!(
            "there is no assignment `{}` in it{}\nhelp: create it in Canvas, then export again; there are: {}",
            wanted.visible(),
            did_you_mean(
                wanted,
                &names.iter().map(|name| without_number(name)).collect::<Vec<_>>()
            ),
            list()
        ))),
        ([], None) => Err(wrong(format!("there is no assignment in it\nhelp: {EXPORT}"))),
        (_, None) => {
            Err(wrong(format!("which assignment is it?\nhelp: say it with --column: {}", list())))
        }
        (_, Some(wanted)) => Err(wrong(format!(
            "several columns are called `{}`\nhelp: name it with its number: {}",
            wanted.visible(),
            list()
        ))),
    }
}

/// Returns `Malloc lab` of `Malloc lab (4711)`.
fn without_number(head: &str) -> &str {
    let name = head.strip_suffix(')').and_then(|head| head.rsplit_once(" ("));
    match name {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;
    use heaplab_grade::{Points, Submitter};

    const EXPORTED: &str = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,Heap quiz (7001),\"Malloc lab, part 1 (7002)\",Assignments Current Score,Final Score\r\n\
        ,,,,,Manual Posting,,,\r\n\
        \x20   Points Possible,,,,,10,100,(read only),(read only)\r\n\
        \"Lovelace, Ada\",101,0042,ada,CS:APP A,9,,90,80\r\n\
        \"Müller, Zoë\",102,0043,zoe,\"CS:APP A and B\",8,12.5,70,60\r\n\
        \"=cmd|'/c calc'!A1\",103,@x,bob,CS:APP A,,,,\r\n\
        \"Student, Test\",900,,x,CS:APP A,,,,\r\n";

    fn by_canvas(name: &str, id: &str) -> Record {
        let mut record = record(&format!("{name}_{id}"));
        let [name, id] = [name, id].map(|text| Some(text.to_owned()));
        record.submission.submitters = vec![Submitter { name, id, email: None }];
        record
    }

    fn fill(text: &str, records: &[Record], filling: &Filling) -> Result<Sheet, Error> {
        let table = Table::read("canvas.csv", text.as_bytes())?;
        canvas(table, records, None, &Rules::default(), filling)
    }

    fn column(name: &str) -> Filling {
        Filling { column: Some(name.to_owned()), ..Filling::default() }
    }

    #[test]
    fn the_assignments_column_of_the_export_is_filled_in() {
        let records = [by_canvas("lovelaceada", "101"), by_canvas("bob", "103")];
        let sheet = fill(EXPORTED, &records, &column("Malloc lab, part 1")).unwrap();
        let expected = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,\"Malloc lab, part 1 (7002)\"\r\n\
            ,,,,,\r\n\
            \x20   Points Possible,,,,,100\r\n\
            \"Lovelace, Ada\",101,0042,ada,CS:APP A,40.00\r\n\
            \"Müller, Zoë\",102,0043,zoe,CS:APP A and B,12.5\r\n\
            '=cmd|'/c calc'!A1,103,@x,bob,CS:APP A,40.00\r\n\
            \"Student, Test\",900,,x,CS:APP A,\r\n";
        assert_eq!(sheet.text, expected);
        assert_eq!(sheet.remarks[0], "1 student without a submission: Müller, Zoë");
        assert!(sheet.remarks[1].ends_with("they stay as they are: `@x`"), "{:?}", sheet.remarks);
        let missing =
            Filling { missing: Some(Points::ZERO), ..column("Malloc lab, part 1 (7002)") };
        let sheet = fill(EXPORTED, &records, &missing).unwrap();
        assert!(sheet.text.contains("zoe,CS:APP A and B,0.00\r\n"), "{}", sheet.text);
    }

    #[test]
    fn semicolons_and_a_roster_with_other_names_are_read() {
        let text = "Student;ID;SIS Login ID;Section;Malloc (1)\n    Points Possible;;;;50,0\n\"Lovelace, Ada\";101;ada;A;\n";
        let roster = "login,submission\nada,team 7\nzoe,zoe\n";
        let roster = Roster::read(&Table::read("r.csv", roster.as_bytes()).unwrap()).unwrap();
        let records = [record("team 7"), record("zoe"), record("eve")];
        let table = Table::read("canvas.csv", text.as_bytes()).unwrap();
        let filling = Filling { scale: true, ..Filling::default() };
        let sheet = canvas(table, &records, Some(&roster), &Rules::default(), &filling).unwrap();
        assert!(
            sheet.text.ends_with("\"Lovelace, Ada\";101;ada;A;20.00\n")
                || sheet.text.ends_with("Lovelace, Ada;101;ada;A;20.00\n"),
            "{}",
            sheet.text
        );
        assert_eq!(
            sheet.remarks,
            [
                "1 student with a grade, but not in the table: zoe (r.csv, line 3)",
                "1 submission of students not in the roster: `eve`"
            ]
        );
    }

    /// Returns the titles and numbers of the assignments that Canvas's importer would find: the
    /// columns after those of the student, whose number depends on which are there.
    fn imported(text: &str) -> Vec<(String, String)> {
        let table = Table::read("upload.csv", text.as_bytes()).unwrap();
        let head = |at: usize| table.header.get(at).map_or("", String::as_str);
        assert!(table.header.len() > 3 && head(0).contains("Student") && head(1).contains("ID"));
        let mut of_student = 3;
        if head(2).contains("SIS Login ID") {
            of_student += 1;
        } else if head(2).contains("SIS User ID") && head(3).contains("SIS Login ID") {
            let integration = usize::from(head(4).contains("Integration ID"));
            let account = usize::from(head(4 + integration).contains("Root Account"));
            of_student += 2 + integration + account;
        }
        assert!(head(of_student - 1).contains("Section"), "{:?}", table.header);
        for row in &table.rows {
            let cell = row.cells[of_student].trim();
            assert!(cell.is_empty() || cell.parse::<f64>().is_ok(), "{cell}");
        }
        let title = |head: &String| {
            let (title, number) = head.strip_suffix(')').unwrap().rsplit_once(" (").unwrap();
            (title.to_owned(), number.to_owned())
        };
        table.header[of_student..].iter().map(title).collect()
    }

    #[test]
    fn canvas_imports_the_one_assignment_from_every_form_of_its_export() {
        for columns in [
            "Student,ID,Section",
            "Student,ID,SIS Login ID,Section",
            "Student,ID,SIS User ID,SIS Login ID,Section",
            "Student,ID,SIS User ID,SIS Login ID,Root Account,Section",
            "Student,ID,SIS User ID,SIS Login ID,Integration ID,Section",
            "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section",
        ] {
            let more = columns.split(',').count() - 2;
            let blanks = ",".repeat(more);
            let text = format!(
                "{columns},Notes,Malloc lab (7),Quiz (8),Unposted Final Score\n\
                 \x20   Points Possible,{blanks},,100,5,(read only)\n\"Lovelace, Ada\",101{blanks},,,,\n"
            );
            let records = [by_canvas("lovelaceada", "101")];
            let sheet = fill(&text, &records, &column("Malloc lab")).unwrap();
            let expected = [("Malloc lab".to_owned(), "7".to_owned())];
            assert_eq!(imported(&sheet.text), expected, "{columns}");
            assert!(sheet.text.contains(",40.00\n"), "{}", sheet.text);
        }
    }

    #[test]
    fn canvas_numbers_are_not_the_universitys() {
        let text = "Student,ID,SIS User ID,Section,M (1)\nAda,1,20,A,\nBob,2,10,A,\n";
        let roster = "name,id,submission\nA. Lovelace,20,x\nRobert,10,y\n";
        let roster = Roster::read(&Table::read("r.csv", roster.as_bytes()).unwrap()).unwrap();
        let records =
            [crate::examples::with_points("x", 10), crate::examples::with_points("y", 20)];
        let table = Table::read("canvas.csv", text.as_bytes()).unwrap();
        let filling = Filling::default();
        let sheet = canvas(table, &records, Some(&roster), &Rules::default(), &filling).unwrap();
        assert!(sheet.text.contains("Ada,1,20,A,10.00\nBob,2,10,A,20.00\n"), "{}", sheet.text);
        assert_eq!(sheet.remarks, [""; 0]);
    }

    #[test]
    fn the_wrong_table_or_column_is_an_error() {
        let records = [by_canvas("lovelaceada", "101")];
        let error =
            |text: &str, filling: &Filling| fill(text, &records, filling).unwrap_err().to_string();
        let several = error(EXPORTED, &Filling::default());
        assert!(
            several.contains("which assignment is it?") && several.contains("`Heap quiz (7001)`")
        );
        assert!(!several.contains("Final Score"), "{several}");
        let none = error(EXPORTED, &column("Maloc lab, part 1"));
        assert!(none.contains("did you mean `Malloc lab, part 1`?"), "{none}");
        assert!(error(EXPORTED, &column("Final Score")).contains("no assignment `Final Score`"));
        let twice = "Student,ID,Section,A (1),A (2)\nx,101,S,,\n";
        assert!(error(twice, &column("A")).contains("several columns"), "{twice}");
        assert!(error("name,email\nx,y\n", &Filling::default()).contains("not Canvas's gradebook"));
        assert!(
            error("Student,ID,Section,A (1)\nx,999,S,\n", &Filling::default())
                .contains("none of the 1 submissions")
        );
    }

    #[test]
    fn another_maximum_is_remarked() {
        let text = EXPORTED.replace(",10,100,", ",10,50,");
        let records = [by_canvas("lovelaceada", "101")];
        let sheet = fill(&text, &records, &column("Malloc lab, part 1")).unwrap();
        assert!(sheet.remarks[1].contains("maximum is 50.00 points, but the lab's is 100.00"));
    }
}
