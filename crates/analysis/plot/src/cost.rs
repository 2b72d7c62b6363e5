//! What the operations of a trace cost: words that the allocator reads and writes, over time. Each
//! column spans the cheapest to the most expensive operation of a stretch, so no peak is lost; the
//! worst of all is named.

use crate::Portion;
use crate::waste::{list, no_picture};
use heaplab_cost::{Cost, Measure, Options, Stretch};
use heaplab_inputs::Input;
use heaplab_pictures::style::Hatch;
use heaplab_pictures::{Axis, Key, Mark, Panel, Picture, Point, Sample, Swatch};
use heaplab_run::{Checking, check_all};
use heaplab_support::{Error, Listener, grouped};
use heaplab_trace::Visible;
use heaplab_worker::{Common, FaultReport};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The columns of a picture, at most.
const COLUMNS: usize = 400;

const SPAN: Swatch = Swatch { color: 0, hatch: Hatch::Solid };
const MEAN: usize = 1;
const WORST: usize = 1;

/// Counts what the operations of a trace cost on each heap.
///
/// # Errors
/// If the host can't do it.
pub fn costs(
    common: Common,
    heaps: &[String],
    input: &Input,
    listener: &Arc<dyn Listener>,
) -> Result<Vec<Portion<Cost>>, Error> {
    let stretch_ops = NonZeroUsize::new(input.trace.ops().len().div_ceil(COLUMNS));
    let of_heap = |heap: &String| {
        Portion::find(heap, input, |input| {
            let checking = Checking {
                common,
                check_every: None,
                jobs: None,
                costs: Some(vec![Options { stretch_ops, ..Options::default() }]),
            };
            let heap = std::slice::from_ref(heap);
            let results = check_all(&checking, heap, vec![input], listener)?;
            let cell = results.rows.into_iter().flat_map(|row| row.cells).next();
            let cell = cell.ok_or_else(|| Error::new("error: a worker gave no answer"))?;
            let none = || FaultReport::of_the_whole("no-cost", "no cost was counted".to_owned());
            Ok(cell.verdict.and_then(|_| cell.cost.ok_or_else(none)))
        })
    };
    heaps.iter().map(of_heap).collect()
}

/// Draws what the operations of a trace cost on heaps.
///
/// # Errors
/// If no heap gets through the first operation.
pub fn cost(input: &Input, portions: &[Portion<Cost>], align_bytes: u32) -> Result<Picture, Error> {
    let found = || portions.iter().filter_map(|portion| Some((portion, portion.found.as_ref()?)));
    if found().next().is_none() {
        return Err(no_picture(portions));
    }
    let most = found().flat_map(|(_, cost)| &cost.stretches).map(|stretch| stretch.most).max();
    let most = most.unwrap_or(1).max(10) as f64;
    let panels: Vec<Panel> =
        found().map(|(portion, cost)| panel(portion, cost, input, most)).collect();
    let ops = input.trace.ops().len();
    let each = grouped(ops.div_ceil(COLUMNS) as u64);
    let how = format!(
        "A column is {each} operation{}; a touch is a load or a store of a word by the allocator. \
         Operations without touches stand at the bottom. Payloads aligned to {align_bytes} bytes.",
        if each == "1" { "" } else { "s" }
    );
    let key = |sample, name: &str| Key { sample, name: name.to_owned() };
    Ok(Picture {
        kind: "cost",
        title: format!("What operations cost on {}", input.trace.name().visible()),
        description: "Words that the allocator reads and writes for an operation, over the \
                      operations of a trace. A panel for each heap; the worst operation is named."
            .to_owned(),
        columns: if panels.len() > 1 { 2 } else { 1 },
        panel_height: if panels.len() > 1 { 300.0 } else { 380.0 },
        panels,
        legend: vec![
            key(Sample::Area(SPAN, 0.45), "cheapest to most expensive of a column"),
            key(Sample::Line(MEAN), "mean of a column"),
            key(Sample::Dot(WORST), "the worst operation"),
        ],
        remarks: [how].into_iter().chain(portions.iter().filter_map(Portion::remark)).collect(),
        data: vec![("trace", input.trace.name().to_owned()), ("align", align_bytes.to_string())],
    })
}

fn panel(portion: &Portion<Cost>, cost: &Cost, input: &Input, most: f64) -> Panel {
    let stretches = &cost.stretches;
    let middle = |stretch: &Stretch| stretch.first_op as f64 + stretch.ops as f64 / 2.0;
    let mean = |stretch: &Stretch| (stretch.loads + stretch.stores) as f64 / stretch.ops as f64;
    let span = |stretch: &Stretch| {
        let from = stretch.first_op as f64;
        // A column of equal operations is still seen.
        let high = (stretch.most as f64).max(stretch.least as f64 * 1.04).max(1.04);
        [from, from + stretch.ops as f64, stretch.least as f64, high]
    };
    let mut marks = vec![
        Mark::Cells {
            swatch: SPAN,
            opacity: 0.45,
            cells: stretches.iter().map(span).collect(),
            data: vec![
                ("first-op", list(stretches.iter().map(|stretch| stretch.first_op))),
                ("loads", list(stretches.iter().map(|stretch| stretch.loads))),
                ("stores", list(stretches.iter().map(|stretch| stretch.stores))),
                ("least", list(stretches.iter().map(|stretch| stretch.least))),
                ("most", list(stretches.iter().map(|stretch| stretch.most))),
            ],
        },
        Mark::Line {
            index: MEAN,
            points: stretches.iter().map(|stretch| [middle(stretch), mean(stretch)]).collect(),
            data: Vec::new(),
        },
    ];
    let touches = cost.get(Measure::Touches);
    let worst = touches.and_then(|touches| touches.worst);
    if let Some(worst) = worst {
        // The worker may have had the beginning only, with other lines.
        let line = input.trace.line(worst.op_index);
        let op = input.trace.ops()[worst.op_index].to_string();
        let data = vec![
            ("op", worst.op_index.to_string()),
            ("line", line.to_string()),
            ("touches", worst.value.to_string()),
        ];
        let at = Point { x: worst.op_index as f64 + 0.5, y: worst.value as f64, data };
        let name = format!("line {line}: {op}: {} touches", grouped(worst.value));
        marks.push(Mark::Dot { index: WORST, at, name: Some(name) });
    }
    let total = |measure| cost.get(measure).map_or(0, |summary| summary.total);
    let mean = cost.mean(Measure::Touches);
    Panel {
        title: match mean {
            Some(mean) => format!("{}: {mean:.1} touches an operation", portion.heap),
            None => portion.heap.clone(),
        },
        x: Axis::linear("operations", 0.0, input.trace.ops().len().max(1) as f64),
        y: Axis::decades("touches (words)", 1.0, most * 2.0),
        marks,
        data: vec![
            ("heap", portion.heap.clone()),
            ("ops", cost.ops.to_string()),
            ("touches", total(Measure::Touches).to_string()),
            ("loads", total(Measure::Loads).to_string()),
            ("stores", total(Measure::Stores).to_string()),
        ],
    }
}
