//! The sections that the allocators share stand in the same order, so that two
//! of them can be read side by side.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_tests::command::package;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The verbs, in the order in which each file has those it holds.
const SHARED: [&str; 10] = [
    "malloc", "free", "memalign", "find_fit", "place", "split", "coalesce", "grow", "link",
    "unlink",
];

/// A section: its name, and how many others it stands in.
type Section = (String, usize);

/// The sections of each file of a crate, in the order of their beginnings.
fn sections_of(name: &str) -> BTreeMap<String, Vec<Section>> {
    let folder = package().join("../crates").join(name).join("src");
    let files = fs::read_dir(&folder).expect("the crate is there");
    let of_file = |path: &Path| {
        let source = fs::read_to_string(path).expect("a source file");
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let sections = sections(&source).unwrap_or_else(|error| panic!("{name}/{file}: {error}"));
        (file, sections)
    };
    files.map(|entry| of_file(&entry.unwrap().path())).collect()
}

/// # Errors
/// If an end is not that of the section begun last.
fn sections(source: &str) -> Result<Vec<Section>, String> {
    let (mut sections, mut open) = (Vec::new(), Vec::new());
    for (line, text) in (1..).zip(source.lines()) {
        let text = text.trim();
        if let Some(name) = text.strip_prefix("// ANCHOR: ") {
            sections.push((name.to_owned(), open.len()));
            open.push(name);
        } else if let Some(name) = text.strip_prefix("// ANCHOR_END: ") {
            let begun = open.pop();
            if begun != Some(name) {
                return Err(format!("line {line} ends `{name}` where {begun:?} is open"));
            }
        } else if text.contains("ANCHOR") {
            return Err(format!("line {line} is no anchor: {text}"));
        }
    }
    match open.is_empty() {
        true => Ok(sections),
        false => Err(format!("{open:?} are never ended")),
    }
}

#[test]
fn anchors_are_balanced_and_each_name_is_used_once() {
    for name in ["bump", "implicit", "explicit", "segregated", "heap"] {
        let mut seen = BTreeMap::new();
        for (file, sections) in sections_of(name) {
            for (section, _) in sections {
                if let Some(other) = seen.insert(section.clone(), file.clone()) {
                    panic!("{name}: `{section}` is in {other} and in {file}");
                }
            }
        }
        assert!(!seen.is_empty(), "{name} has no sections");
    }
}

#[test]
fn the_shared_sections_are_in_all_three_in_the_same_order() {
    for name in ["implicit", "explicit", "segregated"] {
        let mut found = Vec::new();
        for (file, sections) in sections_of(name) {
            let shared = sections.into_iter().filter_map(|(section, depth)| {
                let place = SHARED.iter().position(|shared| *shared == section)?;
                assert_eq!(depth, 0, "{name}/{file}: `{section}` is inside another");
                Some(place)
            });
            let places: Vec<usize> = shared.collect();
            assert!(
                places.is_sorted(),
                "{name}/{file} has them in another order"
            );
            found.extend(places);
        }
        found.sort_unstable();
        let all: Vec<usize> = (0..SHARED.len()).collect();
        assert_eq!(found, all, "{name} lacks one");
    }
}
