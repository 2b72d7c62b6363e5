//! Runs every program under every malloc, in turns.

use super::mallocs::Malloc;
use super::measured::Measured;
use super::programs::Ready;
use crate::Failure;
use crate::commands::compare::statistics::{median, spread};
use crate::commands::exec::HEAP_VARIABLE;
use crate::commands::progress::Progress;
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
    pub program: &'static str,
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
        let figures: Vec<f64> = self.runs.iter().map(figure).collect();
        median(&figures)
    }

    /// How far the middle half of the elapsed times is apart, as a part of the median.
    pub fn spread(&self) -> Option<f64> {
        let times: Vec<f64> = self.runs.iter().map(|run| run.elapsed_seconds).collect();
        spread(&times)
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

/// Runs them all.
///
/// # Errors
/// If the host can't do it.
pub fn run(
    programs: &[Ready],
    mallocs: &[Malloc],
    rounds: u32,
    folder: &Path,
) -> Result<Results, Failure> {
    let progress = Progress::new("running", programs.len() * mallocs.len() * rounds as usize);
    let mut rows = Vec::new();
    for program in programs {
        let mut cells: Vec<Cell> = mallocs.iter().map(|_| Cell::default()).collect();
        // What the program prints the first time, it is to print every time.
        let mut expected = None;
        for _ in 0..rounds {
            for (malloc, cell) in mallocs.iter().zip(&mut cells) {
                progress.now(format!("{} {}", program.name, malloc.name));
                if cell.fault.is_none() {
                    run_once(program, malloc, cell, &mut expected, folder)?;
                }
                progress.done(String::new());
            }
        }
        rows.push(Row {
            program: program.name,
            cells,
        });
    }
    Ok(Results {
        mallocs: mallocs.iter().map(|malloc| malloc.name.clone()).collect(),
        rows,
    })
}

fn run_once(
    program: &Ready,
    malloc: &Malloc,
    cell: &mut Cell,
    expected: &mut Option<Vec<u8>>,
    folder: &Path,
) -> Result<(), Failure> {
    let [to, stdout, stderr] = ["measured", "stdout", "stderr"].map(|name| folder.join(name));
    let this = env::current_exe().map_err(Failure::input)?;
    let mut command = Command::new(this);
    command.arg("measured");
    command.arg("--to").arg(&to);
    command.arg("--stdout").arg(&stdout);
    command.arg("--stderr").arg(&stderr);
    if let Some(library) = &malloc.library {
        command.arg("--preload").arg(library);
    }
    if let Some(heap) = &malloc.heap {
        command.env(HEAP_VARIABLE, heap);
    }
    command.arg("--").args(&program.command);
    command.current_dir(&program.folder);
    let output = command.output().map_err(Failure::input)?;
    if !output.status.success() {
        return Err(Failure::input(String::from_utf8_lossy(&output.stderr)));
    }
    let read = |path: &Path| fs::read(path).map_err(Failure::input);
    let measured: Measured = serde_json::from_slice(&read(&to)?).map_err(Failure::input)?;
    let printed = read(&stdout)?;
    if measured.exit_code != Some(0) {
        let complaint = read(&stderr)?;
        let complaint = String::from_utf8_lossy(&complaint);
        let last = complaint.lines().last().unwrap_or_default();
        let how = match measured.exit_code {
            Some(code) => format!("it ended with exit code {code}"),
            None => "a signal ended it".to_owned(),
        };
        cell.fault = Some(format!("{how}: {last}"));
        return Ok(());
    }
    if program.prints_the_same && *expected.get_or_insert_with(|| printed.clone()) != printed {
        cell.fault = Some("it printed something else than before".to_owned());
        return Ok(());
    }
    cell.runs.push(measured);
    Ok(())
}
