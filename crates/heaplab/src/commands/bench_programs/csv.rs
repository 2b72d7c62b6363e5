//! The results for spreadsheets: a line for each run.

use crate::Failure;
use crate::commands::print;
use heaplab_programs::bench::rounds::Results;
use serde::Serialize;

#[derive(Serialize)]
struct Record<'a> {
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

/// Prints the lines.
///
/// # Errors
/// If standard output does not take them.
pub fn print(results: &Results) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &results.rows {
        for (malloc, cell) in results.mallocs.iter().zip(&row.cells) {
            for (index, run) in cell.runs.iter().enumerate() {
                let record = Record {
                    program: &row.program,
                    malloc,
                    run: index + 1,
                    elapsed_seconds: run.elapsed_seconds,
                    user_seconds: run.user_seconds,
                    system_seconds: run.system_seconds,
                    peak_resident_bytes: run.peak_resident_bytes,
                    minor_faults: run.minor_faults,
                    major_faults: run.major_faults,
                };
                writer.serialize(record).map_err(Failure::input)?;
            }
        }
    }
    print::bytes(&writer.into_inner().map_err(Failure::input)?)
}
