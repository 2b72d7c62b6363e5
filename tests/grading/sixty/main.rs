//! A class of sixty: honest submissions of every kind, and many that try to gain points, to harm or
//! to end the run. The run ends by itself; every honest submission has its grade, no other gains
//! anything, and each is named. The same holds if the run is killed, or its disk is full for a
//! while.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

mod members;

use heaplab_grading_tests::class::{Folder, Records, records};
use heaplab_grading_tests::workspace;
use members::{Expected, Member, members};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// Longer than any of these runs takes.
const PATIENCE: Duration = Duration::from_secs(1800);

fn start(handed_in: &str, out: &str, temporary: Option<&Path>) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["grade", handed_in, "--lab", "0-sbrk", "--out", out]).current_dir(workspace());
    if let Some(folder) = temporary {
        command.env("TMPDIR", folder);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits for a run to end, and returns its exit code.
fn end_of(mut child: Child) -> Option<i32> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(Instant::now() < deadline, "the run does not end");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until a run has left this many records.
fn wait_for(out: &str, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while records(out).len() < count && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    assert!(records(out).len() >= count, "{out} has too few records");
}

fn parsed(all: &Records) -> BTreeMap<String, Value> {
    let parse = |(file, bytes): (&String, &Vec<u8>)| {
        let record: Value = serde_json::from_slice(bytes).unwrap();
        (file.trim_end_matches(".json").to_owned(), record)
    };
    all.iter().map(parse).collect()
}

fn points_of_measures(record: &Value) -> Vec<f64> {
    let measures = record["measures"].as_array().into_iter().flatten();
    measures.map(|measure| measure["points"].as_f64().unwrap()).collect()
}

/// Every member has the grade that is expected.
fn expect_right_grades(members: &[Member], graded: &BTreeMap<String, Value>) {
    let points = |name: &str| graded[name]["points"].as_f64().unwrap();
    let starter = points("starter");
    let mut wrong = Vec::new();
    for member in members {
        // A name that not every system allows is shortened, and has a hash.
        let begins = |name: &&String| **name == member.name || name.starts_with(&member.begins());
        let Some(name) = graded.keys().find(begins) else {
            wrong.push(format!("{} has no record", member.name));
            continue;
        };
        let (record, earned) = (&graded[name], points(name));
        let is_right = match &member.expected {
            Expected::As(honest) => earned == points(honest),
            Expected::AtMostStarter => earned <= starter,
            Expected::NothingMeasured => {
                earned < 60.0 && points_of_measures(record).iter().all(|&points| points == 0.0)
            }
        };
        if !is_right {
            wrong.push(format!("{name} has {earned}, expected {:?}: {record:#}", member.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(points("solution"), 100.0);
    assert!(starter < 10.0, "{starter}");
}

#[test]
#[ignore = "a quarter of an hour: .ci/sixty"]
fn sixty_submissions_get_their_grades_whatever_happens() {
    let folder = Folder::new();
    let handed_in = folder.path("handed-in");
    fs::create_dir(&handed_in).unwrap();
    let members = members(PROGRAM);
    assert!(members.len() >= 60, "{}", members.len());
    let hostile =
        members.iter().filter(|member| !matches!(member.expected, Expected::As(_))).count();
    assert!(hostile >= 40, "{hostile}");
    for member in &members {
        member.hand_in(Path::new(&handed_in));
    }

    let undisturbed = folder.path("undisturbed");
    assert_eq!(end_of(start(&handed_in, &undisturbed, None)), Some(0));
    let expected = records(&undisturbed);
    assert_eq!(expected.len(), members.len());
    expect_right_grades(&members, &parsed(&expected));

    let killed = folder.path("killed");
    for count in [10, 35] {
        let mut child = start(&handed_in, &killed, None);
        wait_for(&killed, count);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(end_of(start(&handed_in, &killed, None)), Some(0));
    expect_the_same(&expected, &records(&killed));

    a_full_disk_changes_no_grade(&folder, &handed_in, &expected);
}

/// Has the run's temporary files on a small disk, and fills that for a while.
fn a_full_disk_changes_no_grade(folder: &Folder, handed_in: &str, expected: &Records) {
    let disk = folder.path("disk");
    fs::create_dir(&disk).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=400m", "tmpfs", &disk]);
    if !mount.status().is_ok_and(|status| status.success()) {
        eprintln!("not tried: a full disk, because this user can't mount one");
        return;
    }
    let out = folder.path("full");
    let child = start(handed_in, &out, Some(Path::new(&disk)));
    wait_for(&out, 20);
    let filler = Path::new(&disk).join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 1 << 20]).is_ok() {}
    thread::sleep(Duration::from_secs(20));
    drop(file);
    fs::remove_file(&filler).unwrap();
    let code = end_of(child);
    assert!(code == Some(0) || code == Some(2), "{code:?}");
    let before = records(&out);
    // What could not be graded has no record, and is graded now.
    let code_of_the_next = end_of(start(handed_in, &out, Some(Path::new(&disk))));
    let _ = Command::new("umount").arg(&disk).status();
    let graded = expected.iter().filter(|(name, _)| before.contains_key(*name));
    expect_the_same(
        &graded.map(|(name, record)| (name.clone(), record.clone())).collect(),
        &before,
    );
    assert_eq!(code_of_the_next, Some(0));
    expect_the_same(expected, &records(&out));
}

/// Names every record that differs, and shows where.
fn expect_the_same(expected: &Records, found: &Records) {
    let mut differences = Vec::new();
    for (name, record) in expected {
        let Some(other) = found.get(name) else {
            differences.push(format!("{name} has no record"));
            continue;
        };
        let (record, other) = (String::from_utf8_lossy(record), String::from_utf8_lossy(other));
        let lines = record.lines().zip(other.lines()).filter(|(one, other)| one != other);
        differences.extend(lines.map(|(one, other)| format!("{name}: {one}\n{name}: {other}")));
    }
    assert!(differences.is_empty() && expected == found, "{}", differences.join("\n"));
}
