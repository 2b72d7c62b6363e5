//! Names of submissions: readable, different from each other, and fit for a file.
//!
//! A name that can be kept is kept. Otherwise the first digits of a hash of the file's whole
//! name follow, so that a submission's name does not depend on which others there are.

use super::Submission;
use encoding_rs::WINDOWS_1252;
use heaplab_grade::Digest;
use heaplab_trace::Visible;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;

/// Endings of sources. Systems that hide endings add the second one.
const SOURCES: [&str; 4] = [".rs", ".rs.txt", ".c", ".c.txt"];

/// Endings of archives.
const ARCHIVES: [&str; 4] = [".zip", ".tar", ".tar.gz", ".tgz"];

/// Endings of packed files that are not read.
const UNREAD_ARCHIVES: [&str; 8] = [".7z", ".rar", ".gz", ".xz", ".bz2", ".zst", ".tbz2", ".txz"];

/// The longest name, in bytes: with `.json` after it, a file can have it.
const LONGEST_BYTES: usize = 250;

/// The length to which a longer one is cut.
const CUT_BYTES: usize = 180;

/// Returns whether a file is a source by its name.
pub fn is_source(name: &str) -> bool {
    SOURCES.iter().any(|ending| has_ending(name, ending))
}

/// Returns whether a file is an archive by its name.
pub fn is_archive(name: &str) -> bool {
    ARCHIVES.iter().any(|ending| has_ending(name, ending))
}

/// Returns whether a file is a packed one of a kind that is not read.
pub fn is_unread_archive(name: &str) -> bool {
    UNREAD_ARCHIVES.iter().any(|ending| has_ending(name, ending))
}

fn has_ending(name: &str, ending: &str) -> bool {
    without(name, ending).is_some()
}

/// Returns a name without an ending, which may be in capitals.
fn without<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (stem, last) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
    last.eq_ignore_ascii_case(ending).then_some(stem)
}

/// Returns a file's name as text. Bytes that are not UTF-8 are read as Windows-1252.
pub fn text_of(name: &OsStr) -> String {
    match name.to_str() {
        Some(text) => text.to_owned(),
        None => WINDOWS_1252.decode_without_bom_handling(name.as_encoded_bytes()).0.into_owned(),
    }
}

/// Returns the name of a submission whose file has this name: without the ending.
pub fn of_file(file_name: &OsStr) -> String {
    let text = text_of(file_name);
    let stem = SOURCES.iter().chain(&ARCHIVES).find_map(|ending| without(&text, ending));
    let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or(&text);
    fit(stem, file_name)
}

/// Returns the same with the ending.
pub fn of_whole(file_name: &OsStr) -> String {
    fit(&text_of(file_name), file_name)
}

/// Returns a name made of what a platform says, which may have any character in it.
pub fn of_person(text: &str) -> String {
    let text = text.trim();
    let shown: String =
        text.chars().map(|c| if "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let shown = shown.trim_start_matches('.');
    fit(if shown.is_empty() { "submission" } else { shown }, OsStr::new(text))
}

/// Returns a text as the name of a record. If it can't be kept whole, a hash of `origin` follows.
fn fit(text: &str, origin: &OsStr) -> String {
    let is_visible = matches!(text.visible(), Cow::Borrowed(_)) && !text.contains(['/', '\0']);
    if is_visible && text.len() <= LONGEST_BYTES && origin.to_str().is_some() {
        return text.to_owned();
    }
    let shown: String = text.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    with_hash(cut(&shown), origin)
}

/// Returns the beginning of a name that is too long.
fn cut(name: &str) -> &str {
    let ends = name.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|&end| end <= CUT_BYTES).last().unwrap_or(0);
    name[..end].trim_end()
}

fn is_plain(c: char) -> bool {
    c != '/' && matches!(c.encode_utf8(&mut [0; 4]).visible(), Cow::Borrowed(_))
}

fn with_hash(text: &str, origin: &OsStr) -> String {
    format!("{text}-{:.8}", Digest::of(origin.as_encoded_bytes()))
}

