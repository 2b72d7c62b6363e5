//! The address x time portrait of heaps: every block as a rectangle, from the operation that made
//! it to the one that changed it, at its addresses. Fragmentation, placement and coalescing can be
//! seen in it.

use crate::portrait::{AskPortrait, Column, NO_BLOCK, Portrait, Run, Shape};
use crate::waste::list;
use heaplab_checks::{CheckAccesses, CheckSettings, Conditions, Validate};
use heaplab_film::{Failure, KnownFault};
use heaplab_inputs::Input;
use heaplab_pictures::style::Hatch;
use heaplab_pictures::{Axis, Key, Mark, Panel, Picture, Rect, Sample, Swatch};
use heaplab_support::{Error, Listener, Work, grouped};
use heaplab_trace::Visible;
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Common, Refusal};
use std::sync::Arc;

/// Host memory that a heap and its film may take, in bytes.
const HOST_BYTES: u64 = 3 << 30;

/// The moments that are looked at.
const COLUMNS: usize = 240;

/// Blocks that are drawn one by one, in all panels.
const MOST_BLOCKS: usize = 5000;

/// Rows of addresses, if there are more, in all panels.
const ROWS: usize = 320;

const ALLOCATED: Swatch = Swatch { color: 0, hatch: Hatch::Solid };
const FREE: Swatch = Swatch { color: 4, hatch: Hatch::Falling };

/// The shades of rows: up to this percentage of allocated bytes, and how much colour that is.
const SHADES: [(u8, f64); 4] = [(25, 0.25), (60, 0.45), (90, 0.7), (100, 1.0)];

/// A heap with its portrait, or why there is none.
pub type OfHeap = (String, Result<Portrait, Failure>);

/// Makes the portrait of each heap on a trace.
///
/// # Errors
/// If the host can't do it.
pub fn portraits(
    common: Common,
    heaps: &[String],
    input: &Input,
    listener: &Arc<dyn Listener>,
) -> Result<Vec<OfHeap>, Error> {
    let work = Work::begin(&**listener, "recording", Some(heaps.len()));
    let worker_options = WorkerOptions::told(listener, HOST_BYTES);
    // A picture of several heaps has not more in it than one of two.
    let share = heaps.len().max(2);
    let of_heap = |heap: &String| {
        let conditions = Conditions { common, refusal: Refusal::default(), bad_pointers: false };
        let settings =
            CheckSettings { heap: heap.clone(), trace: (&input.path).into(), conditions };
        let fault = fault(&settings, input, &worker_options)?;
        let ask = AskPortrait {
            settings,
            fault,
            columns: COLUMNS,
            most_blocks: MOST_BLOCKS / share,
            rows: (ROWS / share).max(20),
        };
        let outcome = do_one(&ask, &input.trace, &worker_options);
        work.done(heap);
        match (outcome, ask.fault) {
            (Ok(Ok(portrait)), _) => Ok((heap.clone(), Ok(portrait))),
            (Ok(Err(_)) | Err(_), Some(fault)) => Ok((heap.clone(), Err(fault.failure))),
            (Ok(Err(failed)), None) => {
                Ok((heap.clone(), Err(KnownFault::new(failed.fault, true).failure)))
            }
            (Err(error), None) => Err(error),
        }
    };
    heaps.iter().map(of_heap).collect()
}

/// Returns what is wrong with a heap on a trace. Only if something is, the operation is looked for
/// access by access, which takes longer.
fn fault(
    settings: &CheckSettings,
    input: &Input,
    worker_options: &WorkerOptions,
) -> Result<Option<KnownFault>, Error> {
    let validate = Validate {
        heap: settings.heap.clone(),
        trace: settings.trace.clone(),
        common: settings.conditions.common,
        check_every: None,
    };
    let Err(failed) = do_one(&validate, &input.trace, worker_options)? else {
        return Ok(None);
    };
    let check = CheckAccesses { settings: settings.clone(), until: None };
    let found = KnownFault::of_check(do_one(&check, &input.trace, worker_options)?);
    Ok(Some(found.unwrap_or_else(|| KnownFault::new(failed.fault, false))))
}

