//! A grid in Markdown.

use crate::{Grid, Line};

/// Returns a grid as a Markdown table.
pub fn render(grid: &Grid) -> String {
    let groups = grid.groups.iter().flat_map(|group| {
        group.columns.iter().map(move |column| format!("{} {column}", group.title))
    });
    let headers: Vec<String> =
        grid.labels.iter().map(|&label| label.to_owned()).chain(groups).collect();
    let mut text = format!("| {} |\n", headers.join(" | "));
    text += &format!("|---|{}\n", "---:|".repeat(headers.len() - 1));
    for line in &grid.rows {
        text += &(row(line, "") + "\n");
    }
    for line in &grid.footer {
        text += &(row(line, "**") + "\n");
    }
    text
}

fn row(line: &Line, emphasis: &str) -> String {
    let emphasize = |text: &String| {
        if text.is_empty() { String::new() } else { format!("{emphasis}{text}{emphasis}") }
    };
    let labels = line.labels.iter().map(emphasize);
    let cells = line.cells.iter().flatten().cloned();
    let cells: Vec<String> = labels.chain(cells).map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}
