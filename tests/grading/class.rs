//! A class: killed and called again, spread over shards and merged, and not to
//! be mixed. The records are the same as of an undisturbed run.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grading_tests::{heaplab, source_of, workspace};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// A few partial solutions of 0-sbrk, and one that does not compile.
fn hand_in(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for filled in ["2", "4", "6"] {
        let source = source_of(PROGRAM, "0-sbrk", &["--filled", filled]);
        fs::write(folder.join(format!("filled-{filled}.rs")), &source).unwrap();
        let commented = format!("{source}// the same, and another file\n");
        fs::write(folder.join(format!("commented-{filled}.rs")), commented).unwrap();
    }
    fs::write(folder.join("broken.rs"), "#![no_std]\nfn").unwrap();
}

fn arguments<'a>(handed_in: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["grade", handed_in, "--lab", "0-sbrk", "--out", out], more].concat()
}

/// The records of an output folder, byte by byte.
fn records(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(out.join("records")).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "json")
        })
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// Starts grading, and kills it when so many records are there.
fn grade_until(handed_in: &str, out: &str, count: usize) {
    let mut child = Command::new(PROGRAM)
        .args(arguments(handed_in, out, &["--jobs", "1"]))
        .current_dir(workspace())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(300);
    while records(Path::new(out)).len() < count && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_class_is_graded_once_however_often_it_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (handed_in, whole, killed) = (path("handed-in"), path("whole"), path("killed"));
    hand_in(Path::new(&handed_in));
    let grade = |out: &str, more: &[&str]| {
        let seen = heaplab(PROGRAM, &arguments(&handed_in, out, more));
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
        seen.stdout
    };

    grade(&whole, &[]);
    let expected = records(Path::new(&whole));
    assert_eq!(expected.len(), 7);

    // Killed twice on the way, and called again.
    grade_until(&handed_in, &killed, 2);
    let first = records(Path::new(&killed));
    assert!((2..7).contains(&first.len()), "{} records", first.len());
    grade_until(&handed_in, &killed, 4);
    grade(&killed, &[]);
    assert_eq!(records(Path::new(&killed)), expected);

    // Graded again, on purpose.
    grade(&killed, &["--again"]);
    assert_eq!(records(Path::new(&killed)), expected);

    // In shards, and merged.
    let (one, two, merged) = (path("one"), path("two"), path("merged"));
    grade(&one, &["--shard", "1/2"]);
    grade(&two, &["--shard", "2/2"]);
    let parts = records(Path::new(&one)).len() + records(Path::new(&two)).len();
    assert_eq!(parts, 7);
    let seen = heaplab(PROGRAM, &["merge", &one, &two, "--out", &merged]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(records(Path::new(&merged)), expected);
    let gradebook = |out: &str| fs::read_to_string(Path::new(out).join("gradebook.csv")).unwrap();
    assert_eq!(gradebook(&merged), gradebook(&whole));

    // Not with records of another lab, and not when one was changed by hand.
    let other = path("other");
    let source = Path::new(&handed_in).join("broken.rs");
    let seen = heaplab(
        PROGRAM,
        &[
            "grade",
            source.to_str().unwrap(),
            "--lab",
            "1-implicit",
            "--out",
            &other,
        ],
    );
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let seen = heaplab(PROGRAM, &["merge", &one, &other, "--out", &path("mixed")]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("1-implicit"), "{}", seen.stderr);
    assert!(!Path::new(&path("mixed")).exists());
    let record = Path::new(&other).join("records/broken.json");
    let changed =
        fs::read_to_string(&record)
            .unwrap()
            .replacen("\"points\": 0,", "\"points\": 99,", 1);
    fs::write(&record, changed).unwrap();
    let seen = heaplab(PROGRAM, &["leaderboard", &other]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("was changed"), "{}", seen.stderr);
}
