//! The results as cells of text, whatever they are then put into.

use super::results::Results;
use super::summary::Summary;

/// A table: for each group (a heap, the C library) the same few columns.
pub struct Grid {
    /// What the first columns say about a row.
    pub labels: Vec<&'static str>,
    pub groups: Vec<Group>,
    /// A row for each trace.
    pub rows: Vec<Line>,
    /// The means.
    pub footer: Vec<Line>,
}

/// Columns that belong together.
pub struct Group {
    pub title: String,
    pub columns: Vec<&'static str>,
}

/// One row: its labels, and for each group its cells.
pub struct Line {
    pub labels: Vec<String>,
    pub cells: Vec<Vec<String>>,
}

/// What stands where there is no figure.
const NONE: &str = "-";

/// A row with a fault: it has no figures.
const FAULT: &str = "FAULT";

impl Grid {
    pub fn new(results: &Results, summary: &Summary) -> Grid {
        let columns = match results.timed {
            true => vec!["util %", "Mops/s"],
            false => vec!["util %"],
        };
        let mut groups: Vec<Group> = results
            .heaps
            .iter()
            .map(|heap| Group {
                title: heap.clone(),
                columns: columns.clone(),
            })
            .collect();
        if results.timed {
            groups.push(Group {
                title: heaplab_real::C_LIBRARY_NAME.to_owned(),
                columns: vec!["Mops/s"],
            });
        }
        Grid {
            labels: vec!["trace", "ops"],
            groups,
            rows: rows(results),
            footer: footer(results, summary),
        }
    }
}

fn rows(results: &Results) -> Vec<Line> {
    let line = |row: &super::results::Row| {
        let mut cells: Vec<Vec<String>> = row
            .cells
            .iter()
            .map(|cell| {
                let utilization = match &cell.verdict {
                    Ok(facts) => percent(facts.utilization()),
                    Err(_) => FAULT.to_owned(),
                };
                let speed = mega(cell.timing.map(|timing| timing.ops_per_second()));
                with_speed(results, utilization, speed)
            })
            .collect();
        if results.timed {
            cells.push(vec![mega(
                row.c_library.map(|timing| timing.ops_per_second()),
            )]);
        }
        Line {
            labels: vec![
                row.input.trace.name().to_owned(),
                row.input.trace.ops().len().to_string(),
            ],
            cells,
        }
    };
    results.rows.iter().map(line).collect()
}

fn footer(results: &Results, summary: &Summary) -> Vec<Line> {
    let line = |label: &str, of_heap: &dyn Fn(usize) -> (String, String), c_library: String| {
        let heaps = 0..results.heaps.len();
        let mut cells: Vec<Vec<String>> = heaps
            .map(|heap| {
                let (left, right) = of_heap(heap);
                with_speed(results, left, right)
            })
            .collect();
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
    let mut lines = vec![line(
        "mean utilization",
        &|index| (percent(heap(index).means.utilization), empty()),
        NONE.to_owned(),
    )];
    if !results.timed {
        return lines;
    }
    lines.push(line(
        "total throughput",
        &|index| (empty(), mega(heap(index).means.total_ops_per_second)),
        mega(summary.c_library.total_ops_per_second),
    ));
    lines.push(line(
        "harmonic mean throughput",
        &|index| {
            (
                empty(),
                mega(heap(index).means.harmonic_mean_ops_per_second),
            )
        },
        mega(summary.c_library.harmonic_mean_ops_per_second),
    ));
    lines.push(line(
        "times the C library's speed",
        &|index| (empty(), figure(heap(index).vs_c_library, 2)),
        "1.00".to_owned(),
    ));
    lines.push(line(
        "points",
        &|index| match heap(index).score {
            Some(score) => (
                figure(Some(score.utilization_points), 1),
                figure(Some(score.throughput_points), 1),
            ),
            None => (NONE.to_owned(), NONE.to_owned()),
        },
        empty(),
    ));
    lines.push(line(
        "score of 100",
        &|index| {
            (
                empty(),
                figure(heap(index).score.map(|score| score.points()), 1),
            )
        },
        empty(),
    ));
    lines
}

fn with_speed(results: &Results, utilization: String, speed: String) -> Vec<String> {
    match results.timed {
        true => vec![utilization, speed],
        false => vec![utilization],
    }
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

fn figure(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(value) => format!("{value:.decimals$}"),
        None => NONE.to_owned(),
    }
}
