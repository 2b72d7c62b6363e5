//! The results as data: JSON with the schema `heaplab.split.v1`, and CSV with one line for each
//! heap, trace and split.
//!
//! Fields may be added; existing fields keep their meaning. A figure that does not exist is null or
//! an empty field, never 0.

use super::{Ratios, Results, Row, word};
use heaplab_inputs::LeftOut;
use heaplab_worker::FaultReport;
use serde::Serialize;

/// The whole document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    align: u32,
    results: Vec<Entry<'a>>,
    means: Vec<Mean<'a>>,
    /// The files that could not be used; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
}

/// One heap on one trace.
#[derive(Serialize)]
struct Entry<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    error: Option<&'a FaultReport>,
    /// The bytes of one heap for the whole trace.
    heap_bytes: Option<u64>,
    peak_payload_bytes: u64,
    splits: Vec<SplitEntry>,
}

/// The same trace dealt over several heaps; the bytes are sums over them.
#[derive(Serialize)]
struct SplitEntry {
    by: &'static str,
    heaps: u32,
    /// The number of heaps that get any request; the others are not made.
    heaps_used: usize,
    heap_bytes: Option<u64>,
    peak_payload_bytes: u64,
    #[serde(flatten)]
    ratios: RatiosEntry,
}

/// Geometric means over the traces.
#[derive(Serialize)]
struct Mean<'a> {
    heap: &'a str,
    by: &'static str,
    heaps: u32,
    #[serde(flatten)]
    ratios: RatiosEntry,
}

/// factor = peaks_apart * fragmentation.
#[derive(Serialize)]
struct RatiosEntry {
    factor: Option<f64>,
    peaks_apart: Option<f64>,
    fragmentation: Option<f64>,
}

/// A line.
#[derive(Serialize)]
pub(super) struct Record<'a> {
    heap: &'a str,
    trace: &'a str,
    ops: usize,
    by: &'static str,
    heaps: u32,
    heaps_used: usize,
    error: Option<&'a str>,
    one_heap_bytes: Option<u64>,
    one_peak_payload_bytes: u64,
    heap_bytes: Option<u64>,
    peak_payload_bytes: u64,
    factor: Option<f64>,
    peaks_apart: Option<f64>,
    fragmentation: Option<f64>,
}

/// Returns the document.
pub(super) fn document<'a>(results: &'a Results, left_out: &'a [LeftOut]) -> Document<'a> {
    Document {
        schema: "heaplab.split.v1",
        align: results.align_bytes,
        results: entries(results).collect(),
        means: means(results).collect(),
        left_out,
    }
}

/// Returns the lines.
pub(super) fn records(results: &Results) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    for entry in entries(results) {
        for split in &entry.splits {
            records.push(Record {
                heap: entry.heap,
                trace: entry.trace,
                ops: entry.ops,
                by: split.by,
                heaps: split.heaps,
                heaps_used: split.heaps_used,
                error: entry.error.map(|report| report.code.as_str()),
                one_heap_bytes: entry.heap_bytes,
                one_peak_payload_bytes: entry.peak_payload_bytes,
                heap_bytes: split.heap_bytes,
                peak_payload_bytes: split.peak_payload_bytes,
                factor: split.ratios.factor,
                peaks_apart: split.ratios.peaks_apart,
                fragmentation: split.ratios.fragmentation,
            });
        }
    }
    records
}

fn entries(results: &Results) -> impl Iterator<Item = Entry<'_>> {
    results.rows.iter().flat_map(|row| {
        let cells = row.cells.iter().enumerate();
        cells.map(|(heap, cell)| Entry {
            heap: &results.heaps[heap],
            trace: row.input.trace.name(),
            ops: row.input.trace.ops().len(),
            error: cell.as_ref().err().map(|fault| &*fault.report),
            heap_bytes: cell.as_ref().ok().map(|taken| taken.whole),
            peak_payload_bytes: row.input.trace.peak_payload_bytes(),
            splits: (0..results.splits.len())
                .map(|split| split_entry(results, row, heap, split))
                .collect(),
        })
    })
}

fn split_entry(results: &Results, row: &Row, heap: usize, split: usize) -> SplitEntry {
    let taken = row.cells[heap].as_ref().ok();
    SplitEntry {
        by: word(results.splits[split].dealing),
        heaps: results.splits[split].heaps.get(),
        heaps_used: row.parts[split].heaps_used,
        heap_bytes: taken.map(|taken| taken.split[split]),
        peak_payload_bytes: row.parts[split].peak_payload_bytes,
        ratios: RatiosEntry::new(row.ratios(heap, split)),
    }
}

fn means(results: &Results) -> impl Iterator<Item = Mean<'_>> {
    results.heaps.iter().enumerate().flat_map(move |(heap, name)| {
        let splits = results.splits.iter().enumerate();
        splits.map(move |(at, split)| Mean {
            heap: name,
            by: word(split.dealing),
            heaps: split.heaps.get(),
            ratios: RatiosEntry::new(results.mean(heap, at)),
        })
    })
}

impl RatiosEntry {
    fn new(ratios: Option<Ratios>) -> RatiosEntry {
        RatiosEntry {
            factor: ratios.map(|ratios| ratios.factor),
            peaks_apart: ratios.map(|ratios| ratios.peaks_apart),
            fragmentation: ratios.map(|ratios| ratios.fragmentation),
        }
    }
}
