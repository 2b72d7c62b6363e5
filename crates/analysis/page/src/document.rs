//! The data of a page: what its scripts read.
//!
//! Single figures are JSON as they are; long lists are packed, and the JSON says where.

use crate::gather::Gathered;
use crate::lifetimes::{Call, Lifetime, largest, lifetimes};
use crate::packed::{Packed, Place};
use crate::results::{Cell, Results};
use crate::sampling::payload_bytes;
use heaplab_inputs::Input;
use heaplab_trace::{Trace, Visible};
use heaplab_waste::{Cost, Sample, Waste};
use heaplab_worker::FaultReport;
use serde::Serialize;
use std::path::Path;

/// Makes the command that shows a heap on a trace, for a reader who wants to see more.
pub(crate) type ShownBy<'a> = &'a dyn Fn(&str, &Path) -> String;

/// The whole document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    align: u32,
    limit_bytes: u32,
    calls: [&'static str; Call::NAMES.len()],
    traces: Vec<TraceEntry<'a>>,
}

#[derive(Serialize)]
struct TraceEntry<'a> {
    name: String,
    path: String,
    ops: usize,
    /// The operations whose line does not follow that of the operation before.
    line_ops: Place,
    /// Their lines.
    lines: Place,
    /// How many blocks the trace asks for; the lists have those that are kept.
    blocks: usize,
    born: Place,
    /// From its birth, how many operations a block lives.
    lives: Place,
    id: Place,
    bytes: Place,
    call: Place,
    columns: usize,
    least_payload: Place,
    most_payload: Place,
    peak_payload_bytes: u64,
    heaps: Vec<HeapEntry<'a>>,
}

#[derive(Serialize)]
struct HeapEntry<'a> {
    name: &'a str,
    /// The command that checks the heap on the trace.
    command: String,
    /// What the check says.
    check: String,
    fault: Option<&'a FaultReport>,
    run: Option<RunEntry>,
}

#[derive(Serialize)]
struct RunEntry {
    /// The facts, as `run` shows them; those of the part before a fault.
    ops: u64,
    peak_payload_bytes: u64,
    heap_bytes: u64,
    utilization: Option<f64>,
    sbrk_calls: u64,
    loads: u64,
    stores: u64,
    worst: Option<WorstEntry>,
    peak: SampleEntry,
    largest: SampleEntry,
    cost: Option<Cost>,
    diagnosis: String,
    heap_start: u32,
    /// The addresses of payloads as multiples of the alignment, so that they take fewer bytes.
    addrs: Place,
    least_heap: Place,
    most_heap: Place,
    total_touches: Place,
    least_touches: Place,
    most_touches: Place,
    most_touches_op: Place,
    touches: Option<Place>,
    samples: Samples,
}

#[derive(Serialize)]
struct WorstEntry {
    op_index: usize,
    line: u32,
    operation: String,
    loads: u64,
    stores: u64,
}

#[derive(Serialize)]
struct SampleEntry {
    ops_done: usize,
    line: Option<u32>,
    heap_bytes: u32,
    #[serde(flatten)]
    counts: heaplab_waste::BlockCounts,
}

/// What is in the heap at some moments: a list for each figure.
#[derive(Serialize)]
struct Samples {
    ops_done: Place,
    /// Payload, tags, padding, free, never used, own.
    parts: [Place; 6],
    live_blocks: Place,
    free_blocks: Place,
    largest_free_block_bytes: Place,
    /// Free blocks of a size: for each entry the sample, the size's binary logarithm, blocks and
    /// bytes.
    free_sample: Place,
    free_log2: Place,
    free_count: Place,
    free_bytes: Place,
}

/// Returns the document, with at most `most_blocks` of the blocks of each trace that were kept; the
/// lists go into `packed`.
pub(crate) fn document<'a>(
    results: &'a Results,
    shown_by: ShownBy<'_>,
    most_blocks: usize,
    packed: &mut Packed,
) -> Document<'a> {
    let traces = results.inputs.iter().enumerate().map(|(row, input)| {
        let blocks = Blocks::of(&input.trace, results.samplings[row].blocks, most_blocks);
        let cells = results.cells.iter().filter(|cell| cell.input == row);
        let heaps =
            cells.map(|cell| heap_entry(results, cell, &blocks, shown_by, packed)).collect();
        trace_entry(results, row, input, &blocks, heaps, packed)
    });
    let traces = traces.collect();
    let common = results.common;
    Document {
        align: common.align_bytes,
        limit_bytes: common.limit_bytes,
        calls: Call::NAMES,
        traces,
    }
}

