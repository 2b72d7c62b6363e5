//! Two columns, as wide as there is room. Lines that are too long continue below.

use super::align::{Cell, Kind, Piece, Row};
use super::{Comparison, Side};
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// The colours of what only one side has.
const LEFT: Style = AnsiColor::Red.on_default();
const RIGHT: Style = AnsiColor::Green.on_default();

/// Least width of a column of text; if there is less room, the terminal breaks the lines.
const NARROWEST: usize = 24;

/// Width of the gap between the columns.
const GUTTER: usize = 3;

/// Extra indentation of the rest of a broken line.
const HANGING: usize = 4;

/// Renders the comparisons for a terminal of `width` columns.
/// Of several, those without a difference are only named.
pub fn render(comparisons: &[Comparison], width: usize) -> String {
    let mut sections = Vec::new();
    let mut same: Vec<&str> = Vec::new();
    for comparison in comparisons {
        if comparisons.len() > 1 && comparison.is_same() {
            same.push(&comparison.section);
        } else {
            sections.push(Layout::new(comparison, width).render(comparison));
        }
    }
    if let [first, ..] = comparisons
        && !same.is_empty()
    {
        sections.push(format!(
            "{BOLD}the same in {} and {}{BOLD:#}: {}\n",
            first.left.name,
            first.right.name,
            same.join(", ")
        ));
    }
    sections.join("\n")
}

/// Widths of the columns.
struct Layout {
    /// Of the line numbers, left and right.
    numbers: [usize; 2],
    /// Of the text on each side.
    text: usize,
}

impl Layout {
    fn new(comparison: &Comparison, width: usize) -> Layout {
        let digits = |cell: fn(&Row) -> Option<&Cell>| {
            let numbers = comparison.rows.iter().filter_map(cell);
            let last = numbers.map(|cell| cell.number).max();
            last.map_or(0, |number| number.to_string().len())
        };
        let numbers = [digits(|row| row.left.as_ref()), digits(|row| row.right.as_ref())];
        // A blank after each number.
        let taken = numbers[0] + numbers[1] + 2 + GUTTER;
        let text = (width.saturating_sub(taken) / 2).max(NARROWEST);
        Layout { numbers, text }
    }

    fn render(&self, comparison: &Comparison) -> String {
        let Comparison { section, left, right, rows } = comparison;
        let mut text = format!("{BOLD}{section}{BOLD:#}");
        if comparison.is_same() {
            text += ": the same on both sides";
        }
        text += "\n";
        let left = self.head(left, self.numbers[0]);
        let right = self.head(right, self.numbers[1]);
        let column = |number: usize| number + 1 + self.text;
        for index in 0..left.len().max(right.len()) {
            let of = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
            let (left, right) = (of(&left), of(&right));
            let padding = " ".repeat(column(self.numbers[0]) + GUTTER - width_of(&left));
            text += format!("{left}{padding}{right}").trim_end();
            text += "\n";
        }
        let rule = column(self.numbers[0]) + GUTTER + column(self.numbers[1]);
        text += &format!("{FAINT}{}{FAINT:#}\n", "─".repeat(rule));
        for row in rows {
            text += &self.row(row);
        }
        text
    }

    /// Returns a side's name and file, or why it has no file, in as many lines as needed.
    fn head(&self, side: &Side, number: usize) -> Vec<String> {
        let text = match &side.place {
            Ok(path) if *path == side.name => path.clone(),
            Ok(path) => format!("{}: {path}", side.name),
            Err(why) => format!("{}: {why}", side.name),
        };
        let lines = wrap(&[Piece { text, changed: false }], number + 1 + self.text);
        let text = |line: Vec<Piece>| line.into_iter().map(|piece| piece.text).collect();
        lines.into_iter().map(text).collect()
    }

    /// Renders a row, in as many lines as the longer side takes.
    fn row(&self, row: &Row) -> String {
        let wrapped = |cell: &Option<Cell>| {
            let pieces = cell.as_ref().map(|cell| wrap(&cell.pieces, self.text));
            pieces.unwrap_or_default()
        };
        let (left, right) = (wrapped(&row.left), wrapped(&row.right));
        let sign = match row.kind {
            Kind::Same => ' ',
            Kind::Changed | Kind::Replaced => '|',
            Kind::Left => '<',
            Kind::Right => '>',
        };
        let mut text = String::new();
        for index in 0..left.len().max(right.len()) {
            let number = |cell: &Option<Cell>, width: usize| {
                let number = cell.as_ref().filter(|_| index == 0);
                let number = number.map_or(String::new(), |cell| cell.number.to_string());
                format!("{FAINT}{number:>width$}{FAINT:#}")
            };
            let [left_width, right_width] = self.numbers;
            text += &number(&row.left, left_width);
            let mut used = 0;
            if let Some(pieces) = left.get(index).filter(|pieces| !pieces.is_empty()) {
                text += &format!(" {}", styled(pieces, row.kind, LEFT));
                used = 1 + pieces.iter().map(|piece| width_of(&piece.text)).sum::<usize>();
            }
            // Only blanks would follow.
            if sign != ' ' || right.get(index).is_some() {
                text += &" ".repeat(1 + self.text - used.min(1 + self.text));
                text += &format!(" {sign}");
            }
            if let Some(pieces) = right.get(index) {
                text += &format!(" {}", number(&row.right, right_width));
                if !pieces.is_empty() {
                    text += &format!(" {}", styled(pieces, row.kind, RIGHT));
                }
            }
            text += "\n";
        }
        text
    }
}