/// Draws where the blocks of heaps are.
///
/// # Errors
/// If no heap can be shown.
pub fn map(input: &Input, heaps: &[OfHeap], align_bytes: u32) -> Result<Picture, Error> {
    let shown =
        || heaps.iter().filter_map(|(heap, portrait)| Some((heap, portrait.as_ref().ok()?)));
    let faults = heaps.iter().filter_map(|(heap, portrait)| {
        let (failure, shown) = match portrait {
            Ok(portrait) => (portrait.failure.as_ref()?, portrait.facts.ops),
            Err(failure) => (failure, 0),
        };
        let line = input.trace.ops().get(shown).map(|_| input.trace.line(shown));
        let line = line.map_or(String::new(), |line| format!(" at line {line}"));
        Some(format!(
            "{heap} is at fault{line}: {}: {}; shown are the {shown} operations before.",
            failure.code, failure.message
        ))
    });
    let faults: Vec<String> = faults.collect();
    let hiding = shown().filter(|(_, portrait)| portrait.hides_blocks);
    let hiding: Vec<String> = hiding
        .map(|(heap, _)| {
            format!("{heap} does not show its blocks: these are payloads, and what lies between them may be free or not.")
        })
        .collect();
    if shown().next().is_none() {
        let lines = faults.join("\n");
        return Err(Error::new(format!("error: no picture: every heap is at fault\n{lines}")));
    }
    let highest = shown().map(|(_, portrait)| portrait.facts.peak_heap_bytes).max().unwrap_or(1);
    let panels: Vec<Panel> =
        shown().map(|(heap, portrait)| panel(heap, portrait, input, highest)).collect();
    let has_rows = shown().any(|(_, portrait)| matches!(portrait.shape, Shape::Rows { .. }));
    Ok(Picture {
        kind: "map",
        title: format!("Where the blocks are on {}", input.trace.name().visible()),
        description: "Addresses upwards from the start of the heap, operations to the right: each block is a rectangle, from \
                      the operation that made it to the one that changed it. A panel for each heap."
            .to_owned(),
        columns: 1,
        panel_height: if panels.len() > 1 { 320.0 } else { 420.0 },
        panels,
        legend: legend(has_rows),
        remarks: how(input, shown().map(|(_, portrait)| portrait), align_bytes)
            .into_iter()
            .chain(hiding)
            .chain(faults)
            .collect(),
        data: vec![("trace", input.trace.name().to_owned()), ("align", align_bytes.to_string())],
    })
}

fn legend(has_rows: bool) -> Vec<Key> {
    let key = |swatch, opacity, name: &str| Key {
        sample: Sample::Area(swatch, opacity),
        name: name.to_owned(),
    };
    if !has_rows {
        return vec![key(ALLOCATED, 1.0, "allocated block"), key(FREE, 1.0, "free block")];
    }
    let mut keys = vec![key(FREE, 1.0, "free")];
    let mut from = 0;
    for (to, opacity) in SHADES {
        let name = format!("{from} to {to} % allocated");
        // What is free in a row shows through.
        let sample = match to {
            100 => Sample::Area(ALLOCATED, opacity),
            _ => Sample::Over(FREE, ALLOCATED, opacity),
        };
        keys.push(Key { sample, name });
        from = to;
    }
    keys
}

/// Returns how the picture was sampled.
fn how<'a>(
    input: &Input,
    portraits: impl Iterator<Item = &'a Portrait>,
    align_bytes: u32,
) -> Option<String> {
    let portraits: Vec<&Portrait> = portraits.collect();
    let columns = portraits.iter().map(|portrait| portrait.columns.len()).max()?;
    let ops = input.trace.ops().len();
    let mut text = if columns >= ops {
        "The heap after every operation.".to_owned()
    } else {
        format!(
            "The heap at {columns} moments of {} operations, one in each stretch of equal length, and \
             at the peak of payload; a block that lives between two moments is not seen.",
            grouped(ops as u64)
        )
    };
    let rows = portraits.iter().filter_map(|portrait| match portrait.shape {
        Shape::Rows { row_bytes, .. } => Some(row_bytes),
        Shape::Blocks(_) => None,
    });
    if let Some(row_bytes) = rows.max() {
        text += &format!(
            " There are too many blocks to draw each: a row is {} bytes.",
            grouped(row_bytes.into())
        );
    }
    Some(format!("{text} Payloads aligned to {align_bytes} bytes."))
}

