//! The traces that a lab is graded on, and the lab's hash.

use crate::c::CCompiler;
use crate::hidden::HiddenParts;
use heaplab_assess::{GradedTrace, LabFolder, graded_traces, text_of};
use heaplab_grade::Digest;
use heaplab_inputs::Input;
use heaplab_lab::Language;
use heaplab_support::{Error, Listener};
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the traces of a lab: those that students have, and the hidden ones.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn traces_of(
    lab: &LabFolder,
    hidden: &HiddenParts,
    listener: &dyn Listener,
) -> Result<Vec<GradedTrace>, Error> {
    let known = graded_traces(lab, listener)?;
    let mut traces: Vec<GradedTrace> = known.into_iter().map(GradedTrace::known).collect();
    let may_lack_traces = |path: &Path| hidden.files.iter().any(|file| file.starts_with(path));
    let paths = hidden.paths.iter();
    let paths = paths.filter(|path| !may_lack_traces(path) || heaplab_inputs::has_traces(path));
    let paths: Vec<PathBuf> = paths.cloned().collect();
    if !paths.is_empty() {
        let of_checks = hidden.of_checks();
        let is_of_a_check = |input: &Input| {
            fs::canonicalize(&input.path).is_ok_and(|path| of_checks.contains(&path))
        };
        let inputs = heaplab_inputs::read_strictly(&paths, listener)?;
        let counted = inputs.into_iter().filter(|input| !is_of_a_check(input));
        traces.extend(counted.map(|input| GradedTrace { input, hidden: true }));
    }
    Ok(traces)
}

/// Returns the lab's hash: its definition and the hidden stages, what it brings beside a
/// submission, the references that its starter and its solution are made of, all traces that it
/// names or is given, and whether speed is measured, because that changes a record.
///
/// # Errors
/// If the reference or a trace that a check names can't be read.
pub fn hash_of(
    lab: &LabFolder,
    hidden: &HiddenParts,
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
    for stage in &lab.lab.stages {
        for file in stage.checks.iter().filter_map(|check| check.file.as_ref()) {
            let path = lab.workspace().traces().join(file);
            // The path of a hidden trace is one of this machine.
            let name = if stage.hidden { "of a hidden check" } else { file };
            for input in heaplab_inputs::read_strictly(&[path], listener)? {
                add(name, stage.hidden, &text_of(&input.trace));
            }
        }
    }
    if !hidden.text.is_empty() {
        add("hidden.toml", true, &hidden.text);
    }
    for name in lab.lab.references() {
        for (file, text) in lab.workspace().reference(name)?.files {
            add(&format!("{name}/{file}"), false, &text);
        }
    }
    if lab.lab.language == Language::C {
        for (name, text) in lab.c_headers()? {
            add(&name, false, &text);
        }
        add("the reference", false, &lab.solution()?);
        add("the compiler", false, &CCompiler::find()?.description);
        add("the runtime", false, &heaplab_c_heap::program::runtime_hash());
    } else {
        add("given.rs", false, &lab.given()?);
    }
    if seconds {
        all += "seconds\n";
    }
    Ok(Digest::of(all.as_bytes()))
}
