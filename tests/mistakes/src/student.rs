//! A student who made a mistake runs the lab's checks, and reads what the first failing one says.

use crate::list::LABS;
use crate::mistake::Mistake;
use crate::{switch, visit_lab};
use heaplab_arena::Refuse;
use heaplab_checks::{check_here, explain};
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_inputs::Input;
use heaplab_lab::{Check, Lab, compare_with_handout};
use heaplab_replay::CheckSettings;
use heaplab_trace::{ReadOptions, Trace};
use std::path::{Path, PathBuf};
use std::{fs, panic, thread};

/// An action for a design.
pub trait Visitor {
    /// Performs the action for the design `D`.
    fn visit<D: Design>(&mut self);
}

/// What a student reads about a mistake.
#[derive(Clone, Debug)]
pub struct Told {
    /// The lab.
    pub lab: &'static str,
    /// The mistake.
    pub mistake: &'static Mistake,
    /// The stage and the number of the check that fails first.
    pub check: String,
    /// The whole diagnosis, without colours.
    pub text: String,
}

impl Told {
    /// Returns the first two lines of the diagnosis.
    pub fn first_lines(&self) -> Vec<&str> {
        let lines = self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.take(2).collect()
    }
}

/// Returns what a student reads about every mistake, in the order of the lists.
///
/// # Panics
/// If a lab is not valid.
pub fn tell_all() -> Vec<Told> {
    heaplab_checks::keep_panics();
    let mut first = 1;
    let mut threads = Vec::new();
    for (lab, mistakes) in LABS {
        let from = first;
        first += mistakes.len();
        threads.push(thread::spawn(move || tell_of_lab(lab, mistakes, from)));
    }
    let told: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
    drop(panic::take_hook());
    let unwound = |_| panic!("a thread panicked: {:?}", heaplab_checks::last_panic());
    told.into_iter().flat_map(|told| told.unwrap_or_else(unwound)).collect()
}

fn tell_of_lab(lab: &'static str, mistakes: &'static [Mistake], first: usize) -> Vec<Told> {
    let definition = definition(lab);
    let tell = |(number, mistake): (usize, &'static Mistake)| {
        let mut student = Student { lab: &definition, first_failure: None };
        switch::activate(number);
        visit_lab(lab, &mut student);
        switch::activate(0);
        let none = || ("none".to_owned(), "every check passes".to_owned());
        let (check, text) = student.first_failure.unwrap_or_else(none);
        Told { lab, mistake, check, text }
    };
    (first..).zip(mistakes).map(tell).collect()
}

fn labs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs")
}

fn definition(lab: &str) -> Lab {
    let path = labs().join(lab).join("lab.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{lab}: {error}"));
    Lab::parse(&text).unwrap_or_else(|error| panic!("{lab}: {error}"))
}

/// Runs the checks of a lab, in order, up to the first that fails.
struct Student<'a> {
    lab: &'a Lab,
    first_failure: Option<(String, String)>,
}

impl Visitor for Student<'_> {
    fn visit<D: Design>(&mut self) {
        for stage in &self.lab.stages {
            for (number, check) in (1..).zip(&stage.checks) {
                if let Err(text) = run::<D>(check) {
                    self.first_failure = Some((format!("{} {number}", stage.name), text));
                    return;
                }
            }
        }
    }
}

/// Runs a check, and returns what it says if it fails.
fn run<D: Design>(check: &Check) -> Result<(), String> {
    let design: D = parse_policy(&check.words).unwrap_or_else(|error| panic!("{error}"));
    let input = input(check);
    let settings = CheckSettings {
        align: if check.align == 8 { Align::Eight } else { Align::Sixteen },
        limit_bytes: check.limit.unwrap_or(1 << 30),
        refuse: check.refuse_sbrk_from.map_or(Refuse::Never, Refuse::From),
        may_run_out: check.may_fail || check.refuse_sbrk_from.is_some(),
        bad_pointers: true,
    };
    let checked = check_here(&design, &input.trace, &settings);
    let checked = checked.unwrap_or_else(|error| panic!("{error}"));
    let final_heap = checked
        .map_err(|diagnosis| plain(&explain("mine", &input, &diagnosis, "check mine", None)))?;
    compare_with_handout(check, &final_heap).map_err(|mismatch| {
        format!("the heap is sound, but its {} differ from the expected ones", mismatch.what)
    })
}

fn input(check: &Check) -> Input {
    match (&check.file, check.short_trace("check")) {
        (None, Some(trace)) => {
            let trace = trace.unwrap_or_else(|error| panic!("{}: {error}", check.title));
            Input { path: "check.rep".into(), trace }
        }
        (Some(file), None) => {
            let bytes = fs::read(labs().join("traces").join(file));
            let bytes = bytes.unwrap_or_else(|error| panic!("{file}: {error}"));
            let reading = Trace::parse(file, &bytes, &ReadOptions::default());
            let trace = reading.unwrap_or_else(|error| panic!("{file}: {error}")).trace;
            Input { path: file.into(), trace }
        }
        _ => panic!("{}: expected either a trace or a file", check.title),
    }
}

/// Returns the text without colours, with the copy's files named as a student's are, and without
/// line numbers, which change with the reference.
fn plain(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    let out = concat!(env!("OUT_DIR"), "/");
    // The file may be named from the root, or from the workspace's folder.
    let starts = out.match_indices('/').map(|(at, _)| &out[at + 1..]);
    let named = starts.filter(|path| path.contains("heaplab-mistakes"));
    let mut plain = text.replace(out, "labs/");
    for path in named {
        plain = plain.replace(path, "labs/");
    }
    for file in ["lib.rs:", "given.rs:"] {
        let mut parts = plain.split(file);
        let mut masked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
            masked += &format!("{file}LINE{rest}");
        }
        plain = masked;
    }
    plain
}
