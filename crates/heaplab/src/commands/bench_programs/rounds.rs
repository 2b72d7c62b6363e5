//! Runs every program under every malloc, in turns.

use super::mallocs::Malloc;
use super::measured::Measured;
use super::programs::{Kind, Ready};
use crate::Failure;
use crate::commands::exec::HEAP_VARIABLE;
use crate::commands::print;
use crate::commands::progress::Progress;
use heaplab_compare::statistics::{median, spread};
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Everything.
pub struct Results {
    pub mallocs: Vec<String>,
    pub rows: Vec<Row>,
}

/// A program, and what it did under each malloc.
pub struct Row {
    pub program: String,
    pub kind: Kind,
    pub cells: Vec<Cell>,
}

/// A program under a malloc.
#[derive(Default)]
pub struct Cell {
    pub runs: Vec<Measured>,
    /// What went wrong, if anything did; then it was not run again.
    pub fault: Option<String>,
}

impl Cell {
    /// The median over the runs of a figure.
    pub fn median(&self, figure: impl Fn(&Measured) -> f64) -> Option<f64> {
        median(&self.all(figure))
    }

    /// How far the middle half of a figure is apart, as a part of the median.
    pub fn spread(&self, figure: impl Fn(&Measured) -> f64) -> Option<f64> {
        spread(&self.all(figure))
    }

    fn all(&self, figure: impl Fn(&Measured) -> f64) -> Vec<f64> {
        self.runs.iter().map(figure).collect()
    }
}

impl Results {
    /// What went wrong, in words; empty if nothing did.
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

/// How the programs are run.
pub struct Terms<'a> {
    pub rounds: u32,
    /// A run that takes longer is ended.
    pub timeout_seconds: f64,
    /// For what is written meanwhile.
    pub folder: &'a Path,
}

/// What a program does with nothing in front of it, and so should do every time.
struct Reference {
    exit_code: i32,
    /// None if that is not always the same.
    printed: Option<Vec<u8>>,
}

/// Runs them all.
///
/// # Errors
/// If the host can't, or a program fails with nothing in front of it.
pub fn run(programs: &[Ready], mallocs: &[Malloc], terms: &Terms) -> Result<Results, Failure> {
    let runs = programs.len() * mallocs.len() * terms.rounds as usize;
    let progress = Progress::new("running", runs);
    let mut rows = Vec::new();
    for program in programs {
        progress.now(format!("{} with nothing in front", program.name));
        let reference = reference(program, terms)?;
        let mut cells: Vec<Cell> = mallocs.iter().map(|_| Cell::default()).collect();
        for _ in 0..terms.rounds {
            for (malloc, cell) in mallocs.iter().zip(&mut cells) {
                progress.now(format!("{} {}", program.name, malloc.name));
                if cell.fault.is_none() {
                    let run = run_once(program, Some(malloc), terms)?;
                    match fault(&run, &reference, terms) {
                        None => cell.runs.push(run.measured),
                        fault => cell.fault = fault,
                    }
                }
                progress.done(String::new());
            }
        }
        rows.push(Row {
            program: program.name.clone(),
            kind: program.kind,
            cells,
        });
    }
    Ok(Results {
        mallocs: mallocs.iter().map(|malloc| malloc.name.clone()).collect(),
        rows,
    })
}

/// Runs a program as it is, twice if it is to print the same each time.
fn reference(program: &Ready, terms: &Terms) -> Result<Reference, Failure> {
    let first = run_once(program, None, terms)?;
    let Some(exit_code) = first.measured.exit_code else {
        return Err(Failure::Input(format!(
            "error: {} fails with nothing in front of it: {}",
            program.name,
            how(&first, terms)
        )));
    };
    let mut printed = program.prints_the_same.then(|| first.printed.clone());
    if program.prints_the_same && run_once(program, None, terms)?.printed != first.printed {
        print::remark(format_args!(
            "{}: what it prints differs from run to run, so only its exit code is compared\n",
            program.name
        ));
        printed = None;
    }
    Ok(Reference { exit_code, printed })
}

/// A run, and what it printed.
struct Run {
    measured: Measured,
    printed: Vec<u8>,
    complaint: String,
}

fn run_once(program: &Ready, malloc: Option<&Malloc>, terms: &Terms) -> Result<Run, Failure> {
    let files = ["measured", "stdout", "stderr"];
    let [to, stdout, stderr] = files.map(|name| terms.folder.join(name));
    let this = env::current_exe().map_err(Failure::input)?;
    let mut command = Command::new(this);
    command.arg("measured");
    command.arg("--to").arg(&to);
    command.arg("--stdout").arg(&stdout);
    command.arg("--stderr").arg(&stderr);
    let timeout = terms.timeout_seconds.to_string();
    command.args(["--timeout", &timeout]);
    if let Some(library) = malloc.and_then(|malloc| malloc.library.as_ref()) {
        command.arg("--preload").arg(library);
    }
    if let Some(heap) = malloc.and_then(|malloc| malloc.heap.as_ref()) {
        command.env(HEAP_VARIABLE, heap);
    }
    command.arg("--").args(&program.command);
    command.current_dir(&program.folder);
    let output = command.output().map_err(Failure::input)?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::Input(format!(
            "error: can't run {}: {}",
            program.name,
            why.trim_start_matches("error: ").trim_end()
        )));
    }
    let read = |path: &Path| fs::read(path).map_err(Failure::input);
    let complaint = read(&stderr)?;
    Ok(Run {
        measured: serde_json::from_slice(&read(&to)?).map_err(Failure::input)?,
        printed: read(&stdout)?,
        complaint: String::from_utf8_lossy(&complaint).into_owned(),
    })
}

/// What is wrong with a run, if anything is.
fn fault(run: &Run, reference: &Reference, terms: &Terms) -> Option<String> {
    if run
        .complaint
        .contains("from LD_PRELOAD cannot be preloaded")
    {
        return Some(format!(
            "the loader did not put the library in front of it: {}",
            last_line(run)
        ));
    }
    if run.measured.exit_code != Some(reference.exit_code) {
        let expected = match reference.exit_code {
            0 => String::new(),
            code => format!(", and not with exit code {code}"),
        };
        let last = match last_line(run) {
            "" => String::new(),
            last => format!(": {last}"),
        };
        return Some(format!("{}{expected}{last}", how(run, terms)));
    }
    match &reference.printed {
        Some(printed) if *printed != run.printed => Some(
            "what it printed differs from what it prints with nothing in front of it".to_owned(),
        ),
        _ => None,
    }
}

fn how(run: &Run, terms: &Terms) -> String {
    match (run.measured.exit_code, run.measured.signal) {
        _ if run.measured.timed_out => {
            format!("it was ended after {} seconds", terms.timeout_seconds)
        }
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("signal {signal} ended it"),
        (None, None) => "it ended".to_owned(),
    }
}

fn last_line(run: &Run) -> &str {
    run.complaint.lines().last().unwrap_or_default()
}
