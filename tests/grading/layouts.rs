//! Classes as platforms and students' editors make them: every honest submission has its points,
//! wherever it lies and however it is encoded.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grading_tests::class::{Folder, records};
use heaplab_grading_tests::{grade, heaplab, source_of};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// Writes a file of a class, and the folders that it is in.
fn hand_in(class: &str, name: &str, source: impl AsRef<[u8]>) {
    let path = Path::new(class).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, source).unwrap();
}

fn zip_of(source: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("lib.rs", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(source.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn exports_are_graded_as_they_come() {
    let folder = Folder::new();
    let honest = source_of(PROGRAM, "0-sbrk", &["--solution"]);
    let [classroom, gradescope, moodle, canvas] =
        ["classroom", "gradescope", "moodle", "canvas"].map(|name| folder.path(name));
    hand_in(&classroom, "hw-ada/labs/0-sbrk/src/lib.rs", &honest);
    hand_in(&classroom, "hw-ada/labs/1-implicit/src/lib.rs", "another lab's");
    hand_in(&gradescope, "submission_1/lib.rs", &honest);
    let metadata = "submission_1:\n  :submitters:\n  - :name: Ada\n    :sid: 7\n";
    hand_in(&gradescope, "submission_metadata.yml", metadata);
    hand_in(&moodle, "Ada L_1_assignsubmission_file/malloc.ZIP", zip_of(&honest));
    hand_in(&canvas, "ada_LATE_1_2_malloc.zip", zip_of(&honest));
    for (class, name) in
        [(&classroom, "hw-ada"), (&gradescope, "Ada"), (&moodle, "Ada L_1"), (&canvas, "ada_1")]
    {
        let out = folder.path(&format!("of-{name}"));
        let graded = grade(PROGRAM, "0-sbrk", Path::new(class), Path::new(&out), &[]);
        assert_eq!(graded.len(), 1, "{name}");
        let points = graded[name]["points"].as_f64();
        assert_eq!(points, Some(100.0), "{name}: {:#}", graded[name]);
    }
}

#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn every_encoding_and_every_name_is_graded() {
    let folder = Folder::new();
    let honest = source_of(PROGRAM, "0-sbrk", &["--solution"]);
    let commented = format!("{honest}// größe\n");
    let utf_16: Vec<u8> = commented.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = commented.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    let class = folder.path("class");
    hand_in(&class, "latin.rs", latin);
    hand_in(&class, "utf-16.rs", utf_16);
    hand_in(&class, "eve.rs", &honest);
    hand_in(&class, "eve.zip", zip_of(&honest));
    hand_in(&class, "Eve.rs", &honest);
    hand_in(&class, "README.md", "not a student");
    hand_in(&class, "binary.rs", [0_u8; 4096]);
    let strange = [OsStr::from_bytes(b"caf\xe9.rs").to_owned(), "x".repeat(255).into()];
    for name in &strange {
        fs::write(Path::new(&class).join(name), &honest).unwrap();
    }
    let out = folder.path("out");
    let graded = grade(PROGRAM, "0-sbrk", Path::new(&class), Path::new(&out), &[]);
    assert_eq!(graded.len(), 8, "{:?}", graded.keys());
    for (name, record) in graded.iter().filter(|(name, _)| *name != "binary") {
        assert_eq!(record["points"].as_f64(), Some(100.0), "{name}: {record:#}");
    }
    assert_eq!(graded["binary"]["verdict"], "not-a-submission");
    let remark = &graded["utf-16"]["submission"]["remarks"][0];
    assert_eq!(remark, "utf-16.rs is not UTF-8, and was read as UTF-16LE");
    let feedback = fs::read_to_string(Path::new(&out).join("feedback/latin.md")).unwrap();
    assert!(feedback.contains("was read as windows-1252"), "{feedback}");

    // Nothing changes if it is graded again, and all texts are compared.
    let before = records(&out);
    grade(PROGRAM, "0-sbrk", Path::new(&class), Path::new(&out), &[]);
    assert_eq!(records(&out), before);
    let seen = heaplab(PROGRAM, &["similar", &class, "--lab", "0-sbrk"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert!(seen.stdout.contains("\nnot compared: binary: "), "{}", seen.stdout);
}
