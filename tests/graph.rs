//! Tests of the layers of the workspace: a crate depends only on lower
//! layers, and only as the architecture allows (docs/architecture.md). And of what is compiled
//! for tests.
#![forbid(unsafe_code)]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// The crates that each crate may depend on, from the bottom up; names are without `heaplab-`.
const FLOORS: &str = "
    arena:
    heap: arena
    bump: arena heap
    explicit: arena heap
    implicit: arena heap
    quick: arena heap
    segregated: arena heap
    tuned: arena heap
    support:
    scratch: support
    explain: support
    pictures: support
    report: support
    trace:
    logs: trace
    replay: arena heap trace
    c-heap: arena heap replay scratch support
    host: replay
    inputs: logs replay support trace
    worker: arena heap host logs replay support trace
    checks: heap host inputs replay support trace worker
    cost: arena checks heap replay trace worker
    film: arena checks heap replay trace worker
    hunt: arena checks heap inputs replay scratch support trace worker
    run: checks cost inputs replay report scratch support trace worker
    bound: arena heap inputs report run support trace worker
    stepper: film heap trace
    waste: arena checks heap inputs replay report support trace worker
    page: arena checks cost heap inputs replay support trace waste worker
    plot: checks cost film heap inputs pictures replay run scratch support trace waste worker
    malloc-shim: arena explicit heap implicit quick replay segregated tuned
    real: host replay trace
    compare: arena checks heap inputs real replay report run scratch support trace worker
    programs: explicit heap implicit malloc-shim quick real report scratch segregated support trace
        tuned worker
    recorder:
    recording: programs recorder support trace
    grade: replay support trace
    lab: replay trace
    assess: checks grade inputs lab replay support trace worker
    diff: lab support trace
    overview: grade pictures trace
    sandbox:
    grader: assess c-heap checks grade heap inputs lab replay sandbox scratch support trace worker
    export: assess c-heap grade grader inputs lab scratch support
    gradebook: grade grader support trace
    heaplab: arena assess bound bump c-heap checks compare cost diff explain explicit export film grade
        gradebook grader heap hunt implicit inputs lab logs overview page plot programs quick real
        recording replay report run sandbox segregated stepper support trace tuned waste worker
";

/// Returns a crate's full name.
fn in_full(name: &str) -> String {
    match name {
        "heaplab" => name.to_owned(),
        _ => format!("heaplab-{name}"),
    }
}

/// Returns each crate, with the crates that it may depend on.
fn floors() -> Vec<(String, BTreeSet<String>)> {
    let mut floors: Vec<(String, BTreeSet<String>)> = Vec::new();
    for word in FLOORS.split_whitespace() {
        match (word.strip_suffix(':'), floors.last_mut()) {
            (Some(name), _) => floors.push((in_full(name), BTreeSet::new())),
            (None, Some((_, below))) => drop(below.insert(in_full(word))),
            (None, None) => panic!("{word} is below no crate"),
        }
    }
    floors
}

/// The crates that may use `unsafe`.
const MAY_SAY_UNSAFE: [&str; 6] = [
    "heaplab-arena",
    "heaplab-c-heap",
    "heaplab-host",
    "heaplab-recorder",
    "heaplab-real",
    "heaplab-malloc-shim",
];

/// The tests, which may use everything.
const TESTS: [&str; 7] = [
    "heaplab-tests",
    "heaplab-grading-tests",
    "heaplab-heap-tests",
    "heaplab-lab-tests",
    "heaplab-mistakes",
    "heaplab-mutants",
    "heaplab-policies",
];

#[expect(clippy::unwrap_used, reason = "without the graph there is no test")]
fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().unwrap()
}

fn of_this_house(package: &Package, names: &BTreeSet<String>) -> BTreeSet<String> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .filter(|name| names.contains(name))
        .collect()
}

#[test]
fn every_crate_is_built_only_on_the_floors_below() {
    let floors = floors();
    let metadata = metadata();
    let names: BTreeSet<String> =
        metadata.packages.iter().map(|package| package.name.to_string()).collect();
    for package in
        metadata.packages.iter().filter(|package| !TESTS.contains(&package.name.as_str()))
    {
        let used = of_this_house(package, &names);
        if package.manifest_path.components().any(|part| part.as_str() == "labs") {
            let allowed = ["heaplab", "heaplab-arena", "heaplab-heap"].map(str::to_owned).into();
            assert!(used.is_subset(&allowed), "the lab {} uses {used:?}", package.name);
            continue;
        }
        let floor = floors.iter().find(|(name, _)| *name == *package.name);
        let (_, below) =
            floor.unwrap_or_else(|| panic!("{} has no floor in this test", package.name));
        assert!(used.is_subset(below), "{} uses {used:?}, and may use {below:?}", package.name);
    }
}

/// The table above has no cycle: each crate uses only crates before it.
#[test]
fn the_table_of_crates_has_no_cycle() {
    let floors = floors();
    assert!(floors.len() > 30, "only {} crates have a floor", floors.len());
    for (index, (name, below)) in floors.iter().enumerate() {
        for used in below {
            assert!(
                floors[..index].iter().any(|(earlier, _)| earlier == used),
                "{name} stands on {used}, which does not stand below it"
            );
        }
    }
}

#[test]
fn only_six_crates_may_use_unsafe() {
    for package in metadata().packages {
        if MAY_SAY_UNSAFE.contains(&package.name.as_str()) {
            continue;
        }
        for target in package.targets.iter().filter(|target| target.is_lib() || target.is_bin()) {
            let source = fs::read_to_string(&target.src_path).unwrap();
            assert!(
                source.contains("#![forbid(unsafe_code)]"),
                "{} ({}) does not forbid unsafe code",
                target.src_path,
                package.name
            );
        }
    }
}

/// A library without tests of its own, or without examples in its docs, says so in its manifest:
/// each costs seconds of compiling. A student may write both, so labs say nothing.
#[test]
fn a_library_is_compiled_for_tests_if_it_has_some() {
    for package in metadata().packages {
        let library = package.targets.iter().find(|target| target.is_lib());
        let Some(library) = library else { continue };
        if package.name.starts_with("lab-") {
            assert!(library.test && library.doctest, "{}", package.name);
            continue;
        }
        let text = own_text(library.src_path.as_std_path()).unwrap();
        let manifest = &package.manifest_path;
        assert_eq!(library.test, text.contains("#[test]"), "`test` of [lib] in {manifest}");
        assert_eq!(library.doctest, has_example(&text), "`doctest` of [lib] in {manifest}");
    }
}

/// Returns the text of a library: of its folder `src`, or of its only file.
fn own_text(root: &Path) -> io::Result<String> {
    match root.parent() {
        Some(folder) if folder.ends_with("src") => text_below(folder),
        _ => fs::read_to_string(root),
    }
}

fn text_below(folder: &Path) -> io::Result<String> {
    let mut text = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            text += &text_below(&path)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            text += &fs::read_to_string(path)?;
        }
    }
    Ok(text)
}

/// Tells whether a doc comment has a block of Rust. Other blocks name what they hold.
fn has_example(text: &str) -> bool {
    let docs = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
    });
    let fences = docs.filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).any(|kind| matches!(kind, "" | "no_run" | "compile_fail"))
}
