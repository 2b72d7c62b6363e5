//! The results as cells of text, for every output format.

use crate::{Cell, Means, Results, Row, Summary};
use heaplab_checks::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME};
use heaplab_cost::Measure;
use heaplab_report::{FAULT, Grid, Group, Line, NONE, figure, sparkline};
use heaplab_trace::Visible;

/// The columns of one heap, in the order they are shown in; a table has the ones that were asked
/// for.
#[derive(Default)]
struct Columns {
    utilization: String,
    touches: String,
    p99_touches: String,
    worst_line: String,
    speed: String,
    over_time: String,
}

impl Columns {
    fn titles(results: &Results) -> Vec<&'static str> {
        let mut titles = vec!["util %"];
        if results.costed {
            titles.extend(["touches/op", "p99", "worst line"]);
        }
        if results.timed {
            titles.push("Mops/s");
        }
        if results.over_time.is_some() {
            titles.push("heap over time");
        }
        titles
    }

    fn cells(self, results: &Results) -> Vec<String> {
        let mut cells = vec![self.utilization];
        if results.costed {
            cells.extend([self.touches, self.p99_touches, self.worst_line]);
        }
        if results.timed {
            cells.push(self.speed);
        }
        if results.over_time.is_some() {
            cells.push(self.over_time);
        }
        cells
    }
}

/// Returns the table of the results, with the means below.
pub(crate) fn grid(results: &Results, summary: &Summary) -> Grid {
    let mut groups: Vec<Group> =
        results.heaps.iter().map(|heap| Group::new(heap, &Columns::titles(results))).collect();
    for name in c_libraries(results) {
        groups.push(Group::new(*name, &["Mops/s"]));
    }
    Grid {
        labels: vec!["trace", "ops"],
        groups,
        rows: rows(results),
        footer: footer(results, summary),
    }
}

/// Returns the C library's columns: as it is, and with freed memory kept if that can be had.
fn c_libraries(results: &Results) -> &'static [&'static str] {
    match (results.timed, results.has_c_library_kept()) {
        (false, _) => &[],
        (true, false) => &[C_LIBRARY_NAME],
        (true, true) => &[C_LIBRARY_NAME, C_LIBRARY_KEPT_NAME],
    }
}

fn rows(results: &Results) -> Vec<Line> {
    let line = |(index, row): (usize, &Row)| {
        let over_time = over_time(results, index);
        let cells = row.cells.iter().zip(over_time);
        let cells =
            cells.map(|(cell, over_time)| Columns { over_time, ..columns(cell) }.cells(results));
        let mut cells: Vec<Vec<String>> = cells.collect();
        let of_c = [row.c_library, row.c_library_kept];
        for (_, timing) in c_libraries(results).iter().zip(of_c) {
            cells.push(vec![mega(timing.map(|timing| timing.ops_per_second()))]);
        }
        Line {
            labels: vec![
                row.input.trace.name().visible().into_owned(),
                row.input.trace.ops().len().to_string(),
            ],
            cells,
        }
    };
    results.rows.iter().enumerate().map(line).collect()
}

/// Returns the sparkline of each heap on a trace, all on one scale; empty ones if none were asked
/// for.
fn over_time(results: &Results, row: usize) -> Vec<String> {
    let Some(over_time) = &results.over_time else {
        return vec![String::new(); results.heaps.len()];
    };
    let heaps = &over_time.heap_bytes[row];
    let highest = heaps.iter().flatten().copied().max().unwrap_or(0);
    heaps.iter().map(|bytes| sparkline(bytes, highest, over_time.glyphs)).collect()
}

