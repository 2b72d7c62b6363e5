//! The results for reading: one table for each dealing, and below it the factors of the means.

use super::{Fault, Ratios, Results, Row};
use anstyle::Style;
use heaplab_checks::{fault_paragraph, fault_place};
use heaplab_report::{FAULT, Grid, Group, Line, figure};
use heaplab_trace::{Dealing, Visible};

const BOLD: Style = Style::new().bold();

/// The explanation of the figures, printed below all tables.
const ABOUT: &str = "\
K=4: the bytes of four such heaps, each at its largest, divided by the bytes of one heap.
It is the product of two parts; their means are below its own:

- peaks apart: the sum of the heaps' payload peaks, divided by the peak of all payload
- fragmentation: bytes per byte of payload, at the peaks, divided by the same for one heap";

/// Renders the tables for a terminal.
pub(super) fn render(results: &Results, width: usize) -> String {
    let tables = results.dealings().into_iter().map(|(dealing, splits)| {
        let grid = heaplab_report::table(&grid(results, &splits), width);
        format!("{BOLD}{}{BOLD:#}\n\n{grid}", title(dealing))
    });
    tables.collect::<Vec<_>>().join("\n") + &closing(results)
}

/// Renders the tables in Markdown.
pub(super) fn render_markdown(results: &Results) -> String {
    let tables = results.dealings().into_iter().map(|(dealing, splits)| {
        let grid = heaplab_report::markdown(&grid(results, &splits));
        format!("{}:\n\n{grid}", title(dealing))
    });
    tables.collect::<Vec<_>>().join("\n") + &closing(results)
}

fn title(dealing: Dealing) -> &'static str {
    match dealing {
        Dealing::Class => "K heaps, each with the blocks of some size classes",
        Dealing::Turns => "K heaps, to which new blocks go in turns",
        Dealing::Thread => "K heaps, each with the blocks that some threads allocate",
    }
}

fn closing(results: &Results) -> String {
    let align_bytes = results.align_bytes;
    format!("\n{ABOUT}\n\npayloads aligned to {align_bytes} bytes\n")
}

/// Returns the table of one dealing: how far the peaks are apart, and each heap's factors.
fn grid(results: &Results, splits: &[usize]) -> Grid {
    let titles: Vec<String> =
        splits.iter().map(|&split| format!("K={}", results.splits[split].heaps)).collect();
    let group = |title: &str| Group { title: title.to_owned(), columns: titles.clone() };
    let heaps = results.heaps.iter().map(|heap| group(heap));
    Grid {
        labels: vec!["trace", "ops"],
        groups: [group("peaks apart")].into_iter().chain(heaps).collect(),
        rows: results.rows.iter().map(|row| line(row, splits)).collect(),
        footer: footer(results, splits),
    }
}

fn line(row: &Row, splits: &[usize]) -> Line {
    let peaks = splits.iter().map(|&split| ratio(row.peaks_apart(split)));
    let of_heap = |heap: usize| {
        let cells = splits.iter().map(|&split| match &row.cells[heap] {
            Ok(_) => ratio(row.ratios(heap, split).map(|ratios| ratios.factor)),
            Err(_) => FAULT.to_owned(),
        });
        cells.collect::<Vec<_>>()
    };
    let heaps = (0..row.cells.len()).map(of_heap);
    let trace = &row.input.trace;
    Line {
        labels: vec![trace.name().visible().into_owned(), trace.ops().len().to_string()],
        cells: [peaks.collect()].into_iter().chain(heaps).collect(),
    }
}

fn footer(results: &Results, splits: &[usize]) -> Vec<Line> {
    let line = |label: &str, peaks: Vec<String>, of: fn(Ratios) -> f64| {
        let of_heap = |heap: usize| {
            let means = splits.iter().map(|&split| results.mean(heap, split));
            means.map(|mean| ratio(mean.map(of))).collect::<Vec<_>>()
        };
        let heaps = (0..results.heaps.len()).map(of_heap);
        Line {
            labels: vec![label.to_owned(), String::new()],
            cells: [peaks].into_iter().chain(heaps).collect(),
        }
    };
    let means = splits.iter().map(|&split| ratio(results.mean_peaks_apart(split)));
    let nothing = || vec![String::new(); splits.len()];
    vec![
        line("geometric mean", means.collect(), |mean| mean.factor),
        line("= peaks apart", nothing(), |mean| mean.peaks_apart),
        line("x fragmentation", nothing(), |mean| mean.fragmentation),
    ]
}

fn ratio(value: Option<f64>) -> String {
    figure(value, 3)
}

/// Returns the text about heaps that are at fault.
pub fn told_faults(results: &Results) -> String {
    let paragraph = |(heap, fault): (&str, &Fault)| {
        let place = fault_place(&fault.path, &fault.report);
        fault_paragraph(heap, &place, &fault.report)
    };
    let text: String = results.faults().map(paragraph).collect();
    format!("{BOLD}at fault{BOLD:#}\n{text}")
}
