//! The results as cells of text, whatever they are then put into.

use crate::{Cell, Results, Row, Summary};
use heaplab_cost::Measure;
use heaplab_report::{FAULT, Grid, Group, Line, NONE, figure};
use heaplab_trace::Visible;

/// The columns of one heap, in the order they are shown in; a table has those
/// that were asked for.
#[derive(Default)]
struct Columns {
    utilization: String,
    touches: String,
    p99_touches: String,
    worst_line: String,
    speed: String,
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
        cells
    }
}

/// The table of what was found out, with the means below.
pub(crate) fn grid(results: &Results, summary: &Summary) -> Grid {
    let mut groups: Vec<Group> = results
        .heaps
        .iter()
        .map(|heap| Group::new(heap, &Columns::titles(results)))
        .collect();
    if results.timed {
        groups.push(Group::new(heaplab_checks::C_LIBRARY_NAME, &["Mops/s"]));
    }
    Grid {
        labels: vec!["trace", "ops"],
        groups,
        rows: rows(results),
        footer: footer(results, summary),
    }
}

fn rows(results: &Results) -> Vec<Line> {
    let line = |row: &Row| {
        let cells = row.cells.iter().map(|cell| columns(cell).cells(results));
        let mut cells: Vec<Vec<String>> = cells.collect();
        if results.timed {
            cells.push(vec![mega(
                row.c_library.map(|timing| timing.ops_per_second()),
            )]);
        }
        Line {
            labels: vec![
                row.input.trace.name().visible().into_owned(),
                row.input.trace.ops().len().to_string(),
            ],
            cells,
        }
    };
    results.rows.iter().map(line).collect()
}

/// One heap on one trace.
fn columns(cell: &Cell) -> Columns {
    let touches = cell
        .cost
        .as_ref()
        .and_then(|cost| cost.get(Measure::Touches));
    let mean = cell
        .cost
        .as_ref()
        .and_then(|cost| cost.mean(Measure::Touches));
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
    }
}

fn footer(results: &Results, summary: &Summary) -> Vec<Line> {
    let line = |label: &str, of_heap: &dyn Fn(usize) -> Columns, c_library: String| {
        let heaps = 0..results.heaps.len();
        let mut cells: Vec<Vec<String>> = heaps.map(|heap| of_heap(heap).cells(results)).collect();
        if results.timed {
            cells.push(vec![c_library]);
        }
        Line {
            labels: vec![label.to_owned(), String::new()],
            cells,
        }
    };
    let empty = String::new;
    let heap = |index: usize| &summary.heaps[index];
    let utilization = |index| Columns {
        utilization: percent(heap(index).means.utilization),
        ..Columns::default()
    };
    let mut lines = Vec::new();
    if results.has_mean_utilization() {
        lines.push(line("mean utilization", &utilization, NONE.to_owned()));
    }
    // A line of dashes would not say why.
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
    let speed = |speed: String| Columns {
        speed,
        ..Columns::default()
    };
    lines.push(line(
        "total throughput",
        &|index| speed(mega(heap(index).means.total_ops_per_second)),
        mega(summary.c_library.total_ops_per_second),
    ));
    lines.push(line(
        "harmonic mean throughput",
        &|index| speed(mega(heap(index).means.harmonic_mean_ops_per_second)),
        mega(summary.c_library.harmonic_mean_ops_per_second),
    ));
    lines.push(line(
        "times the C library's speed",
        &|index| speed(figure(heap(index).vs_c_library, 2)),
        "1.00".to_owned(),
    ));
    if !results.has_mean_utilization() {
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

/// Millions, with three figures or so: 0.0123, 1.23, 12.3, 123.
fn mega(per_second: Option<f64>) -> String {
    let millions = per_second.map(|rate| rate / 1e6);
    match millions {
        Some(rate) if rate < 0.1 => figure(millions, 4),
        Some(rate) if rate < 10.0 => figure(millions, 2),
        _ => figure(millions, 1),
    }
}
