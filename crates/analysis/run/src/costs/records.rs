//! The costs for spreadsheets: a line for each heap, trace and measure. A heap at
//! fault has one line, with what is wrong and no measure.

use crate::Results;
use serde::Serialize;

/// A line.
#[derive(Default, Serialize)]
pub(crate) struct Record<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    valid: bool,
    error: Option<&'a str>,
    error_line: Option<u32>,
    measure: Option<&'static str>,
    /// Before the first operation.
    setup: Option<u64>,
    /// Over the operations.
    total: Option<u64>,
    /// An operation.
    mean: Option<f64>,
    /// By nearest rank.
    p99: Option<u64>,
    worst: Option<u64>,
    worst_line: Option<u32>,
    /// In the trace's words.
    worst_operation: Option<String>,
}

/// The lines.
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
