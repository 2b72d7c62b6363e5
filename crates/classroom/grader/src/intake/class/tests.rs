//! One class for each layout, and classes that have more in them than submissions.

use super::*;
use crate::WhenSaid;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

const LAB: &str = "1-implicit";

/// A class's folder, `class`, with these files, each of which holds its own path.
fn class_of(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join("class").join(file);
        if file.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
    }
    folder
}

fn handed_in(folder: &TempDir) -> HandedIn {
    submissions(&[folder.path().join("class")], LAB).unwrap()
}

fn names(found: &HandedIn) -> Vec<&str> {
    found.submissions.iter().map(|one| one.name.as_str()).collect()
}

/// Returns the text of each submission's source, or why there is none.
fn sources(found: &HandedIn) -> Vec<String> {
    let source = |one: &Submission| match one.take(LAB) {
        Ok(source) => String::from_utf8(source.bytes).unwrap(),
        Err(reason) => format!("no: {reason}"),
    };
    found.submissions.iter().map(source).collect()
}

fn zip_with_a_source(path: &Path) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    zip.start_file("lib.rs", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"packed").unwrap();
    zip.finish().unwrap();
}

#[test]
fn plain_files_are_read() {
    let folder = class_of(&["ada.rs", "bob.RS", "cleo.txt"]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada", "bob", "cleo.txt"]);
    assert_eq!(found.remarks, ["read as: plain files, 3 submissions"]);
    assert_eq!(sources(&found), ["ada.rs", "bob.RS", "cleo.txt"]);
}

#[test]
fn a_folder_for_each_student_is_read() {
    let folder = class_of(&["ada/src/lib.rs", "bob/heap.rs", "cleo/"]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada", "bob", "cleo"]);
    assert_eq!(found.remarks, ["read as: a folder for each student, 3 submissions"]);
    assert!(sources(&found)[2].starts_with("no: there is no source in it"));
}

#[test]
fn classroom_repositories_are_read() {
    let folder = class_of(&[
        "malloc-ada/labs/0-sbrk/src/lib.rs",
        "malloc-ada/labs/1-implicit/src/lib.rs",
        "malloc-bob/labs/0-sbrk/src/lib.rs",
        "malloc-cleo/README.md",
        "classroom_roster.csv",
        "notes.txt",
    ]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["malloc-ada", "malloc-bob", "malloc-cleo"]);
    assert_eq!(
        found.remarks,
        [
            "read as: GitHub Classroom repositories, 3 submissions",
            "left out: 1 table",
            "left out: notes.txt: not a submission",
        ]
    );
    assert_eq!(
        sources(&found)[..2],
        [
            "malloc-ada/labs/1-implicit/src/lib.rs",
            "no: labs/1-implicit/src/lib.rs is not in this repository"
        ]
    );
}

#[test]
fn the_students_of_cloned_repositories_are_named() {
    let folder = class_of(&["hw-submissions/hw-ada-l/labs/1-implicit/src/lib.rs", "README"]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["hw-ada-l"]);
    assert_eq!(found.submissions[0].submitters[0].id.as_deref(), Some("ada-l"));
}

#[test]
fn one_repository_is_one_submission() {
    for lab in ["1-implicit", "0-sbrk"] {
        let folder = class_of(&[&format!("labs/{lab}/src/lib.rs"), "Cargo.toml", "docs/a.md"]);
        let found = handed_in(&folder);
        assert_eq!(names(&found), ["class"]);
        assert_eq!(found.remarks, ["read as: one submission"]);
    }
}

#[test]
fn gradescopes_export_is_read() {
    let folder = class_of(&["submission_1/lib.rs", "submission_2/lib.rs", "submission_3.pdf"]);
    let metadata = "submission_1:\n  :submitters:\n  - :name: Ada\n    :email: ada@x.edu\n\
                    submission_2:\n  :submitters:\n  - :name: ada\n";
    fs::write(folder.path().join("class/submission_metadata.yml"), metadata).unwrap();
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["Ada submission_1", "ada submission_2"]);
    assert_eq!(found.submissions[0].submitters[0].email.as_deref(), Some("ada@x.edu"));
    assert_eq!(found.remarks[0], "read as: Gradescope's export, 2 submissions");
    assert_eq!(found.remarks[1], "left out: submission_3.pdf: not a submission");
    assert!(found.remarks[2].starts_with("2 submissions would be called `Ada`"));
    assert_eq!(sources(&found), ["submission_1/lib.rs", "submission_2/lib.rs"]);
}

#[test]
fn an_export_in_a_folder_of_its_own_is_found() {
    let folder = class_of(&["assignment_7_export/submission_1/lib.rs", ".DS_Store"]);
    let at = folder.path().join("class/assignment_7_export/submission_metadata.yml");
    fs::write(at, "submission_1:\n  :submitters:\n  - :name: Ada\n").unwrap();
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["Ada"]);
    assert!(found.remarks[0].ends_with("left out: 1 file of macOS"), "{:?}", found.remarks);
    assert!(found.remarks[1].ends_with("_export: read as: Gradescope's export, 1 submission"));
}

