//! The checks of the labs: the references pass them, and whoever makes a known
//! mistake in a hole fails the stage of that hole.
#![forbid(unsafe_code)]

use heaplab_arena::Refuse;
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_lab::{Check, Lab, Stage, judge, sections};
use heaplab_mutants::{DESIGNS, Mutant, bundled};
use heaplab_replay::{Examination, Standing, Stopped, examine_whole};
use heaplab_trace::Trace;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// How the mutants are found in a source.
#[path = "../build/text.rs"]
#[expect(dead_code, reason = "some of it is only for planting")]
mod text;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every lab of the workspace, by name.
fn labs() -> Vec<Lab> {
    let entries = fs::read_dir(workspace().join("labs")).expect("labs");
    let paths = entries.map(|entry| entry.expect("a lab").path().join("lab.toml"));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    paths.sort();
    let lab = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a lab.toml");
        Lab::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(lab).collect()
}

fn trace_of(stage: &Stage, check: &Check) -> Trace {
    match check.short_trace(&stage.name) {
        Some(trace) => trace.unwrap_or_else(|error| panic!("{}: {error}", place(stage, check))),
        None => {
            let file = check.file.as_deref().unwrap_or_default();
            bundled(&format!("labs/traces/{file}")).expect("a trace")
        }
    }
}

fn place(stage: &Stage, check: &Check) -> String {
    format!("stage `{}`, check `{}`", stage.name, check.title)
}

/// The heap that a check looks at; `words` are those of the check, and may name
/// a mutant.
fn stand(design: &str, words: &str, trace: &Trace, check: &Check) -> Result<Standing, Stopped> {
    let settings = Examination {
        align: match check.align {
            8 => Align::Eight,
            _ => Align::Sixteen,
        },
        limit_bytes: check.limit.unwrap_or(1 << 30),
        refuse: check.refuse_sbrk_from.map_or(Refuse::Never, Refuse::From),
        may_run_out: check.may_fail || check.refuse_sbrk_from.is_some(),
    };
    fn of<D: Design>(
        words: &str,
        trace: &Trace,
        settings: &Examination,
    ) -> Result<Standing, Stopped> {
        let design: D = parse_policy(words).unwrap_or_else(|error| panic!("{error}"));
        examine_whole(&design, trace, settings, &|_| ())
    }
    match design {
        "bump" => of::<heaplab_bump::Policy>(words, trace, &settings),
        "implicit" => of::<heaplab_mutants::implicit::Policy>(words, trace, &settings),
        "explicit" => of::<heaplab_mutants::explicit::Policy>(words, trace, &settings),
        _ => of::<heaplab_mutants::segregated::Policy>(words, trace, &settings),
    }
}

/// What is wrong with the heap, if anything is.
fn verdict(design: &str, words: &str, stage: &Stage, check: &Check) -> Result<(), String> {
    let standing = stand(design, words, &trace_of(stage, check), check);
    let standing = standing.map_err(|stopped| format!("{stopped:?}"))?;
    judge(check, &standing).map_err(|mismatch| {
        let found = mismatch.rows.into_iter().filter_map(|row| row.found);
        let found: Vec<String> = found.collect();
        format!("the {} are {}", mismatch.what, found.join(", "))
    })
}

/// Runs `test` where a runaway recursion has room until it is stopped.
fn with_a_large_stack(test: fn()) {
    let thread = thread::Builder::new().stack_size(256 << 20);
    let test = thread.spawn(test).expect("a thread");
    if let Err(failure) = test.join() {
        std::panic::resume_unwind(failure);
    }
}

