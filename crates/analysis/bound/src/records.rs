//! The results as CSV, for spreadsheets: a line for each trace and heap. A figure that does not
//! exist is an empty field.

use crate::Results;
use serde::Serialize;

/// A line of the CSV.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    trace: &'a str,
    peak_payload_bytes: u64,
    live_bytes: u64,
    packed_bytes: Option<u64>,
    live_bytes_with_headers: u64,
    packed_bytes_with_headers: Option<u64>,
    heap: &'a str,
    valid: bool,
    error: Option<&'a str>,
    heap_bytes: Option<u64>,
}

/// Returns the lines.
pub(crate) fn records(results: &Results) -> Vec<Record<'_>> {
    let rows = results.run.rows.iter().zip(&results.bounds);
    let lines = rows.flat_map(|(row, bounds)| {
        results.run.heaps.iter().zip(&row.cells).map(move |(heap, cell)| Record {
            trace: row.input.trace.name(),
            peak_payload_bytes: bounds.peak_payload_bytes,
            live_bytes: bounds.without_headers.live_bytes,
            packed_bytes: bounds.without_headers.packed_bytes,
            live_bytes_with_headers: bounds.with_headers.live_bytes,
            packed_bytes_with_headers: bounds.with_headers.packed_bytes,
            heap,
            valid: cell.verdict.is_ok(),
            error: cell.verdict.as_ref().err().map(|fault| fault.code.as_str()),
            heap_bytes: cell.verdict.as_ref().ok().map(|facts| facts.heap_bytes),
        })
    });
    lines.collect()
}
