//! A grid for reading in a terminal.

use crate::{Grid, Line};
use anstyle::Style;
use std::ops::Range;

const BOLD: Style = Style::new().bold();
const GAP: &str = "  ";

/// Returns a grid as a table; as several, with fewer groups each, if `width` columns are too few
/// for all of them side by side.
pub fn render(grid: &Grid, width: usize) -> String {
    let mut text = String::new();
    let mut start = 0;
    while start < grid.groups.len() {
        let fits = |end: &usize| Layout::new(grid, start..*end).width() <= width;
        let end = (start + 1..=grid.groups.len()).rev().find(fits).unwrap_or(start + 1);
        if start > 0 {
            text += "\n";
        }
        text += &Layout::new(grid, start..end).render();
        start = end;
    }
    text
}

/// Some of the groups, with the widths of their columns.
struct Layout<'a> {
    grid: &'a Grid,
    groups: Range<usize>,
    label_widths: Vec<usize>,
    /// For each shown group the widths of its columns.
    widths: Vec<Vec<usize>>,
}

impl<'a> Layout<'a> {
    fn new(grid: &'a Grid, groups: Range<usize>) -> Self {
        let lines = || grid.rows.iter().chain(&grid.footer);
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(width_of).max().unwrap_or(0);
        let label_widths = (0..grid.labels.len())
            .map(|label| {
                let cells = lines().map(|line| line.labels[label].as_str());
                widest(&mut cells.chain([grid.labels[label]]))
            })
            .collect();
        let widths = groups
            .clone()
            .map(|index| {
                let group = &grid.groups[index];
                let mut widths: Vec<usize> = (0..group.columns.len())
                    .map(|column| {
                        let cells = lines().map(|line| line.cells[index][column].as_str());
                        widest(&mut cells.chain([group.columns[column].as_str()]))
                    })
                    .collect();
                // A long title widens the first column under it.
                let missing = width_of(&group.title).saturating_sub(total(&widths));
                widths[0] += missing;
                widths
            })
            .collect();
        Layout { grid, groups, label_widths, widths }
    }

    fn width(&self) -> usize {
        let groups = self.widths.iter().map(|widths| GAP.len() + total(widths));
        total(&self.label_widths) + groups.sum::<usize>()
    }

    fn render(&self) -> String {
        let mut text = String::new();
        let groups = &self.grid.groups[self.groups.clone()];
        let mut titles = " ".repeat(total(&self.label_widths));
        for (group, widths) in groups.iter().zip(&self.widths) {
            titles += &format!("{GAP}{:>1$}", group.title, total(widths));
        }
        if !titles.trim().is_empty() {
            text += &format!("{BOLD}{}{BOLD:#}\n", titles.trim_end());
        }
        let header = Line {
            labels: self.grid.labels.iter().map(|&label| label.to_owned()).collect(),
            cells: self.grid.groups.iter().map(|group| group.columns.clone()).collect(),
        };
        text += &format!("{BOLD}{}{BOLD:#}\n", self.line(&header));
        let rule = format!("{}\n", "─".repeat(self.width()));
        text += &rule;
        for row in &self.grid.rows {
            text += &(self.line(row) + "\n");
        }
        if !self.grid.footer.is_empty() {
            text += &rule;
        }
        for row in &self.grid.footer {
            text += &(self.line(row) + "\n");
        }
        text
    }

    fn line(&self, line: &Line) -> String {
        let mut text = format!("{:<1$}", line.labels[0], self.label_widths[0]);
        for (label, width) in line.labels.iter().zip(&self.label_widths).skip(1) {
            text += &format!("{GAP}{label:>width$}");
        }
        let groups = &line.cells[self.groups.clone()];
        for (cell, width) in groups.iter().flatten().zip(self.widths.iter().flatten()) {
            text += &format!("{GAP}{cell:>width$}");
        }
        text.trim_end().to_owned()
    }
}

/// Returns the width of columns side by side.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

fn width_of(text: &str) -> usize {
    text.chars().count()
}
