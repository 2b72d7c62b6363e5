//! The generated traces in `labs/traces` equal the generators' output.

use heaplab_tests::command::package;
use heaplab_trace::{
    Dialect, GENERATORS, Generator, Inexpressible, Kind, Parameters, ReadOptions, Trace, write,
};
use std::fs;
use std::path::PathBuf;

fn traces(folder: &str) -> PathBuf {
    package().join("../labs/traces").join(folder)
}

/// Reads a bundled trace.
fn bundled(folder: &str, file: &str) -> Trace {
    let bytes = fs::read(traces(folder).join(file)).expect("it is bundled");
    match Trace::parse(file, &bytes, &ReadOptions::default()) {
        Ok(reading) => {
            assert!(reading.warnings.is_empty(), "{}", reading.warnings);
            reading.trace
        }
        Err(report) => panic!("{report}"),
    }
}

#[test]
fn classic_traces_are_what_their_generators_make() {
    let mut compared = 0;
    let classic = |g: &&Generator| matches!(g.kind, Kind::Fixed | Kind::Random);
    for generator in GENERATORS.iter().filter(classic) {
        let file = format!("{}.rep", generator.name);
        let trace = generator.generate(&generator.defaults);
        let written = write(&trace, Dialect::Classic, Inexpressible::Refuse).expect("plain ops");
        let found = fs::read(traces("classic").join(&file)).expect("it is bundled");
        assert!(found == written.bytes, "{file} differs");
        compared += 1;
    }
    assert_eq!(compared, 7);
    let files = fs::read_dir(traces("classic")).expect("the folder is there");
    assert_eq!(files.count(), 7, "a file that no generator made");
}

#[test]
fn stress_traces_are_what_their_generators_make() {
    let stress = GENERATORS.iter().filter(|g| g.kind == Kind::Stress);
    let mut compared = 0;
    for generator in stress {
        let trace = bundled("stress", &format!("{}.rep", generator.name));
        let made = generator.generate(&generator.defaults);
        assert!(trace.ops() == made.ops(), "{} differs", generator.name);
        assert_eq!(trace.comments(), made.comments(), "{}", generator.name);
        compared += 1;
    }
    let files = fs::read_dir(traces("stress")).expect("the folder is there");
    assert_eq!(files.count(), compared, "a file that no generator made");
}

#[test]
fn shapes_are_what_their_generators_make() {
    let shapes = [
        ("phases.rep.gz", 40_000, 2_000),
        ("stack.rep", 16_000, 1_000),
        ("queue.rep.gz", 30_000, 3_000),
        ("generational.rep.gz", 40_000, 1_500),
        ("producer-consumer.rep", 16_000, 800),
        ("growth.rep", 16_000, 600),
    ];
    for (file, ops, max_live_blocks) in shapes {
        let trace = bundled("shapes", file);
        let generator = Generator::named(trace.name()).expect("it is named after its generator");
        let made =
            generator.generate(&Parameters { seed: 1, ops, max_live_blocks, ..generator.defaults });
        assert!(trace.ops() == made.ops(), "{file} differs");
        // The command in the file makes the file.
        assert_eq!(trace.comments(), made.comments(), "{file}");
    }
    let files = fs::read_dir(traces("shapes")).expect("the folder is there");
    assert_eq!(files.count(), shapes.len(), "a file that no generator made");
}

const SCRIPTS: &str = "../c/cs107/traces/scripts";

/// Small traces of the same kinds, as scripts.
#[test]
fn scripts_are_what_their_generators_make() {
    let scripts = [
        ("phases", 4_000, 300),
        ("stack", 3_000, 200),
        ("generational", 4_000, 250),
        ("growth", 3_000, 200),
    ];
    for (name, ops, max_live_blocks) in scripts {
        let trace = bundled(SCRIPTS, &format!("small-{name}.script"));
        let generator = Generator::named(name).expect("it is a generator");
        let parameters = Parameters { seed: 107, ops, max_live_blocks, ..generator.defaults };
        let made = generator.generate(&parameters);
        assert!(trace.ops() == made.ops(), "{name} differs");
        assert_eq!(trace.comments(), made.comments(), "{name}");
    }
    let files = fs::read_dir(traces(SCRIPTS)).expect("the folder is there");
    assert_eq!(files.count(), scripts.len(), "a file that no generator made");
}
