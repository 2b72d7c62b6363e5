//! The costs as JSON, for programs: schema `heaplab.cost.v1`.
//!
//! Fields may be added; those here keep their meaning. A figure that does not exist is null, never
//! 0.

use super::entry::CostEntry;
use crate::Results;
use heaplab_cost::Geometry;
use heaplab_inputs::LeftOut;
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    align: u32,
    /// The simulated cache; null without one.
    cache: Option<GeometryEntry>,
    /// The simulated translation lookaside buffer, whose lines are pages; null without one.
    tlb: Option<GeometryEntry>,
    results: Vec<ResultEntry<'a>>,
    summary: Vec<SummaryEntry<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct GeometryEntry {
    lines: u32,
    ways: u32,
    line_bytes: u32,
    replacement: &'static str,
}

#[derive(Serialize)]
struct ResultEntry<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    /// 0 none, 1 both, 2 utilization only, 3 throughput only.
    weight: u8,
    valid: bool,
    error: Option<&'a FaultReport>,
    /// Null for a heap with a fault.
    cost: Option<CostEntry<'a>>,
}

/// Means over the traces that count for throughput; null with a fault on any.
#[derive(Serialize)]
struct SummaryEntry<'a> {
    heap: &'a str,
    /// All touches over all operations.
    touches_per_op: Option<f64>,
    /// The mean of the traces' means.
    mean_touches_per_op_of_traces: Option<f64>,
}

/// Returns the document.
pub(crate) fn document<'a>(
    results: &'a Results,
    cache: Option<Geometry>,
    tlb: Option<Geometry>,
    left_out: &'a [LeftOut],
) -> Document<'a> {
    Document {
        schema: "heaplab.cost.v1",
        align: results.common.align_bytes,
        cache: cache.map(geometry),
        tlb: tlb.map(geometry),
        results: result_entries(results),
        summary: results
            .heaps
            .iter()
            .enumerate()
            .map(|(heap, name)| SummaryEntry {
                heap: name,
                touches_per_op: results.mean_touches(heap),
                mean_touches_per_op_of_traces: results.mean_touches_of_traces(heap),
            })
            .collect(),
        left_out,
    }
}

fn geometry(geometry: Geometry) -> GeometryEntry {
    GeometryEntry {
        lines: geometry.lines(),
        ways: geometry.ways(),
        line_bytes: geometry.line_bytes(),
        replacement: "LRU",
    }
}

fn result_entries(results: &Results) -> Vec<ResultEntry<'_>> {
    let mut entries = Vec::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        for row in &results.rows {
            let cell = &row.cells[heap];
            entries.push(ResultEntry {
                heap: name,
                trace: row.input.trace.name(),
                ops: row.input.trace.ops().len(),
                weight: row.input.trace.weight().number(),
                valid: cell.verdict.is_ok(),
                error: cell.verdict.as_ref().err(),
                cost: cell.cost.as_ref().map(CostEntry),
            });
        }
    }
    entries
}
