//! A mistake that a student of a lab can make fails a check
//! of the lab, in a stage that needs the wrong part.

use heaplab_lab::{Hole, Lab, Stage, crate_folder, sections};
use heaplab_lab_tests::{folder, is_finished, labs, with_broken_heaps};
use heaplab_mutants::{CONTRACT, Specimen, all, text};
use std::fs;

/// Returns the hole of the lab in which the mutant's text is, and its number from 0.
fn hole<'l>(lab: &'l Lab, specimen: &Specimen) -> Option<(usize, &'l Hole)> {
    let mutant = specimen.mutant;
    let of = match mutant.file {
        CONTRACT => "heap",
        _ => specimen.design,
    };
    let sources = crate_folder(&folder().join(".."), of).expect("a crate");
    let path = sources.join("src").join(mutant.file);
    let source = fs::read_to_string(&path).expect("a file of the design");
    let place = mutant.place(&source).expect("the text");
    let around = sections(&source).expect("sections");
    let around = around
        .iter()
        .filter(|section| section.range.start <= place.start && place.end <= section.range.end);
    let names: Vec<&str> = around.map(|section| section.name).collect();
    let is_taken_out = |hole: &&Hole| {
        let mut anchors = hole.anchors.iter();
        anchors.any(|anchor| {
            let of_this_file = mutant.file != CONTRACT || lab.contract.contains(anchor);
            of_this_file && names.contains(&anchor.as_str())
        })
    };
    // The starter's replacement for the section may contain the text as well.
    let is_put_back = |hole: &Hole| {
        let put = hole.put.as_deref().unwrap_or_default();
        !text::occurrences(put, 0..put.len(), mutant.find).is_empty()
    };
    let mut holes = lab.holes.iter().enumerate();
    let (number, hole) = holes.find(|(_, hole)| is_taken_out(hole))?;
    (!is_put_back(hole)).then_some((number, hole))
}

/// Returns whether the mutant fails a stage.
fn fails(specimen: &Specimen, stage: &Stage) -> bool {
    let name = specimen.mutant.name;
    !match specimen.design {
        "implicit" => is_finished::<heaplab_mutants::implicit::Policy>(stage, name),
        "explicit" => is_finished::<heaplab_mutants::explicit::Policy>(stage, name),
        "segregated" => is_finished::<heaplab_mutants::segregated::Policy>(stage, name),
        _ => is_finished::<heaplab_mutants::quick::Policy>(stage, name),
    }
}

/// Returns what is wrong with how the lab finds this mutant, if anything.
fn missed(lab: &Lab, specimen: &Specimen) -> Option<String> {
    let (number, hole) = hole(lab, specimen)?;
    let name = format!("{}, {} in hole {}", lab.name, specimen.mutant.name, hole.name);
    let mut stages = lab.stages.iter();
    let Some(first) = stages.find(|stage| fails(specimen, stage)) else {
        return Some(format!("{name}: no stage fails"));
    };
    // The stages before do not use the hole, and so pass.
    let needed = lab.holes_needed(first);
    (needed <= number).then(|| format!("{name}: {} fails, which is before it", first.name))
}

#[test]
fn every_mutant_in_a_hole_fails_a_stage_behind_it() {
    let mut looked_at = 0;
    for lab in labs() {
        let specimens = all().filter(|specimen| specimen.design == lab.reference);
        let specimens: Vec<Specimen> = specimens.filter(is_asked_for).collect();
        looked_at += specimens.iter().filter(|one| hole(&lab, one).is_some()).count();
        let missed: Vec<String> =
            with_broken_heaps(|| specimens.iter().filter_map(|one| missed(&lab, one)).collect());
        assert!(missed.is_empty(), "{missed:#?}");
    }
    assert!(looked_at >= 90, "{looked_at} mutants are in holes");
}

/// Returns whether a stage has operations that show it: no
/// stage has bad pointers, or payloads of mebibytes.
fn is_asked_for(specimen: &Specimen) -> bool {
    let mutant = specimen.mutant;
    let large = ["16-mib-refused", "size-in-24-bits", "copies-a-mebibyte"];
    !mutant.caught.is_empty() && !large.contains(&mutant.name)
}

/// Mistakes that fail in a different stage than that of their hole.
const ELSEWHERE: [(&str, &str, &str); 9] = [
    // The tags of an allocated block are seen only if there is one.
    ("1-implicit", "size-without-footer", "search"),
    ("1-implicit", "no-footer-on-place", "search"),
    // The old size differs only if a block is cut.
    ("1-implicit", "footer-before-header", "case-2"),
    // A block that is too small by the size of its tags shows once `free` exists.
    ("1-implicit", "fit-without-tags", "free"),
    ("1-implicit", "free-reads-no-prev-bit", "elided"),
    // It needs thousands of operations.
    ("2-explicit", "unlink-late-no-more", "traces"),
    ("1-implicit", "free-late-does-nothing", "traces"),
    // In the empty heap only one bit is set.
    ("3-segregated", "set-bit-clears-others", "reuse"),
    // It needs a remainder of this size.
    ("4-quick", "small-rests-lost", "traces"),
];

/// Returns the stages that must find a mutant in the hole of this number:
/// those that need the hole last; if there are none, those of the next hole
/// that has some. For a policy with stages of its own, these must find it.
fn naming<'l>(lab: &'l Lab, specimen: &Specimen, number: usize) -> Vec<&'l Stage> {
    let mutant = specimen.mutant;
    let stages = lab.stages.iter();
    let is_listed = |(of, name, _): &&(&str, &str, &str)| *of == lab.name && *name == mutant.name;
    if let Some((_, _, elsewhere)) = ELSEWHERE.iter().find(is_listed) {
        return stages.filter(|stage| stage.name == *elsewhere).collect();
    }
    let usual = lab.stages[0].checks[0].words.as_str();
    let is_of_policy = |stage: &&Stage| {
        let mut checks = stage.checks.iter();
        checks.all(|check| check.words.split(',').any(|word| word == mutant.words))
    };
    let of_policy: Vec<&Stage> = stages.clone().filter(is_of_policy).collect();
    if !mutant.words.is_empty() && mutant.words != usual && !of_policy.is_empty() {
        return of_policy;
    }
    let behind = stages.clone().map(|stage| lab.holes_needed(stage));
    let first = behind.filter(|needed| *needed > number).min();
    stages.filter(|stage| Some(lab.holes_needed(stage)) == first).collect()
}

#[test]
fn a_mistake_fails_a_stage_that_names_it() {
    let mut missed = Vec::new();
    for lab in labs() {
        let specimens = all().filter(|specimen| specimen.design == lab.reference);
        for specimen in specimens.filter(is_asked_for) {
            let Some((number, _)) = hole(&lab, &specimen) else {
                continue;
            };
            let naming = naming(&lab, &specimen, number);
            let fails = |stage: &&Stage| fails(&specimen, stage);
            if !with_broken_heaps(|| naming.iter().any(fails)) {
                missed.push(format!("{}: {}", lab.name, specimen.mutant.name));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
