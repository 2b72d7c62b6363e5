//! The results as cells of text.

use crate::{Bound, Bounds, Results};
use heaplab_report::{FAULT, Grid, Group, Line, figure};
use heaplab_run::{Cell, Row};
use heaplab_trace::Visible;

/// Returns the table, with means if there are several traces.
pub(crate) fn grid(results: &Results) -> Grid {
    let bounds = |title| Group::new(title, &["ceiling %", "packed %"]);
    let heaps = results.run.heaps.iter().map(|heap| Group::new(heap, &["util %"]));
    Grid {
        labels: vec!["trace", "peak payload"],
        groups: [bounds("no headers"), bounds("4-byte headers")].into_iter().chain(heaps).collect(),
        rows: results.run.rows.iter().zip(&results.bounds).map(line).collect(),
        footer: if results.run.rows.len() > 1 { vec![means(results)] } else { Vec::new() },
    }
}

fn line((row, bounds): (&Row, &Bounds)) -> Line {
    let bound = |bound| figures(bounds, bound).map(percent).to_vec();
    let heap = |cell: &Cell| match &cell.verdict {
        Ok(facts) => vec![percent(facts.utilization())],
        Err(_) => vec![FAULT.to_owned()],
    };
    let cells = [bound(&bounds.without_headers), bound(&bounds.with_headers)];
    Line {
        labels: vec![
            row.input.trace.name().visible().into_owned(),
            bounds.peak_payload_bytes.to_string(),
        ],
        cells: cells.into_iter().chain(row.cells.iter().map(heap)).collect(),
    }
}

/// Returns the means over the traces that count for utilization, and that have the figure.
fn means(results: &Results) -> Line {
    let counted = || {
        let rows = results.run.rows.iter().zip(&results.bounds);
        rows.filter(|(row, _)| row.counts_for_utilization())
    };
    let bound = |of: fn(&Bounds) -> &Bound| {
        let mean_of =
            |column: usize| mean(counted().map(|(_, bounds)| figures(bounds, of(bounds))[column]));
        [mean_of(0), mean_of(1)].map(percent).to_vec()
    };
    let heap = |heap: usize| {
        let cells = counted().map(|(row, _)| &row.cells[heap]);
        vec![percent(mean(cells.map(Cell::utilization)))]
    };
    let bounds = [bound(|bounds| &bounds.without_headers), bound(|bounds| &bounds.with_headers)];
    Line {
        labels: vec!["mean utilization".to_owned(), String::new()],
        cells: bounds.into_iter().chain((0..results.run.heaps.len()).map(heap)).collect(),
    }
}

/// Returns the utilizations of a heap at the ceiling, and of the packing.
fn figures(bounds: &Bounds, bound: &Bound) -> [Option<f64>; 2] {
    [
        bounds.utilization(bound.live_bytes),
        bound.packed_bytes.and_then(|bytes| bounds.utilization(bytes)),
    ]
}

/// Returns the mean of the figures that there are.
fn mean(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let figures: Vec<f64> = figures.flatten().collect();
    (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64)
}

fn percent(share: Option<f64>) -> String {
    figure(share.map(|share| share * 100.0), 2)
}
