//! Grades one submission.

use super::c::{self, CBase, CRun, Rejected};
use super::compile::{self, Program, RIVAL, Rival, compile};
use super::harness::Harness;
use super::intake::{Submission, Wanted, decode};
use super::running::{PATIENCE, run_spec};
use super::watched::Watched;
use heaplab_assess::{
    Assessor, Graded, GradedTrace, HOST_BYTES, LabFolder, MINE, TimeBoth, grade_heap, not_run,
};
use heaplab_grade::{self as grade, Digest, Finding, Key, Record, Style, Verdict};
use heaplab_inputs::Input;
use heaplab_lab::{Lab, check_functions, holes_left, scan, uses_given};
use heaplab_sandbox::{Entry, Jail};
use heaplab_support::{Error, Listener};
use heaplab_trace::Visible;
use heaplab_worker::pool::WorkerOptions;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

/// Everything that submissions are graded by.
pub struct Grader {
    /// What they are built with.
    pub(crate) base: Base,
    /// The version and the hash of what grades depend on, besides the lab.
    pub(crate) identity: grade::Harness,
    /// The lab.
    pub(crate) lab: LabFolder,
    /// The lab's hash, its traces included.
    pub(crate) lab_sha256: Digest,
    /// The traces, hidden ones too.
    pub(crate) traces: Vec<GradedTrace>,
    /// How a sandbox is entered.
    pub(crate) entry: Entry,
    /// Whether sources are scanned for forbidden words.
    pub(crate) scans: bool,
    /// What a grade depends on, as it was when everything above was read.
    pub(crate) watched: Watched,
    /// Receives the progress of a class, and notes on traces.
    pub(crate) listener: Arc<dyn Listener>,
}

/// What submissions are built with.
pub(crate) enum Base {
    Rust(Box<RustBase>),
    C(Box<CBase>),
}

/// What submissions in Rust are built with.
pub(crate) struct RustBase {
    /// The libraries that they are built against, and the compiler.
    pub(crate) harness: Harness,
    /// What the lab brings beside a submission.
    pub(crate) given: String,
    /// The reference's functions that check the heap.
    pub(crate) known_checks: BTreeSet<String>,
    /// The heap that submissions are compared with, if speed is measured.
    pub(crate) rival: Option<Rival>,
}

/// A submission whose source was taken.
pub struct Taken {
    /// The source as text, or why there is none.
    text: Result<String, String>,
    /// Whether it has a `given.rs`, which is ignored.
    has_given: bool,
    /// Its identity, for its record.
    pub identity: grade::Submission,
}

impl Taken {
    /// Takes the source for a lab out of a submission. If it has none, the hash is
    /// that of the reason, which stays the same as long as the reason does.
    pub fn from<'w>(submission: &Submission, lab: impl Into<Wanted<'w>>) -> Taken {
        let mut identity = grade::Submission {
            name: submission.name.clone(),
            file: None,
            sha256: Digest::of(b""),
            submitters: submission.submitters.clone(),
            remarks: submission.remarks.clone(),
        };
        let read = submission.take(lab).and_then(|source| {
            let text = decode(&source.bytes).map_err(|why| format!("{} is {why}", source.file))?;
            Ok((source, text))
        });
        let (text, has_given) = match read {
            Ok((source, text)) => {
                identity.sha256 = Digest::of(&source.bytes);
                identity.remarks.extend(text.encoding.map(|encoding| {
                    format!("{} is not UTF-8, and was read as {encoding}", source.file)
                }));
                identity.file = Some(source.file);
                (Ok(text.text), source.has_given)
            }
            Err(reason) => {
                identity.sha256 = Digest::of(reason.as_bytes());
                (Err(reason), false)
            }
        };
        Taken { text, has_given, identity }
    }

    /// Adds a remark if the source has its own copy of what the lab gives: its `check` and `blocks`
    /// are then its own, which an instructor may want to look at. Where the lab has no holes, that
    /// is meant.
    pub(crate) fn note_own_parts(&mut self, lab: &Lab) {
        if !lab.holes.is_empty() && self.text().is_ok_and(|text| !uses_given(text)) {
            self.identity.remarks.push(
                "it does not use the lab's given.rs: its `check` and `blocks` are its own"
                    .to_owned(),
            );
        }
    }

    /// Returns its text.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text(&self) -> Result<&str, String> {
        self.text.as_deref().map_err(Clone::clone)
    }
}

