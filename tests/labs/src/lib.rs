//! Helpers for the tests of the labs: the labs, their references
//! and starters, and a function that runs a check in this process.
#![forbid(unsafe_code)]

use heaplab_arena::Refuse;
use heaplab_grade::{Counts, Fault, TraceResult};
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_lab::{Check, Grading, Lab, Stage, compare_with_handout};
use heaplab_replay::{CheckSettings, FinalHeap, Settings, Stopped, check_whole, validate};
use heaplab_trace::{ReadOptions, Trace};
use std::path::{Path, PathBuf};
use std::{fs, panic, thread};

include!(concat!(env!("OUT_DIR"), "/starters.rs"));

/// An action for a design.
pub trait Visitor {
    /// Performs the action for the design `D`.
    fn visit<D: Design>(&mut self);
}

/// Calls the visitor with the design of a lab's reference.
///
/// # Panics
/// If the lab names an allocator that does not exist.
pub fn visit_reference(lab: &Lab, visitor: &mut impl Visitor) {
    match lab.solution.as_ref().unwrap_or(&lab.reference).as_str() {
        "bump" => visitor.visit::<heaplab_bump::Policy>(),
        "implicit" => visitor.visit::<heaplab_implicit::Policy>(),
        "explicit" => visitor.visit::<heaplab_explicit::Policy>(),
        "segregated" => visitor.visit::<heaplab_segregated::Policy>(),
        "quick" => visitor.visit::<heaplab_quick::Policy>(),
        other => panic!("lab {}: there is no allocator {other}", lab.name),
    }
}

/// Returns the folder `labs`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs")
}

/// Returns all labs, in order.
///
/// # Panics
/// If a lab is not valid.
#[expect(clippy::unwrap_used, reason = "without the labs there is no test")]
pub fn labs() -> Vec<Lab> {
    let entries = fs::read_dir(folder()).unwrap();
    let texts =
        entries.filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("lab.toml")).ok());
    let mut labs: Vec<Lab> = texts.map(|text| Lab::parse(&text).unwrap()).collect();
    labs.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!labs.is_empty());
    labs
}

/// Reads a trace of `labs/traces`.
///
/// # Panics
/// If the trace is not valid.
#[expect(clippy::unwrap_used, reason = "without the trace there is no test")]
pub fn trace(path: &str) -> Trace {
    let bytes = fs::read(folder().join("traces").join(path)).unwrap();
    let reading = Trace::parse(path, &bytes, &ReadOptions::default());
    reading.unwrap_or_else(|error| panic!("{path}: {error}")).trace
}

/// Runs a check, with the policy words `more` after its own.
///
/// # Errors
/// The reason why the check fails.
///
/// # Panics
/// If the check's trace or words are not valid.
pub fn run<D: Design>(check: &Check, more: &str) -> Result<FinalHeap, String> {
    let words = format!("{},{more}", check.words);
    let design: D = parse_policy(&words).unwrap_or_else(|error| panic!("{error}"));
    let trace = match (&check.file, check.short_trace("check")) {
        (None, Some(trace)) => trace.unwrap_or_else(|error| panic!("{}: {error}", check.title)),
        (Some(file), None) => trace(file),
        _ => panic!("{}: expected either a trace or a file", check.title),
    };
    let settings = CheckSettings {
        align: align(check.align),
        limit_bytes: check.limit.unwrap_or(1 << 30),
        refuse: check.refuse_sbrk_from.map_or(Refuse::Never, Refuse::From),
        may_run_out: check.may_fail || check.refuse_sbrk_from.is_some(),
        bad_pointers: check.bad_pointers,
    };
    let final_heap = check_whole(&design, &trace, &settings, &|_| ());
    let final_heap = final_heap.map_err(|stopped| match stopped {
        Stopped::Fault(fault) => fault.to_string(),
        other => format!("{other:?}"),
    })?;
    compare_with_handout(check, &final_heap).map_err(|mismatch| mismatch.to_string())?;
    Ok(final_heap)
}

/// Returns whether all checks of a stage pass.
pub fn is_finished<D: Design>(stage: &Stage, more: &str) -> bool {
    stage.checks.iter().all(|check| run::<D>(check, more).is_ok())
}

/// Returns what a lab measures a design by: its results on the traces of the lab's grade.
///
/// # Panics
/// If the lab's words or traces are not valid.
pub fn measured<D: Design>(lab: &Lab) -> Vec<TraceResult> {
    let grade = &lab.grade;
    let design: D = parse_policy(&grade.words).unwrap_or_else(|error| panic!("{error}"));
    let settings = Settings { align: align(grade.align), limit_bytes: 1 << 30, check_every: None };
    let result = |path: String| {
        let trace = trace(&path);
        let counts = Counts::from(trace.weight());
        match validate(&design, &trace, &settings, &|_| ()) {
            Ok(facts) => TraceResult::sound(path, false, counts, facts),
            Err(stopped) => {
                let (code, message) = ("fault".to_owned(), format!("{stopped:?}"));
                let fault = Fault { code, message, line: None, operation: None, again: None };
                TraceResult::at_fault(path, false, counts, fault)
            }
        }
    };
    graded(grade).into_iter().map(result).collect()
}

/// Returns the files that a lab names, and those in the folders it names.
#[expect(clippy::unwrap_used, reason = "without the files there is no test")]
fn graded(grade: &Grading) -> Vec<String> {
    let mut files = Vec::new();
    for path in &grade.traces {
        match fs::read_dir(folder().join("traces").join(path)) {
            Err(_) => files.push(path.clone()),
            Ok(entries) => {
                let names = entries.map(|entry| entry.unwrap().file_name());
                let names = names.map(|name| name.to_string_lossy().into_owned());
                let traces = names.filter(|name| name.contains(".rep"));
                files.extend(traces.map(|name| format!("{path}/{name}")));
            }
        }
    }
    files.sort();
    files
}

/// Returns the alignment of this many bytes.
pub fn align(bytes: u32) -> Align {
    match bytes {
        8 => Align::Eight,
        _ => Align::Sixteen,
    }
}

/// Runs `test` with a stack on which an endless recursion does not overflow before
/// it is stopped, and without printing the many panics of broken heaps.
///
/// # Panics
/// If `test` panics.
pub fn with_broken_heaps<T: Send>(test: impl FnOnce() -> T + Send) -> T {
    panic::set_hook(Box::new(|_| ()));
    let answer = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(256 << 20);
        let running = thread.spawn_scoped(scope, test).expect("a thread");
        running.join()
    });
    drop(panic::take_hook());
    answer.unwrap_or_else(|failure| {
        let text = failure.downcast_ref::<String>().cloned();
        panic!("{}", text.unwrap_or_else(|| "a test's thread failed".to_owned()))
    })
}
