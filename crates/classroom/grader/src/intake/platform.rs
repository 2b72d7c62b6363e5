//! Names of files that a learning platform makes: who handed the file in, and what it was called.
//!
//! | platform | name |
//! |---|---|
//! | Moodle | `Full name_12345_assignsubmission_file/`, or `..._file_lib.rs` without folders |
//! | Canvas | `lovelaceada_12345_67890_lib.rs`, `lovelaceada_LATE_12345_67890_lib.rs` |

use super::entry::Entry;
use super::left_out::Kind;
use super::{GIVEN, SOURCE_NAMES, Submission, WhenSaid, names, several};
use heaplab_grade::Submitter;
use heaplab_trace::Visible;
use std::collections::BTreeMap;

/// What a platform's name of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The student's name, as the platform writes it.
    pub person: String,
    /// The platform's number for the student.
    pub id: String,
    /// Whether the platform marks it as late.
    pub is_late: bool,
    /// The name that the file had; empty for a folder.
    pub file: String,
}

/// Reads a name of Moodle's.
pub fn moodle(name: &str) -> Option<Label> {
    let (who, what) = name.split_once("_assignsubmission_")?;
    let (person, id) = who.rsplit_once('_')?;
    let file = ["file", "onlinetext"].iter().find_map(|kind| what.strip_prefix(kind))?;
    if person.is_empty() || !is_number(id) || !(file.is_empty() || file.starts_with('_')) {
        return None;
    }
    let file = file.trim_start_matches('_').to_owned();
    Some(Label { person: person.to_owned(), id: id.to_owned(), is_late: false, file })
}

