//! Tests of the grades of a class.

use super::*;
use crate::examples::{record, with_points};
use crate::table::Table;
use jiff::tz::TimeZone;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any roster and any names give a gradebook in which each submission is once for each student
    /// who handed it in or once as a stranger's, or an error.
    #[test]
    fn no_submission_is_dropped(
        names in prop::collection::btree_set("[a-d]{1,2}", 1..5),
        students in prop::collection::vec("[a-d]{1,2}", 1..5),
    ) {
        let records: Vec<Record> = names.iter().map(|name| record(name)).collect();
        let text = students.iter().fold("name\n".to_owned(), |text, name| text + name + "\n");
        if let Ok(book) = Book::new(&records, &roster(&text), &Rules::default()) {
            let grades = book.rows.iter().filter_map(|row| row.grade.as_ref());
            let mut found: Vec<&str> =
                grades.filter_map(|grade| Some(grade.record?.submission.name.as_str())).collect();
            found.extend(book.strangers.iter().map(|(_, record)| record.submission.name.as_str()));
            found.sort();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            prop_assert_eq!(found, names);
        }
    }
}

fn table(text: &str) -> Table {
    Table::read("t.csv", text.as_bytes()).unwrap()
}

fn roster(text: &str) -> Roster {
    Roster::read(&table(text)).unwrap()
}

fn times(text: &str) -> Times {
    let mut times = Times::default();
    times.add_table(&table(text), &TimeZone::UTC).unwrap();
    times
}

fn policy(more: &str) -> Option<Policy> {
    let text = format!("deadline = \"2026-11-20T12:00:00Z\"\npenalty_per_day = \"10%\"\n{more}");
    Some(Policy::read("late.toml", &text).unwrap())
}

/// Returns each student's points and explanation.
fn grades(book: &Book<'_>) -> Vec<(String, Option<String>, String)> {
    let row = |row: &Row<'_>| {
        let points = row.grade.as_ref().map(|grade| grade.points.to_string());
        let explanation = row.grade.as_ref().map(|grade| grade.explanation.join("; "));
        (row.student.called(), points, explanation.unwrap_or_default())
    };
    book.rows.iter().map(row).collect()
}

fn of(name: &str, points: &str, explanation: &str) -> (String, Option<String>, String) {
    (name.to_owned(), Some(points.to_owned()), explanation.to_owned())
}

#[test]
fn students_without_submissions_and_strangers_are_kept() {
    let records = [record("ada"), record("zoe")];
    let book = Book::new(&records, &roster("name\nada\neve\n"), &Rules::default()).unwrap();
    let expected = [of("ada", "40.00", "40.00 of 100.00"), ("eve".to_owned(), None, String::new())];
    assert_eq!(grades(&book), expected);
    assert_eq!(book.strangers.len(), 1);
    assert_eq!(book.strangers[0].0, "zoe");
}

#[test]
fn lateness_and_adjustments_are_lines_and_the_record_stays() {
    let records = [record("ada"), record("bob"), record("eve")];
    let adjustments = "name,points,reason\nada,+1.5,a check was wrong\ndan,10,an oral exam\n";
    let rules = Rules {
        policy: policy("budget_days = 1\nmax_days = 3\n[used]\nbob = 1\n"),
        times: times(
            "submission,time\nada,2026-11-22T11:00Z\nbob,2026-11-21T11:00Z\neve,2026-12-24T12:00Z\n",
        ),
        adjustments: Adjustments::of_table(&table(adjustments)).unwrap(),
        ..Rules::default()
    };
    let roster = roster("name\nada\nbob\neve\ndan\n");
    let book = Book::new(&records, &roster, &rules).unwrap();
    let expected = [
        of(
            "ada",
            "37.50",
            "40.00 of 100.00; -4.00: 2 days late, 1 of the budget, 1 day at 10%; +1.50: a check was wrong",
        ),
        of("bob", "36.00", "40.00 of 100.00; -4.00: 1 day late, 1 day at 10%"),
        of(
            "eve",
            "0.00",
            "40.00 of 100.00; -40.00: 34 days late, 1 of the budget, more than 3 days",
        ),
        of("dan", "10.00", "nothing was handed in; +10.00: an oral exam"),
    ];
    assert_eq!(grades(&book), expected);
    assert_eq!(records[0], record("ada"));
}

