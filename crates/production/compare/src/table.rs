//! The results for reading: times, memory, and the ranking.

use crate::WINE_NAME as NAME;
use crate::{Contender, Place, Results, Row, rank};
use anstyle::Style;
use heaplab_checks::{fault_paragraph, fault_place};
use heaplab_real::C_LIBRARY_NAME;
use heaplab_report::{FAULT, Grid, Group, Line, NONE, figure};
use heaplab_support::statistics::{compare, geometric_mean, spread};
use heaplab_trace::Visible;
use std::cmp::Ordering;

const BOLD: Style = Style::new().bold();

/// The texts above and below the tables.
const OF_TIMES: &str = "Nanoseconds per operation: the median turn, and the spread of the middle half of the turns.\n\
    * marks the fastest of the trace, and those that do not differ from it.";
const OF_MEMORY: &str = "Payload as a share of memory, when the payload is largest.\n\
    host %: of the pages that the process got from the host for it. heap %: of the heap segment, the lab's utilization.";
const TIMES_OF_WINE: &str = "wine is Wine's heap, not Windows' own. It was timed separately, not in turns with the others, and with a new heap\n\
    for each replay, which must first get its memory.";
const MEMORY_OF_WINE: &str = "wine is Wine's heap, not Windows' own. It has no host %; below the table is committed %: of the pages that\n\
    the program has committed for it, touched or not.";
const OF_RANKS: &str =
    "Over all traces: geometric means. Two differ if one was faster by 5 % in nine turns of ten.";

/// A table, and the text around it.
struct Part {
    above: String,
    grid: Grid,
    /// Whole lines, or empty.
    below: String,
}