#[test]
fn the_references_pass_every_check() {
    with_a_large_stack(|| {
        let mut wrong = String::new();
        for lab in labs() {
            for stage in &lab.stages {
                for check in &stage.checks {
                    for design in [Some(&lab.reference), lab.solution.as_ref()]
                        .into_iter()
                        .flatten()
                    {
                        if let Err(why) = verdict(design, &check.words, stage, check) {
                            wrong += &format!(
                                "{}: {design}: {}: {why}\n",
                                lab.name,
                                place(stage, check)
                            );
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    });
}

#[test]
fn a_lab_is_worth_100_points() {
    for lab in labs() {
        assert_eq!(lab.max_points(), 100, "{}", lab.name);
    }
}

/// Mistakes that another stage than that of their hole names.
const ELSEWHERE: [(&str, &str, &str); 6] = [
    // The tags of an allocated block are seen where there is one.
    ("1-implicit", "size-without-footer", "search"),
    ("1-implicit", "no-footer-on-place", "search"),
    ("1-implicit", "footer-before-header", "split"),
    // The freed block it is too large for can only be there when `free` is.
    ("1-implicit", "fit-without-tags", "free"),
    ("1-implicit", "free-reads-no-prev-bit", "elided"),
    // It needs thousands of operations.
    ("2-explicit", "unlink-late-no-more", "traces"),
];

#[test]
fn a_mutant_in_a_hole_fails_a_check_of_its_stage() {
    with_a_large_stack(|| {
        let mut passed = Vec::new();
        let mut failed = 0;
        for lab in labs().into_iter().filter(|lab| !lab.holes.is_empty()) {
            let mutants = DESIGNS.iter().find(|(design, _)| *design == lab.reference);
            for mutant in mutants.map_or(&[][..], |(_, mutants)| mutants) {
                let Some(hole) = hole_of(&lab, mutant) else {
                    continue;
                };
                let stages = stages_of(&lab, mutant, hole);
                match stages.iter().any(|stage| fails(&lab, mutant, stage)) {
                    true => failed += 1,
                    false => passed.push(format!("{}: {} (hole {hole})", lab.name, mutant.name)),
                }
            }
        }
        assert!(passed.is_empty(), "{}", passed.join("\n"));
        assert!(failed >= 90, "{failed} mutants are in holes");
    });
}

/// The hole that a mutant's place lies in, by index.
fn hole_of(lab: &Lab, mutant: &Mutant) -> Option<usize> {
    let folder = match mutant.file {
        "contract.rs" => "heap",
        _ => lab.reference.as_str(),
    };
    let path = workspace()
        .join("crates")
        .join(folder)
        .join("src")
        .join(mutant.file);
    let source = fs::read_to_string(path).expect("a source");
    let within = match mutant.within {
        "" => 0..source.len(),
        beginning => text::function(&source, beginning).expect("a function"),
    };
    let place = text::only(&source, within, mutant.find).expect("the mutant's place");
    let all = sections(&source).expect("sections");
    lab.holes.iter().position(|hole| {
        hole.anchors.iter().any(|anchor| {
            let section = all.iter().find(|section| section.name == anchor);
            section.is_some_and(|section| {
                section.range.start <= place.start && place.end <= section.range.end
            })
        })
    })
}

/// The stages that name a mutant's mistake: those that need its hole last; if
/// there are none, those that need the next hole that has some. Under a policy
/// that has stages of its own, those.
fn stages_of<'l>(lab: &'l Lab, mutant: &Mutant, hole: usize) -> Vec<&'l Stage> {
    let elsewhere = ELSEWHERE
        .iter()
        .find(|(name, fault, _)| *name == lab.name && *fault == mutant.name);
    if let Some((_, _, name)) = elsewhere {
        let named = lab.stages.iter().filter(|stage| stage.name == *name);
        return named.collect();
    }
    let default = lab.stages[0].checks[0].words.as_str();
    let is_of_policy = |stage: &&Stage| {
        let all = |check: &Check| check.words.split(',').any(|word| word == mutant.words);
        mutant.words != default && stage.checks.iter().all(all)
    };
    let of_policy: Vec<&Stage> = lab.stages.iter().filter(is_of_policy).collect();
    if !mutant.words.is_empty() && !of_policy.is_empty() {
        return of_policy;
    }
    let needed = |stage: &&Stage| lab.holes_needed(stage) > hole;
    let first = lab
        .stages
        .iter()
        .filter(needed)
        .map(|stage| lab.holes_needed(stage))
        .min();
    let of_hole = |stage: &&Stage| Some(lab.holes_needed(stage)) == first;
    lab.stages.iter().filter(of_hole).collect()
}

fn fails(lab: &Lab, mutant: &Mutant, stage: &Stage) -> bool {
    stage.checks.iter().any(|check| {
        let words = format!("{},{}", check.words, mutant.name);
        verdict(&lab.reference, &words, stage, check).is_err()
    })
}