/// Gives submissions that share a name, up to upper and lower case, longer ones, and
/// returns a remark for each shared name. Some file systems do not tell the cases apart.
pub fn distinguish(found: &mut [Submission]) -> Vec<String> {
    let before: Vec<String> = found.iter().map(|one| one.name.clone()).collect();
    let groups = shared(found);
    for index in shared(found).into_iter().flatten() {
        found[index].name.clone_from(&found[index].longer_name);
    }
    for index in shared(found).into_iter().flatten() {
        let one = &mut found[index];
        one.name = with_hash(cut(&before[index]), one.path.as_os_str());
    }
    // A file may have been given just this name. Names grow until all of them differ.
    while let Some(group) = shared(found).first() {
        for (number, &index) in group.iter().enumerate().skip(1) {
            found[index].name += &format!("-{}", number + 1);
        }
    }
    let said = groups.iter().map(|group| {
        let named = group.iter().map(|&index| {
            let one = &found[index];
            format!("`{}` is {}", one.name, one.path.visible())
        });
        let named: Vec<String> = named.collect();
        format!(
            "{} submissions would be called `{}`: {}",
            group.len(),
            before[group[0]],
            named.join(", ")
        )
    });
    said.collect()
}

/// Returns the indexes of submissions that share a name, one group for each name.
fn shared(found: &[Submission]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, one) in found.iter().enumerate() {
        groups.entry(one.name.to_lowercase()).or_default().push(index);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::path::PathBuf;

    fn at(path: &[u8]) -> Submission {
        Submission::at(PathBuf::from(OsStr::from_bytes(path)))
    }

    fn distinguished(paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut found: Vec<Submission> = paths.iter().map(|path| at(path.as_bytes())).collect();
        let remarks = distinguish(&mut found);
        (found.into_iter().map(|one| one.name).collect(), remarks)
    }

    #[test]
    fn plain_names_are_kept() {
        for (file, name) in [
            ("ada.rs", "ada"),
            ("ada.tar.gz", "ada"),
            ("ada.rs.txt", "ada"),
            ("ADA.ZIP", "ADA"),
            ("U One_1", "U One_1"),
            ("größe 七.tgz", "größe 七"),
            ("ada.txt", "ada.txt"),
            (".rs", ".rs"),
        ] {
            assert_eq!(of_file(OsStr::new(file)), name);
        }
        let longest = "x".repeat(250);
        assert_eq!(of_file(OsStr::new(&longest)), longest);
    }

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let names: Vec<String> = ["a", "b"]
            .map(|last| of_file(OsStr::new(&format!("{}{last}.rs", "é".repeat(125)))))
            .into();
        assert!(names.iter().all(|name| name.len() < 200 && name.starts_with("éé")), "{names:?}");
        assert_ne!(names[0], names[1]);
    }

    #[test]
    fn strange_names_are_readable_and_stay_different() {
        let names: Vec<String> = [
            &b"caf\xe9.rs"[..],
            b"caf\xe8.rs",
            b"a\nb.rs",
            b"a\tb.rs",
            "a\u{202e}sr.rs".as_bytes(),
        ]
        .map(|name| of_file(OsStr::from_bytes(name)))
        .into();
        for (name, start) in names.iter().zip(["café-", "cafè-", "a_b-", "a_b-", "a_sr-"]) {
            assert!(name.starts_with(start) && name.len() == start.len() + 8, "{name}");
        }
        assert_ne!(names[2], names[3]);
        assert_eq!(of_person(" Ada/Lovelace: x "), "Ada_Lovelace_ x");
        assert_eq!(of_person("../"), "_");
        assert_eq!(of_person(".."), "submission");
    }

    #[test]
    fn shared_names_become_longer() {
        let (names, remarks) = distinguished(&["d/eve.rs", "d/eve.zip", "d/ada.rs"]);
        assert_eq!(names, ["eve.rs", "eve.zip", "ada"]);
        assert_eq!(
            remarks,
            ["2 submissions would be called `eve`: `eve.rs` is d/eve.rs, `eve.zip` is d/eve.zip"]
        );
        let (names, _) = distinguished(&["d/eve", "d/eve.rs"]);
        assert_eq!(names, ["eve", "eve.rs"]);
    }

    #[test]
    fn names_that_differ_in_case_or_folder_become_different() {
        let (names, remarks) = distinguished(&["d/Eve.rs", "d/eve.rs", "e/eve.rs"]);
        assert_eq!(remarks.len(), 1);
        let mut lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        lower.sort();
        lower.dedup();
        assert_eq!(lower.len(), 3, "{names:?}");
        assert!(names[0].starts_with("Eve-") && names[1].starts_with("eve-"), "{names:?}");
    }

    #[test]
    fn a_name_that_looks_like_a_hashed_one_is_kept_apart() {
        let (names, _) = distinguished(&["d/eve.rs", "e/eve.rs"]);
        let forged = format!("d/{}", names[0]);
        let (names, _) = distinguished(&["d/eve.rs", "e/eve.rs", &forged]);
        assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2], "{names:?}");
    }
}
