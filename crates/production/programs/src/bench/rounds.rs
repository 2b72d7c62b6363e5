//! Runs every program under every malloc, round robin.

use super::mallocs::Malloc;
use super::measured::{Measured, Request};
use super::programs::{Kind, Ready};
use crate::exec::HEAP_VARIABLE;
use heaplab_support::statistics::{median, spread};
use heaplab_support::{Error, Listener, Work};
use std::fs;
use std::path::Path;

/// The results of all runs.
pub struct Results {
    /// The mallocs' names; figures are compared with those of the first malloc.
    pub mallocs: Vec<String>,
    /// A row for each program.
    pub rows: Vec<Row>,
}

/// A program, and what it did under each malloc.
pub struct Row {
    /// The program's name.
    pub program: String,
    /// What kind of program it is.
    pub kind: Kind,
    /// A cell for each malloc.
    pub cells: Vec<Cell>,
}

/// A program under a malloc.
#[derive(Default)]
pub struct Cell {
    /// The runs without a fault.
    pub runs: Vec<Measured>,
    /// What went wrong, if anything did; the program was then not run again.
    pub fault: Option<String>,
}

impl Cell {
    /// Returns the median of a figure over the runs.
    pub fn median(&self, figure: impl Fn(&Measured) -> f64) -> Option<f64> {
        median(&self.all(figure))
    }

    /// Returns the interquartile range of a figure, as a fraction of the median.
    pub fn spread(&self, figure: impl Fn(&Measured) -> f64) -> Option<f64> {
        spread(&self.all(figure))
    }

    fn all(&self, figure: impl Fn(&Measured) -> f64) -> Vec<f64> {
        self.runs.iter().map(figure).collect()
    }
}

impl Results {
    /// Returns a description of what went wrong; empty if nothing did.
    pub fn faults(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            for (malloc, cell) in self.mallocs.iter().zip(&row.cells) {
                if let Some(fault) = &cell.fault {
                    text += &format!("\n{} under {malloc}: {fault}\n", row.program);
                }
            }
        }
        text
    }
}

/// Limits of the runs, and what they need.
pub(super) struct Limits<'a> {
    pub rounds: u32,
    /// A run that takes longer is ended.
    pub timeout_seconds: f64,
    /// The folder for temporary files.
    pub folder: &'a Path,
    /// The program that measures a run.
    pub helper: &'a Path,
}

/// What a program does with nothing preloaded, which it should do in every run.
struct Reference {
    exit_code: i32,
    /// `None` if the output is not always the same.
    printed: Option<Vec<u8>>,
}

/// Runs all programs under all mallocs.
///
/// # Errors
/// If the host can't do it, or a program fails with nothing preloaded.
pub(super) fn run(
    programs: &[Ready],
    mallocs: &[Malloc],
    limits: &Limits,
    listener: &dyn Listener,
) -> Result<Results, Error> {
    let runs = programs.len() * mallocs.len() * limits.rounds as usize;
    let work = Work::begin(listener, "running", Some(runs));
    let mut rows = Vec::new();
    for program in programs {
        work.now(&format!("{} without a preloaded malloc", program.name));
        let reference = reference(program, limits, listener)?;
        let mut cells: Vec<Cell> = mallocs.iter().map(|_| Cell::default()).collect();
        for _ in 0..limits.rounds {
            for (malloc, cell) in mallocs.iter().zip(&mut cells) {
                work.now(&format!("{} {}", program.name, malloc.name));
                if cell.fault.is_none() {
                    let run = run_once(program, Some(malloc), limits)?;
                    match fault(&run, &reference, limits) {
                        None => cell.runs.push(run.measured),
                        fault => cell.fault = fault,
                    }
                }
                work.done("");
            }
        }
        rows.push(Row { program: program.name.clone(), kind: program.kind, cells });
    }
    Ok(Results { mallocs: mallocs.iter().map(|malloc| malloc.name.clone()).collect(), rows })
}

/// Runs a program with nothing preloaded, twice if it should print the same in each run.
fn reference(
    program: &Ready,
    limits: &Limits,
    listener: &dyn Listener,
) -> Result<Reference, Error> {
    let first = run_once(program, None, limits)?;
    let Some(exit_code) = first.measured.exit_code else {
        return Err(Error::new(format!(
            "error: {} fails without a preloaded malloc: {}",
            program.name,
            how(&first, limits)
        )));
    };
    let mut printed = program.prints_the_same.then(|| first.printed.clone());
    if program.prints_the_same && run_once(program, None, limits)?.printed != first.printed {
        listener.remark(&format!(
            "{}: its output differs from run to run, so only its exit code is compared\n",
            program.name
        ));
        printed = None;
    }
    Ok(Reference { exit_code, printed })
}

/// A run, and its output.
struct Run {
    measured: Measured,
    printed: Vec<u8>,
    complaint: String,
}

fn run_once(program: &Ready, malloc: Option<&Malloc>, limits: &Limits) -> Result<Run, Error> {
    let files = ["measured", "stdout", "stderr"];
    let [to, stdout, stderr] = files.map(|name| limits.folder.join(name));
    let request = Request {
        to,
        stdout,
        stderr,
        preload: malloc.and_then(|malloc| malloc.library.clone()),
        timeout_seconds: limits.timeout_seconds,
        program: program.command.clone(),
    };
    let mut command = request.command(limits.helper);
    if let Some(heap) = malloc.and_then(|malloc| malloc.heap.as_ref()) {
        command.env(HEAP_VARIABLE, heap);
    }
    command.current_dir(&program.folder);
    let output = command.output().map_err(Error::new)?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!(
            "error: can't run {}: {}",
            program.name,
            why.trim_start_matches("error: ").trim_end()
        )));
    }
    let read = |path: &Path| fs::read(path).map_err(Error::new);
    let complaint = read(&request.stderr)?;
    Ok(Run {
        measured: serde_json::from_slice(&read(&request.to)?).map_err(Error::new)?,
        printed: read(&request.stdout)?,
        complaint: String::from_utf8_lossy(&complaint).into_owned(),
    })
}

/// Returns what is wrong with a run, if anything is.
fn fault(run: &Run, reference: &Reference, limits: &Limits) -> Option<String> {
    if run.complaint.contains("from LD_PRELOAD cannot be preloaded") {
        return Some(format!("the loader did not preload the library: {}", last_line(run)));
    }
    if run.measured.exit_code != Some(reference.exit_code) {
        let expected = match reference.exit_code {
            0 => String::new(),
            code => format!(", expected exit code {code}"),
        };
        let last = match last_line(run) {
            "" => String::new(),
            last => format!(": {last}"),
        };
        return Some(format!("{}{expected}{last}", how(run, limits)));
    }
    match &reference.printed {
        Some(printed) if *printed != run.printed => {
            Some("its output differs from its output without a preloaded malloc".to_owned())
        }
        _ => None,
    }
}

fn how(run: &Run, limits: &Limits) -> String {
    match (run.measured.exit_code, run.measured.signal) {
        _ if run.measured.timed_out => {
            format!("it was ended after {} seconds", limits.timeout_seconds)
        }
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("signal {signal} ended it"),
        (None, None) => "it ended".to_owned(),
    }
}

fn last_line(run: &Run) -> &str {
    run.complaint.lines().last().unwrap_or_default()
}
