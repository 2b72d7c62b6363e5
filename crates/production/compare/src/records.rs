//! The results for spreadsheets: one line for each contender and trace. A figure that does not
//! exist is an empty field.

use crate::Results;
use heaplab_support::statistics::spread;
use serde::Serialize;

/// A line.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    contender: &'a str,
    is_production: bool,
    trace: &'a str,
    ops: usize,
    error: Option<&'a str>,
    turns: usize,
    ns_per_op: Option<f64>,
    fastest_ns_per_op: Option<f64>,
    spread: Option<f64>,
    peak_payload_bytes: u64,
    resident_bytes: Option<f64>,
    resident_bytes_least: Option<u64>,
    resident_bytes_most: Option<u64>,
    heap_bytes: Option<u64>,
    committed_bytes: Option<u64>,
}

/// Returns the lines.
pub(crate) fn records(results: &Results) -> impl Iterator<Item = Record<'_>> {
    results.rows.iter().flat_map(|row| {
        let cells = results.contenders.iter().zip(&row.cells);
        cells.map(|(contender, cell)| Record {
            contender: &contender.name,
            is_production: contender.is_production(),
            trace: row.input.trace.name(),
            ops: row.input.trace.ops().len(),
            error: cell.fault.as_ref().map(|fault| fault.code.as_str()),
            turns: cell.ns_per_op.len(),
            ns_per_op: cell.median_ns_per_op(),
            fastest_ns_per_op: cell.ns_per_op.iter().copied().min_by(f64::total_cmp),
            spread: spread(&cell.ns_per_op),
            peak_payload_bytes: row.input.trace.peak_payload_bytes(),
            resident_bytes: cell.median_resident_bytes(),
            resident_bytes_least: cell.resident_bytes.iter().copied().min(),
            resident_bytes_most: cell.resident_bytes.iter().copied().max(),
            heap_bytes: cell.facts.map(|facts| facts.heap_bytes),
            committed_bytes: cell.committed_bytes,
        })
    })
}
