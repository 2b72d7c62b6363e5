//! A line for each trace and heap: utilization and what it lacks to 100.

use crate::account;
use crate::{Cell, Cost, Results};
use anstyle::Style;
use heaplab_report::{Glyphs, Grid, Group, Line, SPARKLINE_WIDTH, sparkline};
use heaplab_trace::{Visible, Weight};

const BOLD: Style = Style::new().bold();

/// The columns of figures, in the order of [`Cost::figures`]; short, so that
/// the lines fit a narrow terminal.
const COLUMNS: [&str; 7] = ["util", "tags", "pad", "free", "unused", "own", "growth"];

/// Returns the table, with means if there are several traces.
pub(crate) fn render(results: &Results, glyphs: Option<Glyphs>) -> String {
    let names: Vec<_> = (results.inputs.iter()).map(|input| input.trace.name().visible()).collect();
    let trace_width = width(names.iter().map(AsRef::as_ref).chain(["trace", "mean of 00"]));
    let heap_width = width(results.heaps.iter().map(String::as_str).chain(["heap"]));
    let line = |trace: &str, heap: &str, cells: &[String]| {
        let mut line = format!("{trace:<trace_width$}  {heap:<heap_width$}");
        for cell in cells {
            line += &format!(" {cell:>6}");
        }
        line.trim_end().to_owned() + "\n"
    };
    let drawn_width = if glyphs.is_some() { 2 + SPARKLINE_WIDTH } else { 0 };
    let rule_width = trace_width + 2 + heap_width + 7 * COLUMNS.len() + drawn_width;
    let rule = "─".repeat(rule_width) + "\n";
    let header = line("trace", "heap", &COLUMNS.map(str::to_owned));
    let header = header.trim_end();
    let over_time = if glyphs.is_some() { "  heap over time" } else { "" };
    let mut text = format!("{BOLD}{header}{over_time}{BOLD:#}\n{rule}");
    let mut last = None;
    for cell in &results.cells {
        // A trace is named only once.
        let trace = if last == Some(cell.input) { "" } else { &names[cell.input] };
        last = Some(cell.input);
        let figures = line(trace, &results.heaps[cell.heap], &cells(cell));
        match glyphs.map(|glyphs| drawn(results, cell, glyphs)) {
            Some(drawn) if !drawn.is_empty() => {
                text += &format!("{}  {drawn}\n", figures.trim_end())
            }
            _ => text += &figures,
        }
    }
    if results.inputs.len() > 1 {
        text += &rule;
        for (heap, name) in results.heaps.iter().enumerate() {
            let (count, figures) = mean(results, heap);
            text += &line(&format!("mean of {count}"), name, &figures);
        }
    }
    text + EXPLAINED
}

pub(crate) const EXPLAINED: &str = "
util: peak payload in percent of the largest heap; the other columns fill it up
to 100: when payload peaks, headers and footers (tags), padding, free blocks,
free and never used, the heap's own; and growth at a different time
";

/// Returns the size of a heap over time, on the scale of all heaps on that trace.
fn drawn(results: &Results, cell: &Cell, glyphs: Glyphs) -> String {
    let bytes = |cell: &Cell| -> Vec<u64> {
        let samples = cell.answer.as_ref().map(|waste| waste.samples.as_slice());
        samples.unwrap_or_default().iter().map(|sample| sample.heap_bytes().into()).collect()
    };
    let beside = results.cells.iter().filter(|other| other.input == cell.input);
    let highest = beside.flat_map(bytes).max().unwrap_or(0);
    sparkline(&bytes(cell), highest, glyphs)
}

/// Returns the same as a grid, with a row for each trace and heap.
pub(crate) fn grid(results: &Results, glyphs: Option<Glyphs>) -> Grid {
    let filled = |mut cells: Vec<String>, drawn: Option<String>| {
        cells.resize(COLUMNS.len(), String::new());
        cells.extend(drawn);
        vec![cells]
    };
    let columns: Vec<&str> = COLUMNS.into_iter().chain(glyphs.map(|_| "heap over time")).collect();
    let line = |cell: &Cell| Line {
        labels: vec![
            results.inputs[cell.input].trace.name().visible().into_owned(),
            results.heaps[cell.heap].clone(),
        ],
        cells: filled(cells(cell), glyphs.map(|glyphs| drawn(results, cell, glyphs))),
    };
    let means = results.heaps.iter().enumerate().map(|(heap, name)| {
        let (count, figures) = mean(results, heap);
        Line {
            labels: vec![format!("mean of {count}"), name.clone()],
            cells: filled(figures, glyphs.map(|_| String::new())),
        }
    });
    Grid {
        labels: vec!["trace", "heap"],
        groups: vec![Group::new("", &columns)],
        rows: results.cells.iter().map(line).collect(),
        footer: match results.inputs.len() {
            0 | 1 => Vec::new(),
            _ => means.collect(),
        },
    }
}

fn cells(cell: &Cell) -> Vec<String> {
    match &cell.answer {
        Err(_) => vec!["FAULT".to_owned()],
        Ok(waste) => match waste.cost() {
            Some(cost) => shown(cost.figures()),
            None => vec!["-".to_owned()],
        },
    }
}

/// Returns the means over the traces that count for utilization and on which the heap has no fault,
/// and the number of these traces.
fn mean(results: &Results, heap: usize) -> (usize, Vec<String>) {
    let costs: Vec<Cost> = results
        .cells
        .iter()
        .filter(|cell| cell.heap == heap)
        .filter(|cell| {
            let weight = results.inputs[cell.input].trace.weight();
            matches!(weight, Weight::Both | Weight::Utilization)
        })
        .filter_map(|cell| cell.answer.as_ref().ok()?.cost())
        .collect();
    if costs.is_empty() {
        return (0, vec!["-".to_owned()]);
    }
    let mut sums = [0.0; COLUMNS.len()];
    for cost in &costs {
        for (sum, figure) in sums.iter_mut().zip(cost.figures()) {
            *sum += figure;
        }
    }
    let means = sums.map(|sum| sum / costs.len() as f64);
    (costs.len(), shown(means))
}

fn shown(figures: [f64; COLUMNS.len()]) -> Vec<String> {
    figures.map(account::decimals).to_vec()
}

fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}