/// Returns the columns of one heap on one trace.
fn columns(cell: &Cell) -> Columns {
    let touches = cell.cost.as_ref().and_then(|cost| cost.get(Measure::Touches));
    let mean = cell.cost.as_ref().and_then(|cost| cost.mean(Measure::Touches));
    let worst = touches.and_then(|touches| touches.worst);
    let or_none = |number: Option<String>| number.unwrap_or_else(|| NONE.to_owned());
    Columns {
        utilization: match &cell.verdict {
            Ok(facts) => percent(facts.utilization()),
            Err(_) => FAULT.to_owned(),
        },
        touches: figure(mean, 1),
        p99_touches: or_none(touches.map(|touches| touches.p99.to_string())),
        worst_line: or_none(worst.map(|worst| worst.line.to_string())),
        speed: mega(cell.timing.map(|timing| timing.ops_per_second())),
        over_time: String::new(),
    }
}

fn footer(results: &Results, summary: &Summary) -> Vec<Line> {
    let line = |label: &str, of_heap: &dyn Fn(usize) -> Columns, of_c: [String; 2]| {
        let heaps = 0..results.heaps.len();
        let mut cells: Vec<Vec<String>> = heaps.map(|heap| of_heap(heap).cells(results)).collect();
        for (_, cell) in c_libraries(results).iter().zip(of_c) {
            cells.push(vec![cell]);
        }
        Line { labels: vec![label.to_owned(), String::new()], cells }
    };
    let empty = || [String::new(), String::new()];
    let none = || [NONE.to_owned(), NONE.to_owned()];
    let of_c = |figure: &dyn Fn(&Means) -> String| {
        [&summary.c_library, &summary.c_library_kept].map(figure)
    };
    let heap = |index: usize| &summary.heaps[index];
    let utilization = |index| Columns {
        utilization: percent(heap(index).means.utilization),
        ..Columns::default()
    };
    let mut lines = Vec::new();
    if results.has_mean_utilization() {
        lines.push(line("mean utilization", &utilization, none()));
    }
    // A row of dashes would not show why.
    if !results.has_mean_throughput() {
        return lines;
    }
    if results.costed {
        let touches = |index| Columns {
            touches: figure(results.mean_touches(index), 1),
            ..Columns::default()
        };
        lines.push(line("touches an operation", &touches, empty()));
    }
    if !results.timed {
        return lines;
    }
    let speed = |speed: String| Columns { speed, ..Columns::default() };
    lines.push(line(
        "total throughput",
        &|index| speed(mega(heap(index).means.total_ops_per_second)),
        of_c(&|means| mega(means.total_ops_per_second)),
    ));
    lines.push(line(
        "harmonic mean throughput",
        &|index| speed(mega(heap(index).means.harmonic_mean_ops_per_second)),
        of_c(&|means| mega(means.harmonic_mean_ops_per_second)),
    ));
    lines.push(line(
        &format!("times {C_LIBRARY_NAME}'s speed"),
        &|index| speed(figure(heap(index).vs_c_library, 2)),
        ["1.00".to_owned(), String::new()],
    ));
    if results.has_c_library_kept() {
        lines.push(line(
            &format!("times {C_LIBRARY_KEPT_NAME}'s speed"),
            &|index| speed(figure(heap(index).vs_c_library_kept, 2)),
            [String::new(), "1.00".to_owned()],
        ));
    }
    if !results.has_mean_utilization() || summary.rule.is_none() {
        return lines;
    }
    lines.push(line(
        "points",
        &|index| {
            let score = heap(index).score;
            Columns {
                utilization: figure(score.map(|score| score.utilization_points), 1),
                ..speed(figure(score.map(|score| score.throughput_points), 1))
            }
        },
        empty(),
    ));
    lines.push(line(
        "score of 100",
        &|index| speed(figure(heap(index).score.map(|score| score.points()), 1)),
        empty(),
    ));
    lines
}

fn percent(fraction: Option<f64>) -> String {
    figure(fraction.map(|fraction| 100.0 * fraction), 2)
}

/// Formats a rate in millions, with about three figures: 0.0123, 1.23, 12.3, 123.
fn mega(per_second: Option<f64>) -> String {
    let millions = per_second.map(|rate| rate / 1e6);
    match millions {
        Some(rate) if rate < 0.1 => figure(millions, 4),
        Some(rate) if rate < 10.0 => figure(millions, 2),
        _ => figure(millions, 1),
    }
}