/// Reads a name of Canvas's.
pub fn canvas(name: &str) -> Option<Label> {
    let (person, rest) = name.split_once('_')?;
    let late = rest.strip_prefix("LATE_").or_else(|| rest.strip_prefix("late_"));
    let mut parts = late.unwrap_or(rest).splitn(3, '_');
    let (id, number, file) = (parts.next()?, parts.next()?, parts.next()?);
    if person.is_empty() || !is_number(id) || !is_number(number) || file.is_empty() {
        return None;
    }
    Some(Label {
        person: person.to_owned(),
        id: id.to_owned(),
        is_late: late.is_some(),
        file: file.to_owned(),
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A file or folder of a student, and what its name says.
pub type Labelled = (Entry, Label);

/// Returns one submission for each student, and a remark for each file that is not taken.
/// `marks_late` says whether the platform marks what is late.
pub fn submissions(
    labelled: Vec<Labelled>,
    marks_late: bool,
    remarks: &mut Vec<String>,
) -> Vec<Submission> {
    let mut students: BTreeMap<(String, String), Vec<Labelled>> = BTreeMap::new();
    for (entry, label) in labelled {
        let student = (label.person.clone(), label.id.clone());
        students.entry(student).or_default().push((entry, label));
    }
    let one = |(student, files)| one(student, files, marks_late, remarks);
    students.into_iter().filter_map(one).collect()
}

/// Returns the submission of a student, who may have handed in several files.
fn one(
    (person, id): (String, String),
    files: Vec<Labelled>,
    marks_late: bool,
    remarks: &mut Vec<String>,
) -> Option<Submission> {
    let (taken, problem) = choose(&files);
    let (entry, _) = files.get(taken)?;
    let others = files.iter().enumerate().filter(|(index, _)| *index != taken);
    if problem.is_none() {
        remarks.extend(others.map(|(_, (other, _))| {
            format!("left out: {}: {} is taken", other.name.visible(), entry.name.visible())
        }));
    }
    let is_late = files.iter().any(|(_, label)| label.is_late);
    let whole = Submission::at(entry.path.clone());
    Some(Submission {
        name: names::of_person(&format!("{person}_{id}")),
        submitters: vec![Submitter { name: Some(person), email: None, id: Some(id) }],
        remarks: is_late.then(|| LATE.to_owned()).into_iter().collect(),
        when: match (is_late, marks_late) {
            (true, _) => WhenSaid::Late,
            (false, true) => WhenSaid::OnTime,
            (false, false) => WhenSaid::Nothing,
        },
        problem,
        ..whole
    })
}

const LATE: &str = "the platform marks it as late";

/// Returns the index of the file to take, and why none can be taken.
fn choose(files: &[Labelled]) -> (usize, Option<String>) {
    let indexes = 0..files.len();
    let candidates: Vec<usize> = indexes.filter(|&index| is_candidate(&files[index])).collect();
    let is_named = |index: &usize| SOURCE_NAMES.contains(&&*files[*index].1.file);
    let named: Vec<usize> = candidates.iter().copied().filter(is_named).collect();
    match (candidates.as_slice(), named.as_slice()) {
        _ if files.len() == 1 => (0, None),
        ([only], _) | (_, [only]) => (*only, None),
        ([], _) => {
            (0, Some(format!("none of its {} files is a source or an archive", files.len())))
        }
        ([first, ..], _) => (*first, Some(several(candidates.len()))),
    }
}

/// Returns whether a file may be the submission, by its name. A folder
/// of Moodle's with what was typed into the page is not.
fn is_candidate((entry, label): &Labelled) -> bool {
    if entry.is_folder {
        return !entry.name.contains("_assignsubmission_onlinetext");
    }
    let file = &label.file;
    (names::is_source(file) || names::is_archive(file))
        && file != GIVEN
        && Kind::of(file, false).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn label(person: &str, id: &str, is_late: bool, file: &str) -> Option<Label> {
        let [person, id, file] = [person, id, file].map(str::to_owned);
        Some(Label { person, id, is_late, file })
    }

    #[test]
    fn moodles_names_are_read() {
        for (name, read) in [
            ("U One_1_assignsubmission_file", label("U One", "1", false, "")),
            (
                "Ada_K Lovelace_12345_assignsubmission_file_",
                label("Ada_K Lovelace", "12345", false, ""),
            ),
            ("Ada_7_assignsubmission_file_my_lib.rs", label("Ada", "7", false, "my_lib.rs")),
            ("Ada_7_assignsubmission_onlinetext", label("Ada", "7", false, "")),
            ("Ada_x_assignsubmission_file", None),
            ("_7_assignsubmission_file", None),
            ("Ada_7_assignsubmission_filer", None),
            ("Ada_7", None),
        ] {
            assert_eq!(moodle(name), read, "{name}");
        }
    }

    #[test]
    fn canvas_names_are_read() {
        for (name, read) in [
            (
                "lovelaceada_12345_67890_malloc.zip",
                label("lovelaceada", "12345", false, "malloc.zip"),
            ),
            ("lovelaceada_LATE_12_67_my_lib-1.rs", label("lovelaceada", "12", true, "my_lib-1.rs")),
            ("lovelaceada_12345_malloc.zip", None),
            ("lovelaceada_12_34_", None),
            ("_12_34_lib.rs", None),
            ("ada.rs", None),
        ] {
            assert_eq!(canvas(name), read, "{name}");
        }
    }

    fn chosen(names: &[&str]) -> (Vec<Submission>, Vec<String>) {
        let labelled = names.iter().map(|name| {
            let path = Path::new("class").join(name);
            let entry = Entry { path, name: (*name).to_owned(), is_folder: false, is_link: false };
            (entry, canvas(name).unwrap())
        });
        let mut remarks = Vec::new();
        let found = submissions(labelled.collect(), true, &mut remarks);
        (found, remarks)
    }

    #[test]
    fn of_several_files_of_a_student_the_source_is_taken() {
        let (found, remarks) =
            chosen(&["ada_1_2_notes.txt", "ada_1_3_heap.rs", "bob_2_4_mm.rs", "bob_2_5_old.rs"]);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ada_1", "bob_2"]);
        assert_eq!(found[0].path, Path::new("class/ada_1_3_heap.rs"));
        assert_eq!(found[1].path, Path::new("class/bob_2_4_mm.rs"));
        assert_eq!(remarks[0], "left out: ada_1_2_notes.txt: ada_1_3_heap.rs is taken");
        assert_eq!(remarks.len(), 2);
    }

    #[test]
    fn a_student_without_one_source_gets_the_reason() {
        let (found, remarks) =
            chosen(&["ada_1_2_a.txt", "ada_1_3_b.pdf", "bob_LATE_2_4_a.rs", "bob_LATE_2_5_b.rs"]);
        let reason = |index: usize| found[index].take("1-implicit").unwrap_err();
        assert_eq!(reason(0), "none of its 2 files is a source or an archive");
        assert_eq!(reason(1), "there are 2 .rs files in it, and none is called lib.rs");
        assert_eq!(found[1].remarks, [LATE]);
        assert_eq!([&found[0].when, &found[1].when], [&WhenSaid::OnTime, &WhenSaid::Late]);
        assert_eq!(remarks, [""; 0]);
    }
}