/// Files that a grade depends on, which are not what they were when grading began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Their paths, below the workspace where they are in it.
    pub files: Vec<PathBuf>,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 8;
        write!(f, "what grades depend on changed while this command ran:")?;
        for file in self.files.iter().take(MOST) {
            write!(f, "\n  {}", file.visible())?;
        }
        match self.files.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Grader {
    /// Returns what has changed since everything was read; `None` if nothing has.
    pub fn changed(&self) -> Option<Changed> {
        let root = self.lab.workspace().root();
        let inside = |path: PathBuf| path.strip_prefix(root).map(Path::to_owned).unwrap_or(path);
        let files: Vec<PathBuf> = self.watched.changed().into_iter().map(inside).collect();
        (!files.is_empty()).then_some(Changed { files })
    }

    /// Returns the key of a submission's record.
    pub fn key_of(&self, taken: &Taken) -> Key {
        Key::of(taken.identity.sha256, self.lab_sha256, self.identity.sha256)
    }

    /// Returns the record of a submission. `slot` distinguishes graders that work at the same time.
    ///
    /// # Errors
    /// The host's; what is wrong with a submission is in its record.
    pub fn grade(&self, taken: &Taken, slot: u32) -> Result<Record, Error> {
        let text = match taken.text() {
            Ok(text) => text.to_owned(),
            Err(reason) => return Ok(self.no_submission(taken, reason)),
        };
        match &self.base {
            Base::Rust(base) => self.grade_rust(base, taken, &text, user_of(slot)),
            Base::C(base) => self.grade_c(base, taken, &text, user_of(slot)),
        }
    }

    fn grade_c(&self, base: &CBase, taken: &Taken, text: &str, user: u32) -> Result<Record, Error> {
        let graded_as = |verdict, graded| self.record(verdict, taken, graded, Style::default());
        let lab = &self.lab.lab;
        Ok(match c::build(base, lab, &self.entry, text, self.scans, user)? {
            Ok(built) => graded_as(Verdict::Graded, c::run(&self.c_run(base), &built, user)?),
            Err(Rejected::Findings(findings)) => {
                Record { findings, ..graded_as(Verdict::Refused, not_run(lab)) }
            }
            Err(Rejected::Compiler(said)) => {
                let mut record = graded_as(Verdict::NotCompiled, not_run(lab));
                record.set_compiler(&said);
                record
            }
        })
    }

    /// Returns what a submission in C is run with.
    pub(crate) fn c_run<'g>(&'g self, base: &'g CBase) -> CRun<'g> {
        let (lab, traces) = (&self.lab, &*self.traces);
        CRun { base, lab, traces, entry: &self.entry, listener: &*self.listener }
    }

    fn grade_rust(
        &self,
        base: &RustBase,
        taken: &Taken,
        text: &str,
        user: u32,
    ) -> Result<Record, Error> {
        if taken.has_given {
            self.listener.remark(&format!(
                "{}: its given.rs is ignored: the lab's own copy is used\n",
                taken.identity.name
            ));
        }
        let style = Style {
            check_is_own: Some(base.is_own_check(text)),
            holes_left: u32::try_from(holes_left(text)).ok(),
            ..Style::default()
        };
        let findings = if self.scans { scan(text) } else { Vec::new() };
        if !findings.is_empty() {
            let mut record = self.record(Verdict::Refused, taken, not_run(&self.lab.lab), style);
            record.findings = findings.iter().map(finding).collect();
            return Ok(record);
        }
        let lab = compile::Lab { name: &self.lab.lab.name, given: &base.given };
        let program =
            match compile(&base.harness, &self.entry, &lab, text, base.rival.as_ref(), user)? {
                Ok(program) => program,
                Err(said) => {
                    let mut record =
                        self.record(Verdict::NotCompiled, taken, not_run(&self.lab.lab), style);
                    record.set_compiler(&said);
                    return Ok(record);
                }
            };
        let graded = self.run(base, &program, user)?;
        let style = Style {
            struct_bytes: graded.struct_bytes,
            check_accesses: graded.check_accesses,
            ..style
        };
        Ok(self.record(Verdict::Graded, taken, graded, style))
    }

    /// Lets the program run all of the lab, in its sandbox.
    fn run(&self, base: &RustBase, program: &Program, user: u32) -> Result<Graded, Error> {
        let jail = Jail::new(self.entry.clone(), run_spec(program.folder(), user));
        let path = program.path();
        let worker_options = WorkerOptions {
            launcher: Arc::new(move || jail.command(&path, &[]).map_err(io::Error::other)),
            patience: PATIENCE,
            is_the_worker: false,
            blames_the_heap: true,
            ..WorkerOptions::new(HOST_BYTES)
        };
        let traces = self.lab.workspace().traces();
        let mut assessor = Assessor::new(MINE, &traces, &worker_options, &*self.listener).sealed();
        let grading = &self.lab.lab.grade;
        let mut time_both = |assessor: &mut Assessor<'_>, input: &Input| {
            assessor.time_heaps(input, RIVAL, &grading.words, grading.align)
        };
        let time_both = base.rival.is_some().then_some(&mut time_both as &mut TimeBoth<'_>);
        grade_heap(&self.lab.lab, &mut assessor, &self.traces, time_both)
    }

    fn record(&self, verdict: Verdict, taken: &Taken, graded: Graded, style: Style) -> Record {
        let lab = grade::Lab { name: self.lab.lab.name.clone(), sha256: self.lab_sha256 };
        let mut record = Record::new(verdict, taken.identity.clone(), lab, self.identity.clone());
        record.stages = graded.stages;
        record.measures = graded.measures;
        record.traces = graded.traces;
        record.style = style;
        record.add_up()
    }

    fn no_submission(&self, taken: &Taken, reason: String) -> Record {
        let graded = not_run(&self.lab.lab);
        let mut record = self.record(Verdict::NotASubmission, taken, graded, Style::default());
        record.findings = vec![Finding {
            line: None,
            column: None,
            what: "the submission".to_owned(),
            why: reason,
        }];
        record
    }
}

impl RustBase {
    fn is_own_check(&self, text: &str) -> bool {
        let checks = check_functions(text);
        checks.iter().any(|check| !self.known_checks.contains(check))
    }
}

fn finding(finding: &heaplab_lab::Finding) -> Finding {
    let number = |number: usize| u32::try_from(number).ok();
    Finding {
        line: number(finding.line),
        column: number(finding.column),
        what: finding.what.clone(),
        why: finding.why.to_owned(),
    }
}

/// Returns the user that a grader's compilers and programs run as, if root grades:
/// an unused number, one for each grader of this process, and different ones for
/// other processes, so that no program can touch another's, nor use up its limits.
pub fn user_of(slot: u32) -> u32 {
    const FIRST: u32 = 61_000;
    const EACH: u32 = 64;
    const PROCESSES: u32 = 60;
    FIRST + process::id() % PROCESSES * EACH + slot % EACH
}
