//! The floors of the house: an arrow only ever points down, and only where the
//! architecture says (docs/architecture.md).
#![forbid(unsafe_code)]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::BTreeSet;
use std::fs;

/// What each crate may be built on, from the ground up.
const FLOORS: &[(&str, &[&str])] = &[
    ("heaplab-arena", &[]),
    ("heaplab-heap", &["heaplab-arena"]),
    ("heaplab-bump", &["heaplab-arena", "heaplab-heap"]),
    ("heaplab-explicit", &["heaplab-arena", "heaplab-heap"]),
    ("heaplab-implicit", &["heaplab-arena", "heaplab-heap"]),
    ("heaplab-segregated", &["heaplab-arena", "heaplab-heap"]),
    ("heaplab-tuned", &["heaplab-arena", "heaplab-heap"]),
    ("heaplab-support", &[]),
    ("heaplab-report", &["heaplab-support"]),
    ("heaplab-scratch", &["heaplab-support"]),
    ("heaplab-trace", &[]),
    ("heaplab-logs", &["heaplab-trace"]),
    (
        "heaplab-replay",
        &["heaplab-arena", "heaplab-heap", "heaplab-trace"],
    ),
    ("heaplab-host", &["heaplab-replay"]),
    (
        "heaplab-inputs",
        &[
            "heaplab-logs",
            "heaplab-replay",
            "heaplab-support",
            "heaplab-trace",
        ],
    ),
    (
        "heaplab-worker",
        &[
            "heaplab-arena",
            "heaplab-heap",
            "heaplab-host",
            "heaplab-logs",
            "heaplab-replay",
            "heaplab-support",
            "heaplab-trace",
        ],
    ),
    (
        "heaplab-checks",
        &[
            "heaplab-heap",
            "heaplab-host",
            "heaplab-inputs",
            "heaplab-replay",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-cost",
        &[
            "heaplab-arena",
            "heaplab-checks",
            "heaplab-heap",
            "heaplab-replay",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-hunt",
        &[
            "heaplab-arena",
            "heaplab-checks",
            "heaplab-heap",
            "heaplab-inputs",
            "heaplab-replay",
            "heaplab-scratch",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-run",
        &[
            "heaplab-checks",
            "heaplab-cost",
            "heaplab-inputs",
            "heaplab-replay",
            "heaplab-report",
            "heaplab-scratch",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-waste",
        &[
            "heaplab-arena",
            "heaplab-checks",
            "heaplab-heap",
            "heaplab-inputs",
            "heaplab-replay",
            "heaplab-report",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    ("heaplab-preload", &[]),
    (
        "heaplab-real",
        &["heaplab-host", "heaplab-replay", "heaplab-trace"],
    ),
    (
        "heaplab-compare",
        &[
            "heaplab-arena",
            "heaplab-checks",
            "heaplab-heap",
            "heaplab-inputs",
            "heaplab-real",
            "heaplab-replay",
            "heaplab-report",
            "heaplab-run",
            "heaplab-scratch",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-stand-in",
        &[
            "heaplab-arena",
            "heaplab-explicit",
            "heaplab-heap",
            "heaplab-implicit",
            "heaplab-replay",
            "heaplab-segregated",
            "heaplab-tuned",
        ],
    ),
    (
        "heaplab-programs",
        &[
            "heaplab-explicit",
            "heaplab-heap",
            "heaplab-implicit",
            "heaplab-real",
            "heaplab-report",
            "heaplab-scratch",
            "heaplab-segregated",
            "heaplab-stand-in",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-tuned",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-recording",
        &[
            "heaplab-preload",
            "heaplab-programs",
            "heaplab-support",
            "heaplab-trace",
        ],
    ),
    ("heaplab-grade", &["heaplab-replay", "heaplab-trace"]),
    ("heaplab-lab", &["heaplab-replay", "heaplab-trace"]),
    (
        "heaplab-assess",
        &[
            "heaplab-checks",
            "heaplab-grade",
            "heaplab-inputs",
            "heaplab-lab",
            "heaplab-replay",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-diff",
        &["heaplab-lab", "heaplab-support", "heaplab-trace"],
    ),
    ("heaplab-sandbox", &[]),
    (
        "heaplab-grader",
        &[
            "heaplab-assess",
            "heaplab-grade",
            "heaplab-inputs",
            "heaplab-lab",
            "heaplab-sandbox",
            "heaplab-scratch",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-worker",
        ],
    ),
    (
        "heaplab-export",
        &[
            "heaplab-assess",
            "heaplab-grade",
            "heaplab-grader",
            "heaplab-inputs",
            "heaplab-lab",
            "heaplab-scratch",
            "heaplab-support",
        ],
    ),
    (
        "heaplab",
        &[
            "heaplab-arena",
            "heaplab-assess",
            "heaplab-checks",
            "heaplab-compare",
            "heaplab-cost",
            "heaplab-diff",
            "heaplab-explicit",
            "heaplab-export",
            "heaplab-grade",
            "heaplab-grader",
            "heaplab-heap",
            "heaplab-hunt",
            "heaplab-implicit",
            "heaplab-inputs",
            "heaplab-lab",
            "heaplab-logs",
            "heaplab-programs",
            "heaplab-real",
            "heaplab-recording",
            "heaplab-replay",
            "heaplab-report",
            "heaplab-run",
            "heaplab-sandbox",
            "heaplab-scratch",
            "heaplab-segregated",
            "heaplab-support",
            "heaplab-trace",
            "heaplab-tuned",
            "heaplab-waste",
            "heaplab-worker",
        ],
    ),
];

/// The crates that may say `unsafe`.
const MAY_SAY_UNSAFE: [&str; 5] = [
    "heaplab-arena",
    "heaplab-host",
    "heaplab-preload",
    "heaplab-real",
    "heaplab-stand-in",
];

/// The tests may use everything.
const TESTS: [&str; 5] = [
    "heaplab-tests",
    "heaplab-grading-tests",
    "heaplab-heap-tests",
    "heaplab-lab-tests",
    "heaplab-mutants",
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
    let metadata = metadata();
    let names: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    for package in metadata
        .packages
        .iter()
        .filter(|package| !TESTS.contains(&package.name.as_str()))
    {
        let used = of_this_house(package, &names);
        if package
            .manifest_path
            .components()
            .any(|part| part.as_str() == "labs")
        {
            let allowed = ["heaplab", "heaplab-arena", "heaplab-heap"]
                .map(str::to_owned)
                .into();
            assert!(
                used.is_subset(&allowed),
                "the lab {} uses {used:?}",
                package.name
            );
            continue;
        }
        let floor = FLOORS
            .iter()
            .find(|(name, _)| *name == package.name.as_str());
        let (_, below) =
            floor.unwrap_or_else(|| panic!("{} has no floor in this test", package.name));
        let below: BTreeSet<String> = below.iter().map(|&name| name.to_owned()).collect();
        assert!(
            used.is_subset(&below),
            "{} uses {used:?}, and may use {below:?}",
            package.name
        );
    }
}

/// The table above is itself without a circle: each crate uses only those that
/// stand before it.
#[test]
fn an_arrow_only_ever_points_down() {
    for (index, (name, below)) in FLOORS.iter().enumerate() {
        for used in *below {
            assert!(
                FLOORS[..index].iter().any(|(earlier, _)| earlier == used),
                "{name} stands on {used}, which does not stand below it"
            );
        }
    }
}

#[test]
fn only_five_crates_may_say_unsafe() {
    for package in metadata().packages {
        if MAY_SAY_UNSAFE.contains(&package.name.as_str()) {
            continue;
        }
        for target in package
            .targets
            .iter()
            .filter(|target| target.is_lib() || target.is_bin())
        {
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
