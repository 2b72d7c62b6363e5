//! From the records of a class to the tables that platforms import, through the command.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grade::{
    Check, Digest, Fault, Harness, Lab, Points, Record, Stage, StageRule, Submission, Submitter,
    Verdict, formats,
};
use heaplab_grading_tests::class::Folder;
use heaplab_grading_tests::heaplab;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// Returns a record with this many of four checks passed, 25 points each.
fn record(name: &str, id: &str, passed: usize) -> Record {
    let submission = Submission {
        name: name.into(),
        file: Some("lib.rs".into()),
        sha256: Digest::of(name.as_bytes()),
        submitters: vec![Submitter { id: Some(id.into()), ..Submitter::default() }],
        remarks: Vec::new(),
    };
    let lab = Lab { name: "0-sbrk".into(), sha256: Digest::of(b"lab") };
    let harness = Harness { version: "0.1.0".into(), sha256: Digest::of(b"harness") };
    let mut record = Record::new(Verdict::Graded, submission, lab, harness);
    let rule = StageRule {
        name: "sizes".into(),
        title: "Sizes".into(),
        points: Points::whole(100),
        partial: true,
        hidden: false,
    };
    let check = |number: usize| {
        let title = format!("check {number}");
        if number < passed {
            Check::passed(title)
        } else {
            Check::failed(title, Fault::new("T21", "blocks overlap"))
        }
    };
    record.stages = vec![Stage::grade(&rule, (0..4).map(check).collect())];
    record.add_up()
}

/// Writes the records of an output folder.
fn write_records(out: &str, records: &[Record]) {
    let folder = Path::new(out).join("records");
    fs::create_dir_all(&folder).unwrap();
    for record in records {
        let path = folder.join(format!("{}.json", record.submission.name));
        fs::write(path, formats::json(record)).unwrap();
    }
}

/// A class of three: all, half and none of the points.
fn class(folder: &Folder) -> String {
    let out = folder.path("grades");
    let records = [record("ada", "11", 4), record("bob", "12", 2), record("eve", "13", 0)];
    write_records(&out, &records);
    out
}

/// Writes a file, and returns its path.
fn file(folder: &Folder, name: &str, text: &str) -> String {
    let path = folder.path(name);
    fs::write(&path, text).unwrap();
    path
}

/// Runs `gradebook`, and returns its exit code, output and remarks.
fn gradebook(arguments: &[&str]) -> (Option<i32>, String, String) {
    let seen = heaplab(PROGRAM, &[&["gradebook"], arguments].concat());
    (seen.code, seen.stdout, seen.stderr)
}

#[test]
fn canvas_and_moodle_tables_are_filled_in() {
    let folder = Folder::new();
    let out = class(&folder);
    let export = "\u{feff}Student,ID,SIS Login ID,Section,\"Heaps, 1 (77)\",Final Score\r\n    Points Possible,,,,100,(read only)\r\n\"Lovelace, Ada\",11,ada,A,,\r\n\"Zoë, Q\",99,zoe,A,7,\r\n";
    let template = file(&folder, "canvas.csv", export);
    let arguments = [&out, "--format", "canvas", "--template", &template];
    let (code, table, remarks) = gradebook(&arguments);
    assert_eq!(code, Some(0), "{remarks}");
    assert!(table.contains("\"Lovelace, Ada\",11,ada,A,100.00\r\n\"Zoë, Q\",99,zoe,A,7\r\n"));
    assert!(remarks.contains("1 student without a submission: Zoë, Q"), "{remarks}");
    assert!(remarks.contains("2 submissions of students not in the roster: `bob` (12), `eve`"));
    let worksheet = "Identifier,Full name,Status,Grade,Maximum grade,Last modified (grade),Feedback comments\nParticipant 11,Ada,x,,100,-,\nParticipant 12,Bob,x,,100,-,\nParticipant 13,Eve,x,,100,-,\n";
    let template = file(&folder, "moodle.csv", worksheet);
    let upload = folder.path("upload.csv");
    let arguments = [&out, "--format", "moodle", "--template", &template, "-o", &upload];
    let (code, _, remarks) = gradebook(&arguments);
    assert_eq!((code, remarks.as_str()), (Some(0), ""));
    let table = fs::read_to_string(upload).unwrap();
    assert!(table.contains("Participant 12,Bob,x,50.00,100,-,\n"), "{table}");
}

