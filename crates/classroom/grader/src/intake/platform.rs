//! The submissions of a class whose files a learning platform named: one for each student.

use super::entry::Entry;
use super::labels::{Label, blackboards_attempt};
use super::left_out::Kind;
use super::wanted::{is_usual, several};
use super::{GIVEN, Submission, WhenSaid, decode, names, read_file};
use heaplab_grade::Submitter;
use heaplab_trace::Visible;
use std::collections::BTreeMap;

/// A file or folder of a student, and what its name says.
pub type Labelled = (Entry, Label);

/// Adds what Blackboard's texts say to its labels: the student's name, and the login, which can't
/// be told from the name of the assignment if it has a `_` in it.
pub fn read_texts(labelled: &mut [Labelled]) {
    let texts = labelled.iter().filter(|one| is_about_an_attempt(one));
    let said = texts.filter_map(|(entry, _)| {
        let bytes = read_file(&entry.path, LARGEST_TEXT_BYTES).ok()?;
        let text = decode(&bytes).ok()?.text;
        let name = text.lines().find_map(|line| line.strip_prefix("Name:"))?;
        let (name, login) = name.trim().strip_suffix(')')?.rsplit_once('(')?;
        let is_this = format!("_{login}_attempt_");
        let attempt = blackboards_attempt(&entry.name);
        let student = (name.trim().to_owned(), login.to_owned());
        attempt.contains(&is_this).then(|| (attempt.to_owned(), student))
    });
    let said: BTreeMap<String, (String, String)> = said.collect();
    for (entry, label) in labelled {
        // An attempt without a text may be another one of a student who is known.
        let is_of = |login: &str| entry.name.contains(&format!("_{login}_attempt_"));
        let known = said.values().filter(|(_, login)| is_of(login));
        let known = known.max_by_key(|(_, login)| login.len());
        if let Some((name, login)) = said.get(blackboards_attempt(&entry.name)).or(known) {
            label.person.clone_from(name);
            label.id.clone_from(login);
        }
    }
}

/// The largest text about an attempt that is read.
const LARGEST_TEXT_BYTES: u64 = 1 << 20;

/// Returns whether a file is the platform's own, about what was handed in.
fn is_about_an_attempt((entry, label): &Labelled) -> bool {
    label.file.is_empty() && !entry.is_folder && entry.name.ends_with(".txt")
}

/// Returns one submission for each student, and a remark for each file that is not taken. Of
/// several attempts, the last is taken.
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
    mut files: Vec<Labelled>,
    marks_late: bool,
    remarks: &mut Vec<String>,
) -> Option<Submission> {
    let last = files.iter().map(|(_, label)| label.attempt).max()?;
    files.retain(|(entry, label)| {
        let is_last = label.attempt == last;
        if !is_last && !is_about_an_attempt(&(entry.clone(), label.clone())) {
            remarks.push(format!("left out: {}: an earlier attempt", entry.name.visible()));
        }
        is_last
    });
    let (taken, problem) = choose(&files);
    let (entry, label) = files.get(taken)?;
    let others = files.iter().enumerate();
    let others = others.filter(|(index, one)| *index != taken && !is_about_an_attempt(one));
    if problem.is_none() {
        remarks.extend(others.map(|(_, (other, _))| {
            format!("left out: {}: {} is taken", other.name.visible(), entry.name.visible())
        }));
    }
    let is_late = files.iter().any(|(_, label)| label.is_late);
    let whole = Submission::at(entry.path.clone());
    let called = [person.as_str(), id.as_str()].into_iter().filter(|part| !part.is_empty());
    let called: Vec<&str> = called.collect();
    let is_address = person.contains('@');
    let said = |text: String| (!text.is_empty()).then_some(text);
    Some(Submission {
        name: names::of_person(&called.join("_")),
        remarks: is_late.then(|| LATE.to_owned()).into_iter().collect(),
        when: match (is_late, marks_late) {
            _ if !label.time.is_empty() => WhenSaid::At(label.time.clone()),
            (true, _) => WhenSaid::Late,
            (false, true) => WhenSaid::OnTime,
            (false, false) => WhenSaid::Nothing,
        },
        submitters: vec![if is_address {
            Submitter { email: Some(person), ..Submitter::default() }
        } else {
            Submitter {
                name: said(person),
                email: None,
                id: said(id).filter(|_| !label.is_internal),
            }
        }],
        problem,
        ..whole
    })
}

const LATE: &str = "the platform marks it as late";

/// Returns the index of the file to take, and why none can be taken.
fn choose(files: &[Labelled]) -> (usize, Option<String>) {
    let indexes = 0..files.len();
    let candidates: Vec<usize> = indexes.filter(|&index| is_candidate(&files[index])).collect();
    let is_named = |index: &usize| is_usual(&files[*index].1.file);
    let named: Vec<usize> = candidates.iter().copied().filter(is_named).collect();
    match (candidates.as_slice(), named.as_slice()) {
        _ if files.iter().all(is_about_an_attempt) => {
            (0, Some("a text was handed in, and no file".to_owned()))
        }
        _ if files.len() == 1 => (0, None),
        ([only], _) | (_, [only]) => (*only, None),
        ([], _) => {
            (0, Some(format!("none of its {} files is a source or an archive", files.len())))
        }
        ([first, ..], _) => (*first, Some(several(&files[*first].1.file, candidates.len()))),
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
    use super::super::labels;
    use super::*;
    use std::path::Path;

    fn chosen(names: &[&str]) -> (Vec<Submission>, Vec<String>) {
        let labelled = names.iter().map(|name| {
            let path = Path::new("class").join(name);
            let entry = Entry { path, name: (*name).to_owned(), is_folder: false, is_link: false };
            (entry, labels::canvas(name).unwrap())
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
