//! The results for programs: schema `heaplab.programs.v1`.
//!
//! Fields may be added; those here keep their meaning.

use crate::Failure;
use crate::commands::print;
use heaplab_programs::bench::measured::Measured;
use heaplab_programs::bench::rounds::Results;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    program: &'a str,
    malloc: &'a str,
    /// Run by run.
    runs: &'a [Measured],
    /// What went wrong, or null.
    fault: Option<&'a str>,
}

/// Prints the document.
///
/// # Errors
/// If standard output does not take it.
pub fn print(results: &Results) -> Result<(), Failure> {
    let entries = results.rows.iter().flat_map(|row| {
        let cells = results.mallocs.iter().zip(&row.cells);
        cells.map(|(malloc, cell)| Entry {
            program: &row.program,
            malloc,
            runs: &cell.runs,
            fault: cell.fault.as_deref(),
        })
    });
    let document = Document {
        schema: "heaplab.programs.v1",
        results: entries.collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(Failure::input)?;
    text.push('\n');
    print::bytes(text.as_bytes())
}
