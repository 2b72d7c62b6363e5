//! The sections that the allocators share are in the same
//! order, so that two of them can be read side by side.
#![forbid(unsafe_code)]

use heaplab_lab::{crate_folder, sections};
use heaplab_lab_tests::folder;
use std::collections::BTreeMap;
use std::fs;

/// The calls of the contract and their helpers, in the order in which each file has them.
const SHARED: [&str; 10] = [
    "malloc", "free", "memalign", "find_fit", "place", "split", "coalesce", "grow", "link",
    "unlink",
];

/// A section: its name, and how many others it is inside of.
type Section = (String, usize);

/// Returns the sections of each file of a crate, in the order of their beginnings.
fn sections_of(name: &str) -> BTreeMap<String, Vec<Section>> {
    let sources = crate_folder(&folder().join(".."), name).expect("a crate").join("src");
    let files = fs::read_dir(&sources).expect("the crate is there");
    let of_file = |entry: fs::DirEntry| {
        let file = entry.file_name().to_string_lossy().into_owned();
        let source = fs::read_to_string(entry.path()).expect("a source file");
        let found = sections(&source).unwrap_or_else(|error| panic!("{name}/{file}: {error}"));
        // A misspelled marker would otherwise be ignored without an error.
        let markers = source.matches("// ANCHOR").count();
        assert_eq!(markers, 2 * found.len(), "{name}/{file}");
        let found = found.iter().map(|one| (one.name.to_owned(), one.depth));
        (file, found.collect())
    };
    files.map(|entry| of_file(entry.expect("a file"))).collect()
}

#[test]
fn each_section_name_is_used_once_in_a_crate() {
    for name in ["bump", "implicit", "explicit", "segregated", "quick", "heap"] {
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
fn shared_sections_have_the_same_order_in_all_four_allocators() {
    for name in ["implicit", "explicit", "segregated", "quick"] {
        let mut found = Vec::new();
        for (file, sections) in sections_of(name) {
            let shared = sections.into_iter().filter_map(|(section, depth)| {
                let place = SHARED.iter().position(|shared| *shared == section)?;
                assert_eq!(depth, 0, "{name}/{file}: `{section}` is inside another");
                Some(place)
            });
            let places: Vec<usize> = shared.collect();
            assert!(places.is_sorted(), "{name}/{file}: another order");
            found.extend(places);
        }
        found.sort_unstable();
        let all: Vec<usize> = (0..SHARED.len()).collect();
        assert_eq!(found, all, "{name} lacks one");
    }
}
