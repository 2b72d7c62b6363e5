//! The results as JSON, for programs: schema `heaplab.bound.v1`.
//!
//! Fields may be added; those here keep their meaning. A figure that does not exist is null, never
//! 0.

use crate::{Bounds, Results};
use heaplab_inputs::LeftOut;
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    align: u32,
    results: Vec<TraceEntry<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct TraceEntry<'a> {
    trace: &'a str,
    ops: usize,
    #[serde(flatten)]
    bounds: &'a Bounds,
    heaps: Vec<HeapEntry<'a>>,
}

#[derive(Serialize)]
struct HeapEntry<'a> {
    heap: &'a str,
    valid: bool,
    error: Option<&'a FaultReport>,
    heap_bytes: Option<u64>,
    utilization: Option<f64>,
}

/// Returns the document.
pub(crate) fn document<'a>(results: &'a Results, left_out: &'a [LeftOut]) -> Document<'a> {
    let rows = results.run.rows.iter().zip(&results.bounds);
    let entries = rows.map(|(row, bounds)| TraceEntry {
        trace: row.input.trace.name(),
        ops: row.input.trace.ops().len(),
        bounds,
        heaps: (results.run.heaps.iter().zip(&row.cells))
            .map(|(heap, cell)| HeapEntry {
                heap,
                valid: cell.verdict.is_ok(),
                error: cell.verdict.as_ref().err(),
                heap_bytes: cell.verdict.as_ref().ok().map(|facts| facts.heap_bytes),
                utilization: cell.utilization(),
            })
            .collect(),
    });
    Document {
        schema: "heaplab.bound.v1",
        align: results.run.common.align_bytes,
        results: entries.collect(),
        left_out,
    }
}
