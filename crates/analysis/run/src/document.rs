//! The results as JSON, for programs: schema `heaplab.run.v1`.
//!
//! Fields may be added; those here keep their meaning. A figure that does not exist is null, never
//! 0.

use crate::costs::CostEntry;
use crate::{Line, Means, Results, Row, Summary};
use heaplab_checks::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME};
use heaplab_inputs::LeftOut;
use heaplab_replay::Timing;
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    align: u32,
    results: Vec<ResultEntry<'a>>,
    summary: Vec<SummaryEntry<'a>>,
    /// The C library; null without timing.
    baseline: Option<Baseline<'a>>,
    /// The C library, with freed memory kept; null if that can't be had.
    baseline_keep: Option<Baseline<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct ResultEntry<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    /// 0 none, 1 both, 2 utilization only, 3 throughput only.
    weight: u8,
    facts: FactsEntry<'a>,
    timing: Option<TimingEntry>,
    /// Present only if costs were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostEntry<'a>>,
}

#[derive(Serialize)]
struct FactsEntry<'a> {
    valid: bool,
    error: Option<&'a FaultReport>,
    peak_payload_bytes: u64,
    heap_bytes: Option<u64>,
    utilization: Option<f64>,
    sbrk_calls: Option<u64>,
    /// Words of memory that the allocator read and wrote.
    loads: Option<u64>,
    stores: Option<u64>,
}

#[derive(Serialize)]
struct TimingEntry {
    ns_per_op: f64,
    ops_per_second: f64,
    /// Speed as a multiple of the C library's.
    vs_libc: Option<f64>,
    /// The same, compared with the C library that keeps freed memory.
    vs_libc_keep: Option<f64>,
    samples: u32,
    /// Whether the three fastest samples agree within 1 %.
    settled: bool,
}

#[derive(Serialize)]
struct SummaryEntry<'a> {
    heap: &'a str,
    valid_traces: usize,
    mean_utilization: Option<f64>,
    total_ops_per_second: Option<f64>,
    harmonic_mean_ops_per_second: Option<f64>,
    geometric_mean_vs_libc: Option<f64>,
    geometric_mean_vs_libc_keep: Option<f64>,
    score: Option<f64>,
    score_parts: Option<ScoreParts>,
}

#[derive(Serialize)]
struct ScoreParts {
    utilization: f64,
    throughput: f64,
}

#[derive(Serialize)]
struct Baseline<'a> {
    name: &'static str,
    results: Vec<BaselineEntry<'a>>,
    total_ops_per_second: Option<f64>,
    harmonic_mean_ops_per_second: Option<f64>,
}

#[derive(Serialize)]
struct BaselineEntry<'a> {
    trace: &'a str,
    timing: Option<TimingEntry>,
}

/// Returns the document.
pub(crate) fn document<'a>(
    results: &'a Results,
    summary: &Summary,
    left_out: &'a [LeftOut],
) -> Document<'a> {
    Document {
        schema: "heaplab.run.v1",
        align: results.common.align_bytes,
        results: result_entries(results),
        summary: summary_entries(results, summary),
        baseline: results.timed.then(|| {
            let means = &summary.c_library;
            baseline(results, C_LIBRARY_NAME, means, |row| row.c_library)
        }),
        baseline_keep: results.has_c_library_kept().then(|| {
            let means = &summary.c_library_kept;
            baseline(results, C_LIBRARY_KEPT_NAME, means, |row| row.c_library_kept)
        }),
        left_out,
    }
}

fn result_entries(results: &Results) -> Vec<ResultEntry<'_>> {
    let mut entries = Vec::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        for row in &results.rows {
            let cell = &row.cells[heap];
            let facts = cell.verdict.as_ref().ok();
            entries.push(ResultEntry {
                heap: name,
                trace: row.input.trace.name(),
                ops: row.input.trace.ops().len(),
                weight: row.input.trace.weight().number(),
                facts: FactsEntry {
                    valid: facts.is_some(),
                    error: cell.verdict.as_ref().err(),
                    peak_payload_bytes: row.input.trace.peak_payload_bytes(),
                    heap_bytes: facts.map(|facts| facts.heap_bytes),
                    utilization: cell.utilization(),
                    sbrk_calls: facts.map(|facts| facts.sbrk_calls),
                    loads: facts.map(|facts| facts.loads),
                    stores: facts.map(|facts| facts.stores),
                },
                timing: cell.timing.map(|timing| timing_entry(row, timing)),
                cost: cell.cost.as_ref().map(CostEntry),
            });
        }
    }
    entries
}

fn timing_entry(row: &Row, timing: Timing) -> TimingEntry {
    TimingEntry {
        ns_per_op: timing.ns_per_op,
        ops_per_second: timing.ops_per_second(),
        vs_libc: row.vs_c_library(&timing),
        vs_libc_keep: row.vs_c_library_kept(&timing),
        samples: timing.samples,
        settled: timing.settled,
    }
}

fn summary_entries<'a>(results: &'a Results, summary: &Summary) -> Vec<SummaryEntry<'a>> {
    let entry = |(heap, line): (&'a String, &Line)| SummaryEntry {
        heap,
        valid_traces: line.valid_traces,
        mean_utilization: line.means.utilization,
        total_ops_per_second: line.means.total_ops_per_second,
        harmonic_mean_ops_per_second: line.means.harmonic_mean_ops_per_second,
        geometric_mean_vs_libc: line.vs_c_library,
        geometric_mean_vs_libc_keep: line.vs_c_library_kept,
        score: line.score.map(|score| score.points()),
        score_parts: line.score.map(|score| ScoreParts {
            utilization: score.utilization_points,
            throughput: score.throughput_points,
        }),
    };
    results.heaps.iter().zip(&summary.heaps).map(entry).collect()
}

fn baseline<'a>(
    results: &'a Results,
    name: &'static str,
    means: &Means,
    timing: impl Fn(&Row) -> Option<Timing>,
) -> Baseline<'a> {
    let entry = |row: &'a Row| BaselineEntry {
        trace: row.input.trace.name(),
        timing: timing(row).map(|timing| timing_entry(row, timing)),
    };
    Baseline {
        name,
        results: results.rows.iter().map(entry).collect(),
        total_ops_per_second: means.total_ops_per_second,
        harmonic_mean_ops_per_second: means.harmonic_mean_ops_per_second,
    }
}
