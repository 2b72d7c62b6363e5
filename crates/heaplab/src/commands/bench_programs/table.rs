//! The results for reading: medians, and each as a ratio to the C library's.

use super::measured::Measured;
use super::rounds::{Cell, Results, Row};
use crate::commands::compare::statistics::geometric_mean;
use crate::commands::run::grid::{FAULT, Grid, Group, Line, NONE, figure};
use crate::commands::run::{markdown, table};

/// What is said above the table.
const ABOUT: &str = "Whole processes: the median run. x: times the first malloc's.";

/// The table for a terminal.
pub fn render(results: &Results) -> String {
    format!("{ABOUT}\n\n{}", table::render(&grid(results)))
}

/// The same in Markdown.
pub fn render_markdown(results: &Results) -> String {
    format!("{ABOUT}\n\n{}", markdown::render(&grid(results)))
}

fn grid(results: &Results) -> Grid {
    let rows = results.rows.iter().flat_map(|row| {
        let cells = results.mallocs.iter().zip(&row.cells).enumerate();
        cells.map(|(place, (malloc, cell))| {
            let program = if place == 0 { row.program } else { "" };
            line(program, malloc, cell, &row.cells[0])
        })
    });
    Grid {
        labels: vec!["program", "malloc"],
        groups: vec![
            Group::new("elapsed", &["s", "± %", "x"]),
            Group::new("user", &["s"]),
            Group::new("most resident", &["MiB", "x"]),
            Group::new("", &["faults"]),
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
        return Line {
            labels,
            cells: vec![elapsed, none(1), none(2), none(1)],
        };
    }
    let mebibytes = cell
        .median(resident)
        .map(|bytes| bytes / f64::from(1 << 20));
    Line {
        labels,
        cells: vec![
            vec![
                figure(cell.median(elapsed), 3),
                figure(cell.spread().map(|spread| 100.0 * spread / 2.0), 0),
                figure(ratio(cell, base, elapsed), 2),
            ],
            vec![figure(cell.median(|run| run.user_seconds), 3)],
            vec![figure(mebibytes, 1), figure(ratio(cell, base, resident), 2)],
            vec![figure(
                cell.median(|run| (run.minor_faults + run.major_faults) as f64),
                0,
            )],
        ],
    }
}

/// For each malloc the geometric means of the ratios, over the programs that ran under
/// it.
fn means(results: &Results) -> Vec<Line> {
    let mean = |place: usize, of: &dyn Fn(&Measured) -> f64| {
        let ratios = |row: &Row| ratio(&row.cells[place], &row.cells[0], of);
        figure(geometric_mean(results.rows.iter().filter_map(ratios)), 2)
    };
    let line = |(place, malloc): (usize, &String)| Line {
        labels: vec![
            if place == 0 { "geometric mean" } else { "" }.to_owned(),
            malloc.clone(),
        ],
        cells: vec![
            vec![String::new(), String::new(), mean(place, &elapsed)],
            vec![String::new()],
            vec![String::new(), mean(place, &resident)],
            vec![String::new()],
        ],
    };
    results.mallocs.iter().enumerate().map(line).collect()
}

fn ratio(cell: &Cell, base: &Cell, of: impl Fn(&Measured) -> f64) -> Option<f64> {
    Some(cell.median(&of)? / base.median(&of)?)
}

fn elapsed(run: &Measured) -> f64 {
    run.elapsed_seconds
}

fn resident(run: &Measured) -> f64 {
    run.peak_resident_bytes as f64
}
