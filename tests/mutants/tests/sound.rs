//! What the contract allows is not reported: policies that
//! differ from the originals' pass check, run, waste and fuzz.

use heaplab_mutants::{Specimen, all_sound};
use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const TRACES: [&str; 4] = [
    "labs/traces/classic/binary.rep",
    "labs/traces/classic/coalescing.rep",
    "labs/traces/classic/realloc2.rep",
    "labs/traces/classic/random.rep",
];

fn run(specimen: &Specimen, command: &str, more: &[&str]) {
    let align = specimen.align().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_mutants"))
        .args([command, "--align", &align])
        .args(more)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .expect("the command");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command} {}:\n{text}\n{errors}", specimen.spec());
}

fn all_commands(specimen: &Specimen) {
    let spec = specimen.spec();
    let traces: Vec<&str> = TRACES.iter().flat_map(|trace| ["--trace", trace]).collect();
    run(specimen, "check", &[&[spec.as_str()], &traces[..]].concat());
    run(specimen, "waste", &[&[spec.as_str()], &traces[..]].concat());
    let plain = ["--no-timing", "--heap", &spec];
    run(specimen, "run", &[&plain[..], &traces].concat());
    let fuzz = [spec.as_str(), "--seed", "1", "--ops", "40000"];
    run(specimen, "fuzz", &fuzz);
}

#[test]
#[ignore = "a minute; `.ci/mutants` runs it"]
fn sound_variants_raise_no_alarm() {
    // With `--quick`, every eighth one.
    let every = env::var("EVERY").map_or(1, |every| every.parse().expect("a number"));
    let specimens: Vec<Specimen> = all_sound().step_by(every).collect();
    assert!(specimens.len() * every >= 8, "{}", specimens.len());
    // Each takes the next: some specimens take ten times as long as others.
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(specimen) = specimens.get(next.fetch_add(1, Ordering::Relaxed)) {
            all_commands(specimen);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}
