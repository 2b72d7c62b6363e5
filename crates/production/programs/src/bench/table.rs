//! The results for reading: medians, and each one's ratio to the C library's.

use super::measured::Measured;
use super::programs::Kind;
use super::rounds::{Cell, Results};
use heaplab_report::{FAULT, Grid, Group, Line, NONE, figure};
use heaplab_support::statistics::geometric_mean;

/// The text above the table.
const ABOUT: &str = "Whole processes: the median run, ± half the spread of the middle half of the runs. x: relative to the first malloc.";

/// Renders the table for a terminal.
pub(super) fn render(results: &Results, width: usize) -> String {
    format!("{ABOUT}\n\n{}", heaplab_report::table(&grid(results), width))
}

/// Renders the table in Markdown.
pub(super) fn render_markdown(results: &Results) -> String {
    format!("{ABOUT}\n\n{}", heaplab_report::markdown(&grid(results)))
}

fn grid(results: &Results) -> Grid {
    let rows = results.rows.iter().flat_map(|row| {
        let cells = results.mallocs.iter().zip(&row.cells).enumerate();
        cells.map(|(place, (malloc, cell))| {
            let program = if place == 0 { &row.program } else { "" };
            line(program, malloc, cell, &row.cells[0])
        })
    });
    Grid {
        labels: vec!["program", "malloc"],
        groups: vec![
            Group::new("elapsed", &["s", "± %", "x"]),
            Group::new("CPU", &["user s", "system s"]),
            Group::new("most resident", &["MiB", "± %", "x"]),
            Group::new("page faults", &["minor", "major"]),
        ],
        rows: rows.collect(),
        footer: means(results),
    }
}

fn line(program: &str, malloc: &str, cell: &Cell, base: &Cell) -> Line {
    let labels = vec![program.to_owned(), malloc.to_owned()];
    if cell.fault.is_some() {
        let none = |columns: usize| vec![NONE.to_owned(); columns];
        let elapsed = vec![FAULT.to_owned(), NONE.to_owned(), NONE.to_owned()];
        return Line { labels, cells: vec![elapsed, none(2), none(3), none(2)] };
    }
    let mebibytes = cell.median(resident).map(|bytes| bytes / f64::from(1 << 20));
    let half_spread = |spread: Option<f64>| figure(spread.map(|spread| 100.0 * spread / 2.0), 0);
    Line {
        labels,
        cells: vec![
            vec![
                figure(cell.median(elapsed), 3),
                half_spread(cell.spread(elapsed)),
                figure(ratio(cell, base, elapsed), 2),
            ],
            vec![
                figure(cell.median(|run| run.user_seconds), 3),
                figure(cell.median(|run| run.system_seconds), 3),
            ],
            vec![
                figure(mebibytes, 1),
                half_spread(cell.spread(resident)),
                figure(ratio(cell, base, resident), 2),
            ],
            vec![
                figure(cell.median(|run| run.minor_faults as f64), 0),
                figure(cell.median(|run| run.major_faults as f64), 0),
            ],
        ],
    }
}

/// Returns for each malloc the geometric means of the ratios over the programs that ran under it,
/// separately for each kind of program.
fn means(results: &Results) -> Vec<Line> {
    let kinds = [(Kind::Real, "programs, mean"), (Kind::Load, "loads, mean")];
    let mut lines = Vec::new();
    for (kind, title) in kinds {
        if results.rows.iter().any(|row| row.kind == kind) {
            let malloc =
                |(place, malloc): (usize, &String)| mean_line(results, kind, title, place, malloc);
            lines.extend(results.mallocs.iter().enumerate().map(malloc));
        }
    }
    lines
}

fn mean_line(results: &Results, kind: Kind, title: &str, place: usize, malloc: &str) -> Line {
    let mean = |of: &dyn Fn(&Measured) -> f64| figure(mean(results, kind, place, of), 2);
    let empty = |columns: usize| vec![String::new(); columns];
    Line {
        labels: vec![if place == 0 { title } else { "" }.to_owned(), malloc.to_owned()],
        cells: vec![
            [empty(2), vec![mean(&elapsed)]].concat(),
            empty(2),
            [empty(2), vec![mean(&resident)]].concat(),
            empty(2),
        ],
    }
}

/// Returns the geometric mean of a figure's ratios to that of the first malloc, over the programs
/// of a kind that ran under both.
fn mean(results: &Results, kind: Kind, place: usize, of: &dyn Fn(&Measured) -> f64) -> Option<f64> {
    let rows = results.rows.iter().filter(|row| row.kind == kind);
    let ratios = rows.filter_map(|row| ratio(&row.cells[place], &row.cells[0], of));
    geometric_mean(ratios)
}

/// Returns the ratio of two medians; `None` if one is missing or the base's is 0.
pub(super) fn ratio(cell: &Cell, base: &Cell, of: impl Fn(&Measured) -> f64) -> Option<f64> {
    let base = base.median(&of)?;
    (base > 0.0).then_some(cell.median(&of)? / base)
}

/// Returns the seconds from start to end.
pub(super) fn elapsed(run: &Measured) -> f64 {
    run.elapsed_seconds
}

/// Returns the peak of the largest process, in bytes.
pub(super) fn resident(run: &Measured) -> f64 {
    run.peak_resident_bytes as f64
}