#[test]
fn lateness_comes_from_a_table_an_export_or_a_repository() {
    let folder = Folder::new();
    let out = class(&folder);
    let policy = "deadline = \"2026-11-20 23:59\"\ntime_zone = \"Europe/Berlin\"\npenalty_per_day = \"10%\"\nunknown_time = \"on-time\"\n";
    let policy = file(&folder, "late.toml", policy);
    let late_grade = |times: &str| {
        let (code, table, remarks) = gradebook(&[&out, "--late", &policy, "--times", times]);
        assert_eq!(code, Some(0), "{remarks}");
        let line = table.lines().find(|line| line.contains(",ada,")).unwrap().to_owned();
        assert!(line.contains(",2,0,20.00,80.00,"), "{line}");
    };
    let table = "submission,time\nada,2026-11-22 12:00\n";
    late_grade(&file(&folder, "times.csv", table));

    let class = folder.path("export");
    fs::create_dir_all(format!("{class}/submission_1")).unwrap();
    fs::write(format!("{class}/submission_1/lib.rs"), "fn f() {}").unwrap();
    let metadata = "submission_1:\n  :submitters:\n  - :name: ada\n  :created_at: 2026-11-22 11:00:00.000000000 Z\n";
    fs::write(format!("{class}/submission_metadata.yml"), metadata).unwrap();
    late_grade(&class);

    let class = folder.path("repositories");
    let repository = format!("{class}/ada");
    fs::create_dir_all(format!("{repository}/src")).unwrap();
    fs::create_dir_all(format!("{class}/bob/src")).unwrap();
    fs::write(format!("{repository}/src/lib.rs"), "fn f() {}").unwrap();
    fs::write(format!("{class}/bob/src/lib.rs"), "fn g() {}").unwrap();
    for arguments in [&["init"][..], &["add", "."], &["commit", "-m", "done"]] {
        let status = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.edu"])
            .args(arguments)
            .current_dir(&repository)
            .env("GIT_COMMITTER_DATE", "2026-11-22T12:00:00+01:00")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    }
    late_grade(&class);
}

#[test]
fn adjustments_beside_the_records_survive_grading_again() {
    let folder = Folder::new();
    let out = class(&folder);
    file(&folder, "grades/adjustments.csv", "name,points,reason\nbob,+5,check 3 was unclear\n");
    let (code, table, remarks) = gradebook(&[&out]);
    assert_eq!(code, Some(0), "{remarks}");
    assert!(table.contains(",55.00,50.00 of 100.00; +5.00: check 3 was unclear\n"), "{table}");
    assert!(remarks.contains("adjustments are read from "), "{remarks}");
    write_records(&out, &[record("bob", "12", 3)]);
    let (_, table, _) = gradebook(&[&out]);
    assert!(table.contains(",80.00,75.00 of 100.00; +5.00: check 3 was unclear\n"), "{table}");
    file(&folder, "grades/adjustments.csv", "name,points,reason\nbobb,+5,x\n");
    let (code, _, error) = gradebook(&[&out]);
    assert_eq!(code, Some(2));
    assert!(error.contains("neither a student nor a submission; did you mean `bob`?"), "{error}");
}

#[test]
fn what_is_not_clear_is_an_error_that_names_both() {
    let folder = Folder::new();
    let out = class(&folder);
    let roster = file(&folder, "roster.csv", "name,sid,id\nAda L,11,1\nBob,12,11\n");
    let (code, _, error) = gradebook(&[&out, "--roster", &roster]);
    assert_eq!(code, Some(2));
    assert!(error.contains("`ada` could be that of Ada L (") && error.contains(" or Bob ("));
    let again = folder.path("again");
    write_records(&again, &[record("bob", "12", 3)]);
    let roster = file(&folder, "roster.csv", "name,id\nAda,11\nBob,12\nEve,13\n");
    let (code, _, error) = gradebook(&[&out, &again, "--roster", &roster]);
    assert_eq!(code, Some(2));
    assert!(error.contains("Bob (") && error.contains("--attempts"), "{error}");
    let best = [&out, &again, "--roster", &roster, "--attempts", "best"];
    assert!(gradebook(&best).1.contains("Bob,,12,bob,graded,75.00,"));
    for arguments in [
        &[out.as_str(), "--format", "canvas"][..],
        &[&out, "--template", &roster],
        &[&out, "--roster", &folder.path("none.csv")],
        &[&out, "--late", &roster],
        &[&folder.path("nowhere")],
    ] {
        let (code, table, error) = gradebook(arguments);
        assert_eq!((code, table.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(error.starts_with("error: "), "{error}");
    }
}

#[test]
fn grading_again_is_compared_and_a_class_is_shown_as_a_page() {
    let folder = Folder::new();
    let out = class(&folder);
    let after = folder.path("after");
    let records = [record("ada", "11", 3), record("bob", "12", 2), record("dan", "14", 0)];
    write_records(&after, &records);
    let seen = heaplab(PROGRAM, &["grade-diff", &out, &after]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(
        seen.stdout,
        "gained points: 0, lost points: 1, the same: 1\n\n\
         ada: 100.00 -> 75.00 (-25.00)\n  stage sizes: 100.00 -> 75.00\n    passed -> T21: check 3\n\n\
         only in the first: eve\n\nonly in the second: dan\n"
    );
    let page = folder.path("class.html");
    let seen = heaplab(PROGRAM, &["statistics", &out, "-o", &page]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<h1>0-sbrk: 3 submissions</h1>") && page.contains("eve"), "{page}");
    let seen = heaplab(PROGRAM, &["statistics", &out, "--no-names"]);
    assert!(!seen.stdout.contains("eve") && seen.stdout.contains("<svg"));
}