/// Renders the tables, each with the text around it.
pub(crate) fn render(results: &Results, render: impl Fn(&Grid) -> String) -> String {
    let texts = parts(results).into_iter().map(|part| {
        let Part { above, grid, below } = part;
        let gap = if below.is_empty() { "" } else { "\n" };
        format!("{above}\n\n{}{gap}{below}", render(&grid))
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Returns a table for each measurement, with its explanation.
fn parts(results: &Results) -> Vec<Part> {
    let wine = results.contenders.iter().position(Contender::is_wine);
    let with_wine = |about: &str, of_wine: &str| match wine {
        Some(_) => format!("{about}\n{of_wine}"),
        None => about.to_owned(),
    };
    let mut parts = Vec::new();
    if results.timed {
        parts.push(Part {
            above: with_wine(OF_TIMES, TIMES_OF_WINE),
            grid: times(results),
            below: String::new(),
        });
    }
    if results.weighed {
        parts.push(Part {
            above: with_wine(OF_MEMORY, MEMORY_OF_WINE),
            grid: memory(results),
            below: wine.map_or(String::new(), |at| committed(results, at)),
        });
    }
    parts.extend(ranks(results).map(|grid| Part {
        above: OF_RANKS.to_owned(),
        grid,
        below: String::new(),
    }));
    parts
}

/// Returns the line with what Wine's heap has committed: the mean and the extremes.
fn committed(results: &Results, wine: usize) -> String {
    let share = |row: &Row| Some((100.0 * row.committed_share(wine)?, labels(row).swap_remove(0)));
    let mut shares: Vec<(f64, String)> = results.rows.iter().filter_map(share).collect();
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = shares.iter().map(|(percent, _)| percent).sum::<f64>() / shares.len().max(1) as f64;
    match &shares[..] {
        [] => String::new(),
        [_] => format!("{NAME}, committed %: {mean:.1}\n"),
        [least, .., most] => format!(
            "{NAME}, committed %: {mean:.1} on average, from {:.1} ({}) to {:.1} ({})\n",
            least.0, least.1, most.0, most.1
        ),
    }
}

/// Returns the contender that all are compared with: the C library's allocator if present.
pub(crate) fn base(results: &Results) -> usize {
    let mut contenders = results.contenders.iter();
    let of_c = contenders.position(|contender| contender.name == C_LIBRARY_NAME);
    of_c.unwrap_or(0)
}

fn times(results: &Results) -> Grid {
    let contenders = results.contenders.iter();
    let groups = contenders.map(|contender| Group::new(&contender.name, &["ns/op", "± %"]));
    let mean = |at: usize| {
        let medians = results.rows.iter().map(|row| row.cells[at].median_ns_per_op());
        let medians: Option<Vec<f64>> = medians.collect();
        let mean = medians.and_then(|medians| geometric_mean(medians.into_iter()));
        vec![nanoseconds(mean), String::new()]
    };
    Grid {
        labels: vec!["trace", "ops"],
        groups: groups.collect(),
        rows: results.rows.iter().map(times_of).collect(),
        footer: vec![Line {
            labels: vec!["geometric mean".to_owned(), String::new()],
            cells: (0..results.contenders.len()).map(mean).collect(),
        }],
    }
}

fn times_of(row: &Row) -> Line {
    let timed = row.cells.iter().filter_map(|cell| Some((cell.median_ns_per_op()?, cell)));
    let fastest = timed.min_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, cell)| cell);
    let cells = row.cells.iter().map(|cell| {
        if cell.fault.is_some() {
            return vec![FAULT.to_owned(), String::new()];
        }
        let is_fastest = fastest
            .is_some_and(|fastest| compare(&fastest.ns_per_op, &cell.ns_per_op) == Ordering::Equal);
        let mark = if is_fastest { "*" } else { "" };
        let spread = spread(&cell.ns_per_op).map(|spread| 100.0 * spread / 2.0);
        vec![format!("{}{mark}", nanoseconds(cell.median_ns_per_op())), figure(spread, 0)]
    });
    Line { labels: labels(row), cells: cells.collect() }
}

fn memory(results: &Results) -> Grid {
    let columns = |contender: &Contender| {
        if contender.is_production() { vec!["host %"] } else { vec!["host %", "heap %"] }
    };
    let cells = |of: &dyn Fn(usize, bool) -> Option<f64>| -> Vec<Vec<String>> {
        let contenders = results.contenders.iter().enumerate();
        contenders
            .map(|(at, contender)| {
                let columns = columns(contender);
                let is_heap = (0..columns.len()).map(|column| column == 1);
                is_heap
                    .map(|is_heap| figure(of(at, is_heap).map(|share| 100.0 * share), 1))
                    .collect()
            })
            .collect()
    };
    let share = |row: &Row, at: usize, is_heap: bool| {
        if is_heap { row.utilization(at) } else { row.resident_share(at) }
    };
    let rows = results.rows.iter().map(|row| Line {
        labels: labels(row),
        cells: cells(&|at, is_heap| share(row, at, is_heap)),
    });
    let mean = |at: usize, is_heap: bool| {
        let shares = results.rows.iter().map(|row| share(row, at, is_heap));
        let shares: Option<Vec<f64>> = shares.collect();
        shares.map(|shares| shares.iter().sum::<f64>() / shares.len().max(1) as f64)
    };
    Grid {
        labels: vec!["trace", "ops"],
        groups: results
            .contenders
            .iter()
            .map(|contender| Group::new(&contender.name, &columns(contender)))
            .collect(),
        rows: rows.collect(),
        footer: vec![Line { labels: vec!["mean".to_owned(), String::new()], cells: cells(&mean) }],
    }
}

/// Returns the table with a row for each contender; `None` if there are no times.
fn ranks(results: &Results) -> Option<Grid> {
    let base = base(results);
    let ranking = rank(results, base)?;
    let name = |at: usize| results.contenders[at].name.clone();
    let row = |place: &Place| {
        let of_trace = |(trace, ratio): &(String, f64)| {
            vec![figure(Some(*ratio), 2), trace.visible().into_owned()]
        };
        let ties = if place.ties.is_empty() {
            NONE.to_owned()
        } else {
            place.ties.iter().map(|&at| name(at)).collect::<Vec<_>>().join(" ")
        };
        Line {
            labels: vec![name(place.contender)],
            cells: vec![
                vec![
                    nanoseconds(Some(place.ns_per_op)),
                    figure(place.spread.map(|spread| 100.0 * spread / 2.0), 1),
                    figure(Some(place.ratio), 2),
                ],
                of_trace(&place.best),
                of_trace(&place.worst),
                vec![ties],
            ],
        }
    };
    let base = name(base);
    Some(Grid {
        labels: vec![""],
        groups: vec![
            Group::new(
                match ranking.traces {
                    1 => "1 trace".to_owned(),
                    traces => format!("{traces} traces"),
                },
                &["ns/op", "± %", "ratio"],
            ),
            Group::new(format!("best against {base}"), &["ratio", "trace"]),
            Group::new(format!("worst against {base}"), &["ratio", "trace"]),
            Group::new("", &["ties with"]),
        ],
        rows: ranking.places.iter().map(row).collect(),
        footer: Vec::new(),
    })
}

fn labels(row: &Row) -> Vec<String> {
    let trace = &row.input.trace;
    vec![trace.name().visible().into_owned(), trace.ops().len().to_string()]
}

/// Formats a time with about three significant figures: 1.23, 12.3, 123.
fn nanoseconds(value: Option<f64>) -> String {
    match value {
        Some(small) if small < 10.0 => figure(value, 2),
        Some(middle) if middle < 1000.0 => figure(value, 1),
        _ => figure(value, 0),
    }
}

/// Returns the text about contenders that are at fault.
pub fn told_faults(results: &Results) -> String {
    let paragraphs = results.faults().map(|(contender, row, fault)| {
        fault_paragraph(&contender.name, &fault_place(&row.input.path, fault), fault)
    });
    let text: String = paragraphs.collect();
    format!("{BOLD}at fault{BOLD:#}\n{text}")
}