/// Colours the pieces; in a changed line, those that changed.
fn styled(pieces: &[Piece], kind: Kind, style: Style) -> String {
    let text = |piece: &Piece| match kind {
        _ if !piece.changed || piece.text.trim().is_empty() => piece.text.clone(),
        Kind::Changed => {
            let style = style.bold();
            format!("{style}{}{style:#}", piece.text)
        }
        _ => format!("{style}{}{style:#}", piece.text),
    };
    pieces.iter().map(text).collect()
}

fn width_of(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Breaks the pieces of a line into lines of at most `width` columns, at a blank if there is one.
fn wrap(pieces: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let chars: Vec<(char, bool)> =
        pieces.iter().flat_map(|piece| piece.text.chars().map(|c| (c, piece.changed))).collect();
    let indent = chars.iter().take_while(|(c, _)| *c == ' ').count();
    let hanging = (indent + HANGING).min(width / 2);
    let mut lines = Vec::new();
    let mut rest = &chars[..];
    while !rest.is_empty() || lines.is_empty() {
        let lead = if lines.is_empty() { 0 } else { hanging };
        let first_word = if lines.is_empty() { indent } else { 0 };
        let end = line_end(rest, width - lead, first_word);
        let mut line = Vec::new();
        if lead > 0 {
            line.push(Piece { text: " ".repeat(lead), changed: false });
        }
        let (here, after) = rest.split_at(end);
        for run in here.chunk_by(|a, b| a.1 == b.1) {
            line.push(Piece { text: run.iter().map(|(c, _)| c).collect(), changed: run[0].1 });
        }
        lines.push(line);
        let blanks = after.iter().take_while(|(c, _)| *c == ' ').count();
        rest = &after[blanks..];
    }
    lines
}

/// Returns how many of the characters go on a line of `width` columns. It
/// is broken at a blank past `first_word`; if there is none or only far to
/// the left, at a call's arguments or between calls; else where it is full.
fn line_end(chars: &[(char, bool)], width: usize, first_word: usize) -> usize {
    let mut used = 0;
    let full = chars.iter().position(|(c, _)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    let Some(full) = full.map(|full| full.max(1)) else {
        return chars.len();
    };
    let last = |is_break: &dyn Fn(usize) -> bool| {
        let mut places = (first_word + 1..=full).rev();
        places.find(|&index| is_break(index))
    };
    let blank = last(&|index| chars[index].0 == ' ');
    let call = last(&|index| {
        let (before, here) = (chars[index - 1].0, chars[index].0);
        before == '(' && here != ')' || before == ')' && here == '.'
    });
    let mut end = match blank {
        Some(blank) if blank * 2 > full => blank,
        _ => blank.max(call).unwrap_or(full),
    };
    while end > 1 && chars[end - 1].0 == ' ' {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        let piece = Piece { text: text.to_owned(), changed: false };
        let text = |line: Vec<Piece>| line.into_iter().map(|piece| piece.text).collect();
        wrap(&[piece], width).into_iter().map(text).collect()
    }

    #[test]
    fn a_long_line_continues_on_the_next_rows() {
        assert_eq!(wrapped("", 10), [""]);
        assert_eq!(wrapped("0123456789", 10), ["0123456789"]);
        assert_eq!(
            wrapped("  let a = function(b, c);", 16),
            ["  let a =", "      function(", "      b, c);"]
        );
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "  ef", "  gh", "  ij"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrapped("\u{4e2d}\u{6587}\u{4e2d}", 4), ["\u{4e2d}\u{6587}", "  \u{4e2d}"]);
    }

    #[test]
    fn no_character_is_lost_in_a_narrow_column() {
        let text = "    let (before, after) = (self.prev_free(block), self.next_free(block));";
        let all: String = text.split_whitespace().collect();
        for width in 1..80 {
            let lines = wrapped(text, width);
            let found: String = lines.concat().split_whitespace().collect();
            assert_eq!(found, all, "{width}");
            assert!(lines.iter().all(|line| width_of(line) <= width));
        }
    }

    #[test]
    fn the_changed_part_of_a_line_is_colored() {
        let piece = |text: &str, changed| Piece { text: text.to_owned(), changed };
        let pieces = [piece("a ", false), piece("b", true)];
        let text = styled(&pieces, Kind::Changed, LEFT);
        assert_eq!(text, "a \u{1b}[1m\u{1b}[31mb\u{1b}[0m");
    }
}
