//! The results as JSON, for programs: schema `heaplab.waste.v1`.
//!
//! Fields may be added; those here keep their meaning. A figure that does not exist is null, never
//! 0.

use crate::diagnosis::diagnose;
use crate::{BlockCounts, Cell, Cost, Results, Sample, Waste};
use heaplab_inputs::{Input, LeftOut};
use heaplab_trace::Trace;
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    align: u32,
    results: Vec<ResultEntry<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct ResultEntry<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    valid: bool,
    error: Option<&'a FaultReport>,
    /// Percent of the largest heap; the figures add up to 100.
    cost: Option<Cost>,
    diagnosis: Option<String>,
    largest_heap_bytes: Option<u32>,
    peak_payload: Option<SampleEntry>,
    largest_heap: Option<SampleEntry>,
    /// In order of time, including both moments above.
    timeline: Option<Vec<SampleEntry>>,
}

#[derive(Serialize)]
struct SampleEntry {
    /// The last operation, from 0, and its line in the file, from 1; null before the first.
    op_index: Option<usize>,
    line: Option<u32>,
    heap_bytes: u32,
    #[serde(flatten)]
    counts: BlockCounts,
}

/// Returns the document.
pub(crate) fn document<'a>(results: &'a Results, left_out: &'a [LeftOut]) -> Document<'a> {
    let entries = results.cells.iter().map(|cell| {
        let input = &results.inputs[cell.input];
        result_entry(&results.heaps[cell.heap], input, cell)
    });
    Document {
        schema: "heaplab.waste.v1",
        align: results.align_bytes,
        results: entries.collect(),
        left_out,
    }
}

fn result_entry<'a>(heap: &'a str, input: &'a Input, cell: &'a Cell) -> ResultEntry<'a> {
    let trace = &input.trace;
    let waste = cell.answer.as_ref().ok();
    let sample = |of: fn(&Waste) -> &Sample| waste.map(|waste| sample_entry(of(waste), trace));
    ResultEntry {
        heap,
        trace: trace.name(),
        ops: trace.ops().len(),
        valid: waste.is_some(),
        error: cell.answer.as_ref().err(),
        cost: waste.and_then(Waste::cost),
        diagnosis: waste.map(|waste| diagnose(waste, trace)),
        largest_heap_bytes: waste.map(|waste| waste.largest_heap_bytes),
        peak_payload: sample(|waste| &waste.peak),
        largest_heap: sample(|waste| &waste.largest),
        timeline: waste.map(|waste| {
            let samples = waste.samples.iter();
            samples.map(|sample| sample_entry(sample, trace)).collect()
        }),
    }
}

fn sample_entry(sample: &Sample, trace: &Trace) -> SampleEntry {
    SampleEntry {
        op_index: sample.op_index(),
        line: sample.op_index().map(|index| trace.line(index)),
        heap_bytes: sample.heap_bytes(),
        counts: sample.counts,
    }
}