/// The blocks of a trace.
struct Blocks {
    /// How many there are.
    all: usize,
    /// Those of which addresses were gathered.
    gathered: Vec<Lifetime>,
    /// Those that the page has: all of these, or some.
    shown: Vec<Lifetime>,
}

impl Blocks {
    fn of(trace: &Trace, gathered: usize, most: usize) -> Blocks {
        let blocks = lifetimes(trace);
        let all = blocks.len();
        let gathered = largest(blocks, gathered);
        let shown = largest(gathered.clone(), most);
        Blocks { all, gathered, shown }
    }

    /// Returns the addresses of the blocks that are shown, of those that were gathered.
    fn shown_of<'a>(&'a self, addrs: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let mut shown = self.shown.iter().peekable();
        let all = self.gathered.iter().zip(addrs);
        all.filter(move |(block, _)| shown.next_if_eq(block).is_some()).map(|(_, addr)| *addr)
    }
}

fn trace_entry<'a>(
    results: &'a Results,
    row: usize,
    input: &'a Input,
    blocks: &Blocks,
    heaps: Vec<HeapEntry<'a>>,
    packed: &mut Packed,
) -> TraceEntry<'a> {
    let (trace, sampling) = (&input.trace, &results.samplings[row]);
    let mut add = |of: fn(&Lifetime) -> u64| packed.add(blocks.shown.iter().map(of));
    let born = add(|block| block.born as u64);
    let lives = add(|block| (block.ends - block.born) as u64);
    let (id, bytes) = (add(|block| block.id.into()), add(|block| block.bytes.into()));
    let call = add(|block| block.call as u64);
    let breaks: Vec<usize> = line_breaks(trace).collect();
    let columns = sampling.columns(trace.ops().len());
    let held = payload_bytes(trace);
    let of_columns = |of: fn(&[u64]) -> Option<u64>| {
        let figures = columns.iter().map(|column| of(&held[column.clone()]).unwrap_or(0));
        figures.collect::<Vec<u64>>()
    };
    TraceEntry {
        name: trace.name().visible().into_owned(),
        path: input.path.visible().into_owned(),
        ops: trace.ops().len(),
        line_ops: packed.add(breaks.iter().map(|op| *op as u64)),
        lines: packed.add(breaks.iter().map(|op| trace.line(*op).into())),
        blocks: blocks.all,
        born,
        lives,
        id,
        bytes,
        call,
        columns: columns.len(),
        least_payload: packed.add(of_columns(|bytes| bytes.iter().min().copied())),
        most_payload: packed.add(of_columns(|bytes| bytes.iter().max().copied())),
        peak_payload_bytes: trace.peak_payload_bytes(),
        heaps,
    }
}

/// Returns the operations that do not stand on the line after that of the operation before.
fn line_breaks(trace: &Trace) -> impl Iterator<Item = usize> {
    let follows = |op: &usize| *op > 0 && trace.line(*op) == trace.line(*op - 1) + 1;
    (0..trace.ops().len()).filter(move |op| !follows(op))
}

fn heap_entry<'a>(
    results: &'a Results,
    cell: &'a Cell,
    blocks: &Blocks,
    shown_by: ShownBy<'_>,
    packed: &mut Packed,
) -> HeapEntry<'a> {
    let (name, input) = (&results.heaps[cell.heap], &results.inputs[cell.input]);
    HeapEntry {
        name,
        command: shown_by(name, &input.path),
        check: check_sentence(cell, input.trace.ops().len(), &shown_by(name, &input.path)),
        fault: cell.fault.as_ref(),
        run: cell
            .gathered
            .as_ref()
            .map(|run| run_entry(run, &input.trace, (blocks, results.common.align_bytes), packed)),
    }
}

/// Returns which check was made, and what came of it; `command` makes it whole.
fn check_sentence(cell: &Cell, ops: usize, command: &str) -> String {
    let looked = "each load and store was looked at";
    let Some(checked) = cell.checked else {
        return "Not checked access by access: a call is wrong already.".to_owned();
    };
    if cell.fault.is_some() {
        return format!("Found by the check, in which {looked}: no result of a call shows it.");
    }
    if checked.ops == ops && checked.bad_pointers {
        return format!("Checked: {looked}, and no fault was found.");
    }
    let part = match checked.ops < ops {
        true => format!(" in the first {} of {ops} operations", checked.ops),
        false => String::new(),
    };
    let tried = if checked.bad_pointers { "" } else { ", no bad pointer was tried" };
    format!(
        "Checked in part: {looked}{part}{tried}, and no fault was found. All is checked by: \
         {command}"
    )
}

