//! The results as CSV, for spreadsheets: a line for each sample. A heap with a fault has one line,
//! without figures.

use crate::{Results, Sample, Waste};
use serde::Serialize;

/// A line of the CSV.
#[derive(Default, Serialize)]
pub(crate) struct Record<'a> {
    heap: &'a str,
    trace: &'a str,
    valid: bool,
    error: Option<&'a str>,
    error_line: Option<u32>,
    /// The last operation, from 0; empty before the first.
    op_index: Option<usize>,
    line: Option<u32>,
    /// Whether payload peaks here, or the heap is largest.
    peak_payload: Option<bool>,
    largest_heap: Option<bool>,
    heap_bytes: Option<u32>,
    payload_bytes: Option<u32>,
    tag_bytes: Option<u32>,
    padding_bytes: Option<u32>,
    free_bytes: Option<u32>,
    never_used_bytes: Option<u32>,
    own_bytes: Option<u32>,
    live_blocks: Option<u32>,
    free_blocks: Option<u32>,
    largest_free_block_bytes: Option<u32>,
}

/// Returns the lines.
pub(crate) fn records(results: &Results) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    for cell in &results.cells {
        let trace = &results.inputs[cell.input].trace;
        let named =
            || Record { heap: &results.heaps[cell.heap], trace: trace.name(), ..Record::default() };
        match &cell.answer {
            Ok(waste) => records.extend(waste.samples.iter().map(|sample| Record {
                valid: true,
                op_index: sample.op_index(),
                line: sample.op_index().map(|index| trace.line(index)),
                ..with_figures(named(), waste, sample)
            })),
            Err(fault) => {
                records.push(Record { error: Some(&fault.code), error_line: fault.line, ..named() })
            }
        }
    }
    records
}

fn with_figures<'a>(record: Record<'a>, waste: &Waste, sample: &Sample) -> Record<'a> {
    let counts = sample.counts;
    Record {
        peak_payload: Some(sample.ops_done == waste.peak.ops_done),
        largest_heap: Some(sample.ops_done == waste.largest.ops_done),
        heap_bytes: Some(sample.heap_bytes()),
        payload_bytes: Some(counts.parts.payload_bytes),
        tag_bytes: Some(counts.parts.tag_bytes),
        padding_bytes: Some(counts.parts.padding_bytes),
        free_bytes: Some(counts.parts.free_bytes),
        never_used_bytes: Some(counts.parts.never_used_bytes),
        own_bytes: Some(counts.parts.own_bytes),
        live_blocks: Some(counts.live_blocks),
        free_blocks: Some(counts.free_blocks),
        largest_free_block_bytes: Some(counts.largest_free_block_bytes),
        ..record
    }
}