#[test]
fn an_extension_is_a_later_deadline() {
    let records = [record("ada"), record("bob")];
    let more = "[[extension]]\nname = \"ada\"\ndeadline = 2026-11-25T12:00:00Z\n";
    let rules = Rules {
        policy: policy(more),
        times: times("submission,time\nada,2026-11-25T11:00Z\nbob,2026-11-25T11:00Z\n"),
        ..Rules::default()
    };
    let book = Book::new(&records, &Roster::of_records(&records), &rules).unwrap();
    let points: Vec<Option<String>> =
        grades(&book).into_iter().map(|(_, points, _)| points).collect();
    assert_eq!(points, [Some("40.00".to_owned()), Some("20.00".to_owned())]);
    let rules = Rules { policy: policy("[used]\nadda = 1\n"), ..rules };
    let error = Book::new(&records, &Roster::of_records(&records), &rules).unwrap_err();
    assert!(error.to_string().contains("`adda` in the policy is neither"), "{error}");
}

#[test]
fn a_submission_without_a_time_is_an_error_unless_the_policy_says_otherwise() {
    let records = [record("ada"), record("bob")];
    let roster = Roster::of_records(&records);
    let times = times("submission,time\nada,2026-11-20T11:00Z\n");
    let rules = Rules { policy: policy(""), times: times.clone(), ..Rules::default() };
    let error = Book::new(&records, &roster, &rules).unwrap_err().to_string();
    assert!(error.starts_with("error: these submissions have no known time"), "{error}");
    assert!(error.contains("`bob`") && !error.contains("`ada`"), "{error}");
    let rules = Rules { policy: policy("unknown_time = \"on-time\"\n"), times, ..rules };
    assert!(Book::new(&records, &roster, &rules).is_ok());
}

#[test]
fn the_best_or_the_last_of_several_attempts_counts() {
    let records = [with_points("ada-1", 50), with_points("ada-2", 52), with_points("ada-3", 30)];
    let roster = roster("name,submission\nAda,\n");
    let mut records = records;
    for record in &mut records {
        let id = Some("Ada".to_owned());
        record.submission.submitters =
            vec![heaplab_grade::Submitter { name: id, ..Default::default() }];
    }
    let times = times(
        "submission,time\nada-1,2026-11-20T11:00Z\nada-2,2026-11-21T11:00Z\nada-3,2026-11-20T11:30Z\n",
    );
    let rules = |attempts, times: &Times| Rules {
        policy: policy("unknown_time = \"on-time\"\n"),
        times: times.clone(),
        attempts,
        ..Rules::default()
    };
    let points = |attempts, times: &Times| {
        let rules = rules(attempts, times);
        let book = Book::new(&records, &roster, &rules);
        book.map(|book| grades(&book)[0].1.clone().unwrap())
    };
    // 52 points a day late are 46.80.
    assert_eq!(points(Some(Attempts::Best), &times).unwrap(), "50.00");
    assert_eq!(points(Some(Attempts::Last), &times).unwrap(), "46.80");
    let error = points(None, &times).unwrap_err().to_string();
    assert!(error.contains("`ada-1` and `ada-2` and `ada-3`") && error.contains("--attempts"));
    let error = points(Some(Attempts::Last), &Times::default()).unwrap_err().to_string();
    assert!(error.contains("their times can't be compared"), "{error}");
    assert_eq!(points(Some(Attempts::Best), &Times::default()).unwrap(), "52.00");
}

#[test]
fn a_roster_of_another_class_is_refused() {
    let records = [record("ada")];
    let error = Book::new(&records, &roster("name\nzoe\n"), &Rules::default());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`ada` and zoe (t.csv, line 2)"), "{error}");
}
