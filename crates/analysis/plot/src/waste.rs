//! Where the bytes go over time: payload, tags, padding, free blocks, stacked; a panel for each
//! heap, all on one scale.

use crate::Portion;
use heaplab_inputs::Input;
use heaplab_pictures::style::Hatch;
use heaplab_pictures::{Area, Axis, Data, Key, Mark, Panel, Picture, Sample, Swatch};
use heaplab_support::{Error, Listener, grouped};
use heaplab_trace::Visible;
use heaplab_waste::{Parts, Waste, count_all};
use heaplab_worker::Common;
use std::sync::Arc;

/// A part of the heap.
struct Part {
    name: &'static str,
    /// Its name in data.
    word: &'static str,
    swatch: Swatch,
    bytes: fn(&Parts) -> u32,
}

const fn swatch(color: usize, hatch: Hatch) -> Swatch {
    Swatch { color, hatch }
}

/// From the bottom to the top: bytes that can't be given away first.
const PARTS: [Part; 6] = [
    Part {
        name: "payload",
        word: "payload",
        swatch: swatch(0, Hatch::Solid),
        bytes: |parts| parts.payload_bytes,
    },
    Part {
        name: "headers, footers",
        word: "tag",
        swatch: swatch(1, Hatch::Upright),
        bytes: |parts| parts.tag_bytes,
    },
    Part {
        name: "padding",
        word: "padding",
        swatch: swatch(4, Hatch::Rising),
        bytes: |parts| parts.padding_bytes,
    },
    Part {
        name: "the heap's own",
        word: "own",
        swatch: swatch(3, Hatch::Level),
        bytes: |parts| parts.own_bytes,
    },
    Part {
        name: "free",
        word: "free",
        swatch: swatch(2, Hatch::Falling),
        bytes: |parts| parts.free_bytes,
    },
    Part {
        name: "never used",
        word: "never-used",
        swatch: swatch(7, Hatch::Dots),
        bytes: |parts| parts.never_used_bytes,
    },
];

/// Counts the bytes of each heap on a trace, with this many samples over time.
///
/// # Errors
/// If the host can't do it.
pub fn wastes(
    common: Common,
    samples: u32,
    heaps: &[String],
    input: &Input,
    listener: &Arc<dyn Listener>,
) -> Result<Vec<Portion<Waste>>, Error> {
    let of_heap = |heap: &String| {
        Portion::find(heap, input, |input| {
            let results = count_all(common, samples, vec![heap.clone()], vec![input], listener)?;
            let cell = results.cells.into_iter().next();
            cell.map(|cell| cell.answer).ok_or_else(|| Error::new("error: a worker gave no answer"))
        })
    };
    heaps.iter().map(of_heap).collect()
}

/// Draws where the bytes of heaps go on a trace.
///
/// # Errors
/// If no heap gets through the first operation.
pub fn waste(
    input: &Input,
    portions: &[Portion<Waste>],
    align_bytes: u32,
) -> Result<Picture, Error> {
    let found = || portions.iter().filter_map(|portion| Some((portion, portion.found.as_ref()?)));
    if found().next().is_none() {
        return Err(no_picture(portions));
    }
    let highest = found().map(|(_, waste)| waste.largest_heap_bytes).max().unwrap_or(0);
    let panels: Vec<Panel> =
        found().map(|(portion, waste)| panel(portion, waste, input, highest)).collect();
    let key =
        |part: &Part| Key { sample: Sample::Area(part.swatch, 1.0), name: part.name.to_owned() };
    let samples = found().map(|(_, waste)| waste.samples.len()).max().unwrap_or(0);
    let how = format!(
        "{} samples over {} operations; the peak of payload and the largest heap are among them. \
         Payloads aligned to {align_bytes} bytes.",
        grouped(samples as u64),
        grouped(input.trace.ops().len() as u64)
    );
    Ok(Picture {
        kind: "waste",
        title: format!("Where the bytes go on {}", input.trace.name().visible()),
        description:
            "The bytes of the heap over the operations of a trace, stacked: payload, tags, \
                      padding, the heap's own, free, never used. A panel for each heap."
                .to_owned(),
        columns: if panels.len() > 1 { 2 } else { 1 },
        panel_height: if panels.len() > 1 { 300.0 } else { 380.0 },
        panels,
        legend: PARTS.iter().rev().map(key).collect(),
        remarks: [how].into_iter().chain(portions.iter().filter_map(Portion::remark)).collect(),
        data: vec![("trace", input.trace.name().to_owned()), ("align", align_bytes.to_string())],
    })
}

/// Returns why there is no picture.
pub(crate) fn no_picture<T>(portions: &[Portion<T>]) -> Error {
    let lines: Vec<String> = portions.iter().filter_map(Portion::remark).collect();
    Error::new(format!("error: no picture: every heap is at fault\n{}", lines.join("\n")))
}

/// Returns figures as one attribute.
pub(crate) fn list<T: ToString>(figures: impl Iterator<Item = T>) -> String {
    figures.map(|figure| figure.to_string()).collect::<Vec<_>>().join(" ")
}

fn panel(portion: &Portion<Waste>, waste: &Waste, input: &Input, highest: u32) -> Panel {
    let samples = &waste.samples;
    let mut below = vec![0_u32; samples.len()];
    let mut marks = Vec::new();
    for part in &PARTS {
        let bytes = || samples.iter().map(|sample| (part.bytes)(&sample.counts.parts));
        let edge = |((sample, below), bytes): ((&heaplab_waste::Sample, &u32), u32)| {
            [sample.ops_done as f64, f64::from(*below), f64::from(below + bytes)]
        };
        let edges = samples.iter().zip(&below).zip(bytes()).map(edge).collect();
        let data: Data = vec![("part", part.word.to_owned()), ("bytes", list(bytes()))];
        if bytes().any(|bytes| bytes > 0) {
            marks.push(Mark::Area(Area { edges, swatch: part.swatch, data }));
        }
        for (below, bytes) in below.iter_mut().zip(bytes()) {
            *below += bytes;
        }
    }
    let moment = |row: usize, what: &str, ops_done: usize| Mark::Upright {
        x: ops_done as f64,
        words: what.to_owned(),
        row,
        data: vec![("ops-done", ops_done.to_string())],
    };
    match (waste.peak.ops_done, waste.largest.ops_done) {
        (peak, largest) if peak == largest => marks.push(moment(0, "peak, largest heap", peak)),
        (peak, largest) => {
            marks.extend([moment(0, "payload peaks", peak), moment(1, "largest heap", largest)]);
        }
    }
    Panel {
        title: match waste.cost() {
            Some(cost) => format!("{}: utilization {:.2} %", portion.heap, cost.payload),
            None => portion.heap.clone(),
        },
        x: Axis::linear("operations", 0.0, input.trace.ops().len().max(1) as f64),
        y: Axis::bytes("heap", f64::from(highest) * 1.16),
        marks,
        data: vec![
            ("heap", portion.heap.clone()),
            ("ops", portion.ops.to_string()),
            ("peak-payload-bytes", waste.peak.counts.parts.payload_bytes.to_string()),
            ("heap-bytes", waste.largest_heap_bytes.to_string()),
            ("ops-done", list(samples.iter().map(|sample| sample.ops_done))),
        ],
    }
}