#[test]
fn moodles_download_is_read() {
    let one = "U One_1_assignsubmission_file";
    let folder = class_of(&[
        &format!("{one}/"),
        "U Two_2_assignsubmission_file_/lib.rs",
        "U Two_2_assignsubmission_onlinetext/onlinetext.html",
        "Ada Ax_3_assignsubmission_file_heap.rs",
    ]);
    zip_with_a_source(&folder.path().join("class").join(one).join("malloc.ZIP"));
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["Ada Ax_3", "U One_1", "U Two_2"]);
    assert_eq!(found.submissions[1].submitters[0].name.as_deref(), Some("U One"));
    assert_eq!(
        found.remarks,
        [
            "read as: Moodle's download, 3 submissions",
            "left out: U Two_2_assignsubmission_onlinetext: \
             U Two_2_assignsubmission_file_ is taken",
        ]
    );
    assert_eq!(
        sources(&found),
        [
            "Ada Ax_3_assignsubmission_file_heap.rs",
            "packed",
            "U Two_2_assignsubmission_file_/lib.rs"
        ]
    );
}

#[test]
fn canvas_download_is_read() {
    let folder = class_of(&["bob_LATE_2_9_lib-1.rs", "bob_LATE_2_8_notes.pdf", "grades.csv"]);
    zip_with_a_source(&folder.path().join("class/ada_12345_67890_malloc.zip"));
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada_12345", "bob_2"]);
    assert_eq!(found.submissions[1].remarks, ["the platform marks it as late"]);
    assert_eq!(
        found.remarks,
        [
            "read as: Canvas's download, 2 submissions",
            "left out: 1 table",
            "left out: bob_LATE_2_8_notes.pdf: bob_LATE_2_9_lib-1.rs is taken",
        ]
    );
    assert_eq!(sources(&found), ["packed", "bob_LATE_2_9_lib-1.rs"]);
}

