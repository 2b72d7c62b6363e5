//! The results as a Markdown table.

use super::grid::{Grid, Line};
use super::results::Results;
use super::summary::Summary;

/// Prints the table.
pub fn print(results: &Results, summary: &Summary) {
    let grid = Grid::new(results, summary);
    let groups = grid.groups.iter().flat_map(|group| {
        group
            .columns
            .iter()
            .map(move |column| format!("{} {column}", group.title))
    });
    let headers: Vec<String> = grid
        .labels
        .iter()
        .map(|&label| label.to_owned())
        .chain(groups)
        .collect();
    println!("| {} |", headers.join(" | "));
    println!("|---|{}", "---:|".repeat(headers.len() - 1));
    for line in &grid.rows {
        println!("{}", row(line, ""));
    }
    for line in &grid.footer {
        println!("{}", row(line, "**"));
    }
}

fn row(line: &Line, emphasis: &str) -> String {
    let emphasize = |text: &String| match text.is_empty() {
        true => String::new(),
        false => format!("{emphasis}{text}{emphasis}"),
    };
    let labels = line.labels.iter().map(emphasize);
    let cells = line.cells.iter().flatten().cloned();
    let cells: Vec<String> = labels
        .chain(cells)
        .map(|cell| cell.replace('|', "\\|"))
        .collect();
    format!("| {} |", cells.join(" | "))
}