fn run_entry(
    run: &Gathered,
    trace: &Trace,
    (blocks, align_bytes): (&Blocks, u32),
    packed: &mut Packed,
) -> RunEntry {
    let facts = &run.facts;
    let worst = run.worst.map(|worst| WorstEntry {
        op_index: worst.op_index,
        line: trace.line(worst.op_index),
        operation: trace.ops()[worst.op_index].to_string(),
        loads: worst.loads,
        stores: worst.stores,
    });
    let costs = &run.costs;
    RunEntry {
        ops: facts.ops,
        peak_payload_bytes: facts.peak_payload_bytes,
        heap_bytes: facts.heap_bytes,
        utilization: facts.utilization(),
        sbrk_calls: facts.sbrk_calls,
        loads: facts.loads,
        stores: facts.stores,
        worst,
        peak: sample_entry(&run.waste.peak, trace),
        largest: sample_entry(&run.waste.largest, trace),
        cost: run.waste.cost(),
        diagnosis: run.waste.diagnosis(trace),
        heap_start: run.heap_start,
        addrs: packed.add(blocks.shown_of(&run.addrs).map(|addr| (addr / align_bytes).into())),
        least_heap: packed.add(run.heap_bytes.iter().map(|(least, _)| (*least).into())),
        most_heap: packed.add(run.heap_bytes.iter().map(|(_, most)| (*most).into())),
        total_touches: packed.add(costs.iter().map(|cost| cost.total)),
        least_touches: packed.add(costs.iter().map(|cost| cost.least)),
        most_touches: packed.add(costs.iter().map(|cost| cost.most)),
        most_touches_op: packed.add(costs.iter().map(|cost| cost.most_op as u64)),
        touches: run.touches.as_ref().map(|touches| packed.add(touches.iter().copied())),
        samples: samples(run, &run.waste, packed),
    }
}

fn sample_entry(sample: &Sample, trace: &Trace) -> SampleEntry {
    SampleEntry {
        ops_done: sample.ops_done,
        line: sample.op_index().map(|index| trace.line(index)),
        heap_bytes: sample.heap_bytes(),
        counts: sample.counts,
    }
}

fn samples(run: &Gathered, waste: &Waste, packed: &mut Packed) -> Samples {
    let mut add = |of: fn(&Sample) -> u64| packed.add(waste.samples.iter().map(of));
    let parts = [
        add(|sample| sample.counts.parts.payload_bytes.into()),
        add(|sample| sample.counts.parts.tag_bytes.into()),
        add(|sample| sample.counts.parts.padding_bytes.into()),
        add(|sample| sample.counts.parts.free_bytes.into()),
        add(|sample| sample.counts.parts.never_used_bytes.into()),
        add(|sample| sample.counts.parts.own_bytes.into()),
    ];
    let ops_done = add(|sample| sample.ops_done as u64);
    let live_blocks = add(|sample| sample.counts.live_blocks.into());
    let free_blocks = add(|sample| sample.counts.free_blocks.into());
    let largest_free_block_bytes = add(|sample| sample.counts.largest_free_block_bytes.into());
    let sizes = || {
        let samples = run.free_sizes.iter().enumerate();
        samples.flat_map(|(sample, sizes)| sizes.0.iter().map(move |size| (sample, *size)))
    };
    Samples {
        ops_done,
        parts,
        live_blocks,
        free_blocks,
        largest_free_block_bytes,
        free_sample: packed.add(sizes().map(|(sample, _)| sample as u64)),
        free_log2: packed.add(sizes().map(|(_, (log2, ..))| log2.into())),
        free_count: packed.add(sizes().map(|(_, (_, blocks, _))| blocks.into())),
        free_bytes: packed.add(sizes().map(|(_, (_, _, bytes))| bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checked;

    #[test]
    fn what_is_not_checked_is_said() {
        let cell = |checked| Cell { input: 0, heap: 0, fault: None, checked, gathered: None };
        let said = |checked| check_sentence(&cell(checked), 9, "heaplab check quick");
        let of = |ops, bad_pointers| said(Some(Checked { ops, bad_pointers }));
        let looked = "each load and store was looked at";
        let rest = "and no fault was found. All is checked by: heaplab check quick";
        assert_eq!(of(9, true), format!("Checked: {looked}, and no fault was found."));
        let none_tried = "no bad pointer was tried";
        assert_eq!(of(9, false), format!("Checked in part: {looked}, {none_tried}, {rest}"));
        let first = "in the first 5 of 9 operations";
        assert_eq!(
            of(5, false),
            format!("Checked in part: {looked} {first}, {none_tried}, {rest}")
        );
        assert!(said(None).starts_with("Not checked"));
    }
}
