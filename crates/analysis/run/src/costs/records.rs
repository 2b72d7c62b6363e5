//! The costs as CSV, for spreadsheets: a line for each heap, trace and measure. A heap with a fault
//! has one line, with what is wrong and without a measure.

use crate::Results;
use serde::Serialize;

/// A line of the CSV.
#[derive(Default, Serialize)]
pub(crate) struct Record<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    valid: bool,
    error: Option<&'a str>,
    error_line: Option<u32>,
    measure: Option<&'static str>,
    /// Before the first operation, while the empty heap is set up.
    setup: Option<u64>,
    /// Over all operations.
    total: Option<u64>,
    /// Mean of an operation.
    mean: Option<f64>,
    /// The 99th percentile, by nearest rank.
    p99: Option<u64>,
    worst: Option<u64>,
    worst_line: Option<u32>,
    /// The operation as the trace writes it.
    worst_operation: Option<String>,
}

/// Returns the lines.
pub(crate) fn records(results: &Results) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        for row in &results.rows {
            let cell = &row.cells[heap];
            let trace = &row.input.trace;
            let fault = cell.verdict.as_ref().err();
            let line = || Record {
                heap: name,
                trace: trace.name(),
                ops: trace.ops().len(),
                valid: fault.is_none(),
                error: fault.map(|fault| fault.code.as_str()),
                error_line: fault.and_then(|fault| fault.line),
                ..Record::default()
            };
            let Some(cost) = &cell.cost else {
                records.push(line());
                continue;
            };
            records.extend(cost.measures.iter().map(|(measure, summary)| Record {
                measure: Some(measure.name()),
                setup: Some(summary.setup),
                total: Some(summary.total),
                mean: cost.mean(*measure),
                p99: Some(summary.p99),
                worst: Some(summary.worst.map_or(0, |worst| worst.value)),
                worst_line: summary.worst.map(|worst| worst.line),
                worst_operation: summary.worst.map(|worst| trace.ops()[worst.op_index].to_string()),
                ..line()
            }));
        }
    }
    records
}
