//! One column, in the form of `diff -u`, for pipes and mails. It is for reading:
//! lines are shifted to the left margin, so `patch` does not accept it.

use super::align::{Cell, Kind, Row};
use super::{Comparison, Side};
use anstyle::{AnsiColor, Style};

const BOLD: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const LEFT: Style = AnsiColor::Red.on_default();
const RIGHT: Style = AnsiColor::Green.on_default();

/// Renders the comparisons that differ, one after the other; a single one always.
pub fn render(comparisons: &[Comparison]) -> String {
    let shown =
        comparisons.iter().filter(|comparison| comparisons.len() == 1 || !comparison.is_same());
    shown.map(section).collect()
}

fn section(comparison: &Comparison) -> String {
    let file = |side: &Side| match &side.place {
        Ok(path) => path.clone(),
        Err(why) => format!("{}: {why}", side.name),
    };
    let mut text =
        format!("{BOLD}--- {}\n+++ {}{BOLD:#}\n", file(&comparison.left), file(&comparison.right));
    let span = |cell: fn(&Row) -> Option<&Cell>| {
        let cells: Vec<&Cell> = comparison.rows.iter().filter_map(cell).collect();
        let first = cells.first().map_or(0, |cell| cell.number);
        format!("{first},{}", cells.len())
    };
    text += &format!(
        "{PLACE}@@ -{} +{} @@ {}{PLACE:#}\n",
        span(|row| row.left.as_ref()),
        span(|row| row.right.as_ref()),
        comparison.section
    );
    // Lines that differ in one place: first all of the left, then all of the right.
    for rows in comparison.rows.chunk_by(|a, b| is_same(a) == is_same(b)) {
        if is_same(&rows[0]) {
            let cells = rows.iter().filter_map(|row| row.left.as_ref());
            text += &lines(cells, ' ', Style::new());
        } else {
            text += &lines(rows.iter().filter_map(|row| row.left.as_ref()), '-', LEFT);
            text += &lines(rows.iter().filter_map(|row| row.right.as_ref()), '+', RIGHT);
        }
    }
    text
}

fn is_same(row: &Row) -> bool {
    row.kind == Kind::Same
}

fn lines<'a>(cells: impl Iterator<Item = &'a Cell>, sign: char, style: Style) -> String {
    let line = |cell: &Cell| {
        let text: String = cell.pieces.iter().map(|piece| &*piece.text).collect();
        let line = format!("{sign}{text}");
        format!("{style}{}{style:#}\n", line.trim_end())
    };
    cells.map(line).collect()
}