fn panel(heap: &str, portrait: &Portrait, input: &Input, highest: u32) -> Panel {
    let columns = &portrait.columns;
    let facts = &portrait.facts;
    let marks = match &portrait.shape {
        Shape::Blocks(runs) => blocks(runs, columns),
        Shape::Rows { row_bytes, columns: rows } => shades(rows, *row_bytes, columns),
    };
    Panel {
        title: match facts.utilization() {
            Some(share) => format!("{heap}: utilization {:.2} %", 100.0 * share),
            None => heap.to_owned(),
        },
        x: Axis::linear("operations", 0.0, input.trace.ops().len().max(1) as f64),
        y: Axis::bytes("address", f64::from(highest)),
        marks,
        data: vec![
            ("heap", heap.to_owned()),
            ("ops", facts.ops.to_string()),
            ("peak-payload-bytes", facts.peak_payload_bytes.to_string()),
            ("heap-bytes", facts.peak_heap_bytes.to_string()),
            ("ops-done", list(columns.iter().map(|column| column.done))),
            ("heap-bytes-then", list(columns.iter().map(|column| column.heap_bytes))),
            ("payload-bytes-then", list(columns.iter().map(|column| column.payload_bytes))),
            ("allocated-blocks", list(columns.iter().map(|column| column.allocated_blocks))),
            ("free-blocks", list(columns.iter().map(|column| column.free_blocks))),
        ],
    }
}

/// Returns from where to where columns reach, in operations: each shows the heap since the one
/// before.
fn span(columns: &[Column], first: usize, last: usize) -> [f64; 2] {
    let before = first.checked_sub(1).map_or(0, |before| columns[before].done);
    [before as f64, columns[last].done as f64]
}

fn blocks(runs: &[Run], columns: &[Column]) -> Vec<Mark> {
    let rect = |run: &Run| {
        let mut data = vec![("offset", run.offset.to_string()), ("bytes", run.bytes.to_string())];
        if let Some((id, payload_bytes)) = run.owner {
            data.extend([("id", id.to_string()), ("payload", payload_bytes.to_string())]);
        }
        Rect {
            x: span(columns, run.first, run.last),
            y: [f64::from(run.offset), f64::from(run.offset) + f64::from(run.bytes)],
            data,
        }
    };
    let rects = |is_allocated: bool, swatch: Swatch| Mark::Rects {
        swatch,
        rects: runs.iter().filter(|run| run.is_allocated == is_allocated).map(rect).collect(),
    };
    vec![rects(false, FREE), rects(true, ALLOCATED)]
}

fn shades(rows: &[Vec<u8>], row_bytes: u32, columns: &[Column]) -> Vec<Mark> {
    let cells = |is_so: &dyn Fn(u8) -> bool| {
        let most = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut cells = Vec::new();
        for row in 0..most {
            let y = [row, row + 1].map(|row| row as f64 * f64::from(row_bytes));
            let mut first = None;
            for column in 0..=rows.len() {
                let value = rows.get(column).and_then(|rows| rows.get(row)).copied();
                let is_so = value.is_some_and(|value| value != NO_BLOCK && is_so(value));
                match (is_so, first) {
                    (true, None) => first = Some(column),
                    (false, Some(from)) => {
                        let [left, right] = span(columns, from, column - 1);
                        cells.push([left, right, y[0], y[1]]);
                        first = None;
                    }
                    _ => {}
                }
            }
        }
        cells
    };
    let of = |swatch, opacity, cells| Mark::Cells { swatch, opacity, cells, data: Vec::new() };
    // Below partly allocated rows is what is free in them.
    let mut marks = vec![of(FREE, 1.0, cells(&|percent| percent <= 90))];
    let mut from = 0;
    for (to, opacity) in SHADES {
        marks.push(of(ALLOCATED, opacity, cells(&|percent| percent > from && percent <= to)));
        from = to;
    }
    marks
}
