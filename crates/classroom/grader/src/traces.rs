//! The traces that a lab is graded on, and the lab's hash.

use heaplab_assess::{GradedTrace, LabFolder, graded_traces, text_of};
use heaplab_grade::Digest;
use heaplab_support::{Error, Listener};
use std::path::PathBuf;

/// Returns the traces of a lab: those that students have, and the hidden ones.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn traces_of(
    lab: &LabFolder,
    hidden: &[PathBuf],
    listener: &dyn Listener,
) -> Result<Vec<GradedTrace>, Error> {
    let known = graded_traces(&lab.lab, &lab.workspace().traces(), listener)?;
    let mut traces: Vec<GradedTrace> = known.into_iter().map(GradedTrace::known).collect();
    if !hidden.is_empty() {
        let hidden = heaplab_inputs::read_strictly(hidden, listener)?;
        traces.extend(hidden.into_iter().map(|input| GradedTrace { input, hidden: true }));
    }
    Ok(traces)
}

/// Returns the lab's hash: its definition, what it brings beside a submission, the
/// references that its starter and its solution are made of, all traces that it
/// names or is given, and whether speed is measured, because that changes a record.
///
/// # Errors
/// If the reference or a trace that a check names can't be read.
pub fn hash_of(
    lab: &LabFolder,
    traces: &[GradedTrace],
    seconds: bool,
    listener: &dyn Listener,
) -> Result<Digest, Error> {
    let mut all = format!("{}\n", Digest::of(lab.text.as_bytes()));
    let mut add = |name: &str, hidden: bool, text: &str| {
        all += &format!("{name} {hidden} {}\n", Digest::of(text.as_bytes()));
    };
    for trace in traces {
        add(trace.input.trace.name(), trace.hidden, &text_of(&trace.input.trace));
    }
    let checks = lab.lab.stages.iter().flat_map(|stage| &stage.checks);
    for file in checks.filter_map(|check| check.file.as_ref()) {
        let path = lab.workspace().traces().join(file);
        for input in heaplab_inputs::read_strictly(&[path], listener)? {
            add(file, false, &text_of(&input.trace));
        }
    }
    for name in [Some(&lab.lab.reference), lab.lab.solution.as_ref()].into_iter().flatten() {
        for (file, text) in lab.workspace().reference(name)?.files {
            add(&format!("{name}/{file}"), false, &text);
        }
    }
    add("given.rs", false, &lab.given()?);
    if seconds {
        all += "seconds\n";
    }
    Ok(Digest::of(all.as_bytes()))
}