#[test]
fn leftovers_are_counted_and_are_not_students() {
    let folder = class_of(&[
        "ada.rs",
        "._ada.rs",
        ".DS_Store",
        "__MACOSX/._bob.rs",
        "Thumbs.db",
        "desktop.ini",
        "README.md",
        "ada.rs~",
        "ada.bak",
        "#ada.rs#",
        ".ada.rs.swp",
        ".git/config",
    ]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada"]);
    assert_eq!(
        found.remarks,
        [
            "read as: plain files, 1 submission",
            "left out: 3 files of macOS, 2 files of Windows, 4 editors' backups, 1 README, \
             1 hidden file",
        ]
    );
}

#[test]
fn a_source_in_the_class_folder_itself_is_remarked() {
    let folder = class_of(&["lib.rs", "ada/lib.rs", "bob/src/lib.rs", "cleo.rs"]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada", "bob", "cleo"]);
    assert_eq!(
        found.remarks,
        [
            "read as: files and folders, 3 submissions",
            "lib.rs lies in the class folder itself: whose is it? It is left out",
        ]
    );
    // The same if a folder has only an archive.
    let folder = class_of(&["lib.rs", "ada/malloc.zip"]);
    assert_eq!(names(&handed_in(&folder)), ["ada"]);
    // A crate has other folders with sources, and is one submission.
    for files in [
        &["lib.rs", "Cargo.toml", "old/lib.rs"][..],
        &["lib.rs", "tests/lib.rs", "given.rs"],
        &["src/lib.rs", "old/lib.rs"],
    ] {
        let folder = class_of(files);
        assert_eq!(names(&handed_in(&folder)), ["class"], "{files:?}");
    }
}

#[test]
fn strange_names_get_records_of_their_own() {
    let folder = class_of(&["eve.rs", "eve.zip", "Eve.rs", "a\u{202e}b.rs", "c\ne.rs"]);
    let at = |name: &[u8]| folder.path().join("class").join(OsStr::from_bytes(name));
    for name in [&b"caf\xe9.rs"[..], b"caf\xe8.rs", &[b'x'; 252], &[b'x'; 255]] {
        fs::write(at(name), "").unwrap();
    }
    let found = handed_in(&folder);
    let mut lower: Vec<String> = names(&found).iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(lower.len(), 9);
    assert!(lower.iter().all(|name| name.len() <= 250 && !name.contains(['\n', '/', '\u{202e}'])));
    lower.sort();
    lower.dedup();
    assert_eq!(lower.len(), 9, "{lower:?}");
    assert_eq!(found.submissions.iter().filter(|one| one.take(LAB).is_ok()).count(), 8);
}

#[test]
fn links_are_submissions_that_are_refused() {
    let folder = class_of(&["ada.rs", "bob/lib.rs"]);
    let class = folder.path().join("class");
    symlink("/etc/passwd", class.join("cleo.rs")).unwrap();
    symlink("/etc", class.join("dan")).unwrap();
    symlink("/nowhere", class.join("eve")).unwrap();
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada", "bob", "cleo", "dan", "eve"]);
    let reason = "no: it is a symbolic link, not a file";
    assert_eq!(sources(&found)[2..], [reason; 3]);
}

#[test]
fn a_folder_with_nothing_to_grade_is_an_error() {
    for (files, beside) in [
        (&["x/"][..0], "there is no submission here\n"),
        (&["README.md", "Thumbs.db"], "no submission here, only 1 file of Windows, 1 README\n"),
        (&["submission_metadata.yml"], "there is no submission here\n"),
    ] {
        let folder = class_of(files);
        let class = folder.path().join("class");
        fs::create_dir_all(&class).unwrap();
        let error = submissions(&[class], LAB).unwrap_err().to_string();
        assert!(error.contains(beside), "{error}");
    }
    let error = submissions(&["/nowhere/to/be/found".into()], LAB).unwrap_err().to_string();
    assert!(error.starts_with("error: can't read /nowhere"), "{error}");
}

#[test]
fn a_path_that_is_named_twice_is_read_once() {
    let folder = class_of(&["ada.rs"]);
    let class = folder.path().join("class");
    let paths = [class.join("ada.rs"), class.join("../class/ada.rs"), class];
    let found = submissions(&paths[..2], LAB).unwrap();
    assert_eq!(names(&found), ["ada"]);
    assert!(found.remarks[0].ends_with("is named twice, and read once"), "{:?}", found.remarks);
    let found = submissions(&paths[1..], LAB).unwrap();
    assert_eq!(names(&found), ["ada"]);
    assert_eq!(found.remarks.len(), 2, "{:?}", found.remarks);
}

#[test]
fn blackboards_download_is_read() {
    let folder = class_of(&[
        "HW_1_ada_attempt_2026-11-19-10-00-00.txt",
        "HW_1_ada_attempt_2026-11-19-10-00-00_lib.rs",
        "HW_1_ada_attempt_2026-11-20-10-00-00.txt",
        "HW_1_ada_attempt_2026-11-20-10-00-00_lib.rs",
        "HW_1_ada_attempt_2026-11-20-10-00-00_notes.txt",
        "HW_1_b_b_attempt_2026-11-20-11-00-00.txt",
        "HW_1_b_b_attempt_2026-11-20-11-00-00_heap.rs",
        "HW_1_eve_attempt_2026-11-20-12-00-00.txt",
    ]);
    let text = folder.path().join("class/HW_1_b_b_attempt_2026-11-20-11-00-00.txt");
    fs::write(text, "Name: Bob B. (x) (b_b)\r\nAssignment: HW_1\r\nName: other (no)\r\n").unwrap();
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["Bob B. (x)_b_b", "ada", "eve"]);
    assert_eq!(
        found.remarks,
        [
            "read as: Blackboard's download, 3 submissions",
            "left out: HW_1_ada_attempt_2026-11-19-10-00-00_lib.rs: an earlier attempt",
            "left out: HW_1_ada_attempt_2026-11-20-10-00-00_notes.txt: \
             HW_1_ada_attempt_2026-11-20-10-00-00_lib.rs is taken",
        ]
    );
    assert_eq!(
        sources(&found),
        [
            "HW_1_b_b_attempt_2026-11-20-11-00-00_heap.rs",
            "HW_1_ada_attempt_2026-11-20-10-00-00_lib.rs",
            "no: a text was handed in, and no file"
        ]
    );
    let [bob, ada, _] = found.submissions.as_slice() else { panic!("{found:?}") };
    assert_eq!(bob.submitters[0].name.as_deref(), Some("Bob B. (x)"));
    assert_eq!(bob.submitters[0].id.as_deref(), Some("b_b"));
    assert_eq!(ada.submitters[0].id.as_deref(), Some("ada"));
    assert_eq!(ada.when, WhenSaid::At("2026-11-20 10:00:00".into()));
}

#[test]
fn brightspaces_download_is_read() {
    let folder = class_of(&[
        "HW1 Download/123-9 - Ada L - Nov 19, 2026 1159 PM/lib.rs",
        "HW1 Download/123-9 - Ada L - Nov 20, 2026 905 AM/lib.rs",
        "HW1 Download/124-9 - Bob - Nov 20, 2026 905 AM - my - heap.rs",
        "HW1 Download/index.html",
    ]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["Ada L_123", "Bob_124"]);
    assert!(found.remarks[0].ends_with("read as: Brightspace's download, 2 submissions"));
    assert_eq!(
        found.remarks[1..],
        [
            "left out: index.html: not a submission",
            "left out: 123-9 - Ada L - Nov 19, 2026 1159 PM: an earlier attempt"
        ]
    );
    assert_eq!(
        sources(&found),
        [
            "HW1 Download/123-9 - Ada L - Nov 20, 2026 905 AM/lib.rs",
            "HW1 Download/124-9 - Bob - Nov 20, 2026 905 AM - my - heap.rs"
        ]
    );
    assert_eq!(found.submissions[0].when, WhenSaid::At("2026-11-20 09:05".into()));
}

#[test]
fn autolabs_submissions_are_read() {
    let folder = class_of(&[
        "ada@x.edu_2_lib.rs",
        "ada@x.edu_10_lib.rs",
        "b_b@x.edu_1_heap.rs",
        "roster.csv",
    ]);
    let found = handed_in(&folder);
    assert_eq!(names(&found), ["ada@x.edu", "b_b@x.edu"]);
    assert_eq!(
        found.remarks,
        [
            "read as: Autolab's submissions, 2 submissions",
            "left out: 1 table",
            "left out: ada@x.edu_2_lib.rs: an earlier attempt"
        ]
    );
    assert_eq!(found.submissions[0].submitters[0].email.as_deref(), Some("ada@x.edu"));
    assert_eq!(sources(&found)[0], "ada@x.edu_10_lib.rs");
}
