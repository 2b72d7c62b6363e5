//! The results as data: the schema `heaplab.programs.v1`, and one record for each run.
//!
//! Fields may be added; existing fields keep their meaning.

use super::measured::Measured;
use super::rounds::Results;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    program: &'a str,
    malloc: &'a str,
    /// The measurements of the runs.
    runs: &'a [Measured],
    /// What went wrong, or null.
    fault: Option<&'a str>,
}

/// A line.
#[derive(Serialize)]
pub(super) struct Record<'a> {
    program: &'a str,
    malloc: &'a str,
    run: usize,
    elapsed_seconds: f64,
    user_seconds: f64,
    system_seconds: f64,
    peak_resident_bytes: u64,
    minor_faults: u64,
    major_faults: u64,
}

/// Returns the document.
pub(super) fn document(results: &Results) -> Document<'_> {
    let entries = results.rows.iter().flat_map(|row| {
        let cells = results.mallocs.iter().zip(&row.cells);
        cells.map(|(malloc, cell)| Entry {
            program: &row.program,
            malloc,
            runs: &cell.runs,
            fault: cell.fault.as_deref(),
        })
    });
    Document { schema: "heaplab.programs.v1", results: entries.collect() }
}

/// Returns the lines.
pub(super) fn records(results: &Results) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    for row in &results.rows {
        for (malloc, cell) in results.mallocs.iter().zip(&row.cells) {
            records.extend(cell.runs.iter().enumerate().map(|(index, run)| Record {
                program: &row.program,
                malloc,
                run: index + 1,
                elapsed_seconds: run.elapsed_seconds,
                user_seconds: run.user_seconds,
                system_seconds: run.system_seconds,
                peak_resident_bytes: run.peak_resident_bytes,
                minor_faults: run.minor_faults,
                major_faults: run.major_faults,
            }));
        }
    }
    records
}
