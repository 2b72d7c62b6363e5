//! The preparation of everything that submissions are graded by, done once.

use crate::c::CBase;
use crate::compile::{self, Rival, rival};
use crate::harness::{Harness, sources};
use crate::hidden::HiddenParts;
use crate::one::{Base, Grader, RustBase, user_of};
use crate::traces::{hash_of, traces_of};
use crate::watched::Watched;
use heaplab_assess::LabFolder;
use heaplab_lab::{Language, What, check_functions, crate_folder};
use heaplab_sandbox::{Entry, Jail, Spec};
use heaplab_support::{Error, Listener};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// Settings for grading a lab.
pub struct Setup {
    /// The lab, with its hidden stages.
    pub lab: LabFolder,
    /// What students do not have; its stages are in the lab.
    pub hidden: HiddenParts,
    /// Measure speed too, alternately with the lab's solution.
    pub seconds: bool,
    /// Scan for words that a submission may not use.
    pub scans: bool,
    /// The command that starts a process which confines itself.
    pub entry: Entry,
}

impl Grader {
    /// Reads the traces, and builds what submissions are built against.
    ///
    /// # Errors
    /// If a trace is not valid, the workspace does not build, or
    /// speed is to be measured in a lab that has no points for it.
    pub fn new(setup: Setup, listener: &Arc<dyn Listener>) -> Result<Grader, Error> {
        let Setup { lab, entry, .. } = setup;
        if setup.seconds {
            expect_a_measure_of_speed(&lab)?;
        }
        let watched = watched(&lab, &setup.hidden)?;
        let traces = traces_of(&lab, &setup.hidden, &**listener)?;
        let (base, identity, watched) = match lab.lab.language {
            Language::C => {
                let identity = Harness::identity_in(lab.workspace())?;
                let timed_by = setup.seconds.then(|| user_of(0));
                (Base::C(Box::new(CBase::new(&lab, timed_by, &entry)?)), identity, watched)
            }
            Language::Rust => {
                let base = rust_base(&lab, setup.seconds, &entry, &**listener)?;
                let identity = base.harness.identity.clone();
                let libraries = base.harness.all_libraries().to_vec();
                (Base::Rust(Box::new(base)), identity, watched.with_libraries(libraries))
            }
        };
        let mut grader = Grader {
            watched,
            lab_sha256: hash_of(&lab, &setup.hidden, &traces, setup.seconds, &**listener)?,
            scans: setup.scans,
            listener: Arc::clone(listener),
            base,
            identity,
            traces,
            entry,
            lab,
        };
        grader.measure_reference()?;
        match grader.changed() {
            Some(changed) => Err(Error::new(format!(
                "error: {changed}\nhelp: when the changes are complete, run the command again"
            ))),
            None => Ok(grader),
        }
    }

    /// Measures the lab's reference, if a lab in C compares with it.
    fn measure_reference(&mut self) -> Result<(), Error> {
        let Base::C(base) = &self.base else { return Ok(()) };
        let thresholds = self.c_run(base).thresholds(user_of(0))?;
        for (measure, (none, full)) in self.lab.lab.grade.measures.iter_mut().zip(thresholds) {
            (measure.none, measure.full) = (none, full);
        }
        Ok(())
    }

    /// Returns what the sandbox can't enforce on this machine, a sentence each.
    ///
    /// # Errors
    /// If no process can be started to find out.
    pub fn missing_protection(&self) -> Result<Vec<String>, Error> {
        let spec = Spec { drop_root: Some(user_of(0)), ..Spec::default() };
        let support =
            Jail::new(self.entry.clone(), spec.clone()).enforceable().map_err(Error::new)?;
        Ok(support.missing(&spec))
    }
}

/// Builds what submissions in Rust are built against.
fn rust_base(
    lab: &LabFolder,
    seconds: bool,
    entry: &Entry,
    listener: &dyn Listener,
) -> Result<RustBase, Error> {
    let harness = Harness::build(lab.workspace(), listener)?;
    let given = lab.given()?;
    let rival = if seconds { Some(rival_of(lab, &given, &harness, entry)?) } else { None };
    Ok(RustBase { known_checks: known_checks(lab)?, harness, given, rival })
}

/// Looks at everything that is read to grade.
fn watched(lab: &LabFolder, hidden: &HiddenParts) -> Result<Watched, Error> {
    let workspace = lab.workspace();
    let root = workspace.root();
    let cannot = |error| Error::new(format!("error: can't read the workspace's crates: {error}"));
    let mut files = sources(root).map_err(cannot)?;
    for name in lab.lab.references() {
        let folder = crate_folder(root, name).map_err(cannot)?.join("src");
        let names = workspace.reference(name)?.files.into_keys();
        files.extend(names.map(|name| folder.join(name)));
    }
    files.extend(["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].map(|name| root.join(name)));
    files.push(lab.path().join("lab.toml"));
    if let Some(c) = &lab.lab.c {
        files.extend(c.headers.iter().chain(&c.reference).map(|name| lab.path().join(name)));
    }
    let checks = lab.lab.stages.iter().flat_map(|stage| &stage.checks);
    let of_checks = checks.filter_map(|check| check.file.as_ref());
    let of_checks = of_checks.map(|name| workspace.traces().join(name));
    let traces = lab.trace_paths().into_iter().chain(of_checks);
    for path in traces.chain(hidden.paths.iter().cloned()).chain(hidden.files.iter().cloned()) {
        all_files(path, &mut files);
    }
    Ok(Watched::new(files))
}

/// Adds a file, or all files in a folder. Links in it are not followed: they may lead back.
fn all_files(path: PathBuf, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(&path) else {
        files.push(path);
        return;
    };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            all_files(entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

/// Checks that a lab has points for speed.
fn expect_a_measure_of_speed(lab: &LabFolder) -> Result<(), Error> {
    let mut measures = lab.lab.grade.measures.iter();
    if !measures.any(|measure| measure.what == What::Throughput) {
        return Err(Error::new(format!(
            "error: --seconds: nothing of lab {} is for speed\n\
             help: a measure in its lab.toml with what = \"throughput\" would be",
            lab.lab.name
        )));
    }
    Ok(())
}

/// Builds the lab's solution, to compare speeds with.
fn rival_of(
    lab: &LabFolder,
    given: &str,
    harness: &Harness,
    entry: &Entry,
) -> Result<Rival, Error> {
    let built = compile::Lab { name: &lab.lab.name, given };
    rival(harness, entry, &built, &lab.solution()?, user_of(0))
}

/// Returns the functions that check the heap in the lab's reference. A submission
/// may have them: a starter that is one file has all of the reference.
fn known_checks(lab: &LabFolder) -> Result<BTreeSet<String>, Error> {
    let reference = lab.workspace().reference(&lab.lab.reference)?;
    Ok(reference.files.values().flat_map(|text| check_functions(text)).collect())
}
