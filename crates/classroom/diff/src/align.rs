//! Aligns two texts: which line is shown beside which.
//!
//! ```text
//!  left         right
//!  a            a          Same: the lines that both sides have, by a line diff
//!  b x     |    b y        Changed: more alike than not, so paired with each other
//!  c       |    z          Replaced: what is left between those, in order
//!  d       <               Left, Right: no line is beside it
//! ```

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A line of a source, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    /// Its text.
    pub text: String,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// Whether the line beside has different text there.
    pub changed: bool,
}

/// One side of a row: the line's number, and its text in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The line's number in its file, from 1.
    pub number: usize,
    /// The text.
    pub pieces: Vec<Piece>,
}

/// Relation between the sides of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Both have the same text.
    Same,
    /// One became the other: the pieces show where.
    Changed,
    /// They are in the same place, and have little else in common.
    Replaced,
    /// Only the left one exists.
    Left,
    /// Only the right one exists.
    Right,
}

/// One row, with a line on at least one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The left line.
    pub left: Option<Cell>,
    /// The right line.
    pub right: Option<Cell>,
    /// The relation between the sides.
    pub kind: Kind,
}

/// Share of common characters from which two lines are paired.
const ALIKE: f64 = 0.5;

/// Limit of pairs of lines to compare: beyond it, the lines are set beside each other in order.
const MOST_PAIRS: usize = 40_000;

/// Returns the rows of two texts beside each other.
pub fn align(left: &[Line], right: &[Line]) -> Vec<Row> {
    let texts = |lines: &[Line]| -> Vec<String> {
        let texts = lines.iter().map(|line| line.text.clone());
        texts.collect()
    };
    // Patience looks first at lines that occur once: a
    // brace does not match one of a hundred others.
    let diff = capture_diff_slices(Algorithm::Patience, &texts(left), &texts(right));
    let mut rows = Vec::new();
    for op in diff {
        let (left, right) = (&left[op.old_range()], &right[op.new_range()]);
        match op {
            DiffOp::Equal { .. } => rows.extend(left.iter().zip(right).map(same)),
            _ => between(left, right, &mut rows),
        }
    }
    rows
}

fn same((left, right): (&Line, &Line)) -> Row {
    Row { left: Some(whole(left, false)), right: Some(whole(right, false)), kind: Kind::Same }
}

fn whole(line: &Line, changed: bool) -> Cell {
    let text = line.text.clone();
    Cell { number: line.number, pieces: vec![Piece { text, changed }] }
}

/// Aligns lines of which no two are the same: first those
/// that became each other, then the rest between them.
fn between(left: &[Line], right: &[Line], rows: &mut Vec<Row>) {
    let (mut i, mut j) = (0, 0);
    for (paired_left, paired_right) in pairs(left, right) {
        unpaired(&left[i..paired_left], &right[j..paired_right], rows);
        rows.push(changed(&left[paired_left], &right[paired_right]));
        (i, j) = (paired_left + 1, paired_right + 1);
    }
    unpaired(&left[i..], &right[j..], rows);
}

fn unpaired(left: &[Line], right: &[Line], rows: &mut Vec<Row>) {
    for index in 0..left.len().max(right.len()) {
        let cell = |lines: &[Line]| lines.get(index).map(|line| whole(line, true));
        let (left, right) = (cell(left), cell(right));
        let kind = match (&left, &right) {
            (Some(_), Some(_)) => Kind::Replaced,
            (Some(_), None) => Kind::Left,
            _ => Kind::Right,
        };
        rows.push(Row { left, right, kind });
    }
}

/// Pairs the lines that became each other, by index: of all
/// pairings that keep the order, one with most in common.
fn pairs(left: &[Line], right: &[Line]) -> Vec<(usize, usize)> {
    let (n, m) = (left.len(), right.len());
    if n * m > MOST_PAIRS {
        return Vec::new();
    }
    let alike = |i: usize, j: usize| {
        let share = in_common(&left[i].text, &right[j].text);
        if share < ALIKE { 0.0 } else { share }
    };
    let shares: Vec<Vec<f64>> = (0..n).map(|i| (0..m).map(|j| alike(i, j)).collect()).collect();
    // best[i][j]: the most in common of the lines from i and from j on.
    let mut best = vec![vec![0.0_f64; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let unpaired = best[i + 1][j].max(best[i][j + 1]);
            best[i][j] = unpaired.max(shares[i][j] + best[i + 1][j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < n && j < m {
        if shares[i][j] > 0.0 && best[i][j] == shares[i][j] + best[i + 1][j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i][j] == best[i + 1][j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Returns the share of characters, except blanks, that two lines have in common.
fn in_common(left: &str, right: &str) -> f64 {
    let length = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let all = length(left) + length(right);
    let (left, right) = (tokens(left), tokens(right));
    let diff = capture_diff_slices(Algorithm::Myers, &left, &right);
    let equal = diff.iter().filter(|op| matches!(op, DiffOp::Equal { .. }));
    let common: usize = equal.flat_map(|op| &left[op.old_range()]).map(|token| length(token)).sum();
    match all {
        0 => 0.0,
        _ => 2.0 * common as f64 / all as f64,
    }
}

/// Returns the row of two lines of which one became the other.
/// Their indentation is visible anyway, and is not marked.
fn changed(left: &Line, right: &Line) -> Row {
    let ((left_indent, left_text), (right_indent, right_text)) = (indent(left), indent(right));
    let (mut left_pieces, mut right_pieces) = (Pieces::default(), Pieces::default());
    left_pieces.add(&[left_indent], false);
    right_pieces.add(&[right_indent], false);
    let (left_tokens, right_tokens) = (tokens(left_text), tokens(right_text));
    for op in capture_diff_slices(Algorithm::Myers, &left_tokens, &right_tokens) {
        let changed = !matches!(op, DiffOp::Equal { .. });
        left_pieces.add(&left_tokens[op.old_range()], changed);
        right_pieces.add(&right_tokens[op.new_range()], changed);
    }
    let cell = |line: &Line, pieces: Pieces| Cell { number: line.number, pieces: pieces.smooth() };
    Row {
        left: Some(cell(left, left_pieces)),
        right: Some(cell(right, right_pieces)),
        kind: Kind::Changed,
    }
}

/// Splits a line into its indentation and the rest.
fn indent(line: &Line) -> (&str, &str) {
    let text = line.text.trim_start_matches(' ');
    line.text.split_at(line.text.len() - text.len())
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn add(&mut self, tokens: &[&str], changed: bool) {
        let text = tokens.concat();
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.changed == changed => last.text += &text,
            _ => self.0.push(Piece { text, changed }),
        }
    }

    /// Marks blanks between two changed pieces as changed:
    /// one long mark reads better than two short ones.
    fn smooth(mut self) -> Vec<Piece> {
        for index in 1..self.0.len().saturating_sub(1) {
            let is_blank = self.0[index].text.trim().is_empty();
            if is_blank && self.0[index - 1].changed && self.0[index + 1].changed {
                self.0[index].changed = true;
            }
        }
        let mut smooth = Pieces::default();
        for piece in &self.0 {
            smooth.add(&[&piece.text], piece.changed);
        }
        smooth.0
    }
}

/// Splits a line into words, runs of blanks, and single signs.
fn tokens(text: &str) -> Vec<&str> {
    #[derive(PartialEq)]
    enum Class {
        Word,
        Blank,
        Sign,
    }
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => Class::Word,
        _ if c.is_whitespace() => Class::Blank,
        _ => Class::Sign,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let goes_on = chars
            .peek()
            .is_some_and(|&(_, next)| class(c) != Class::Sign && class(next) == class(c));
        if !goes_on {
            tokens.push(&text[start..end]);
            start = end;
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        let number =
            |(index, text): (usize, &str)| Line { number: index + 1, text: text.to_owned() };
        text.lines().enumerate().map(number).collect()
    }

    /// Returns rows as `1 | 2`: the numbers, with a sign for their relation.
    fn shape(left: &str, right: &str) -> Vec<String> {
        let number = |cell: &Option<Cell>| {
            let number = cell.as_ref().map(|cell| cell.number.to_string());
            number.unwrap_or_default()
        };
        let shape = |row: &Row| {
            let sign = match row.kind {
                Kind::Same => '=',
                Kind::Changed => '~',
                Kind::Replaced => '|',
                Kind::Left => '<',
                Kind::Right => '>',
            };
            format!("{}{sign}{}", number(&row.left), number(&row.right))
        };
        let (left, right) = (lines(left), lines(right));
        let rows = align(&left, &right);
        // Whatever the rows are, no line is lost and none is shown twice.
        let side = |cell: fn(&Row) -> &Option<Cell>| -> Vec<Line> {
            let cells = rows.iter().filter_map(|row| cell(row).as_ref());
            let text = |cell: &Cell| cell.pieces.iter().map(|piece| &*piece.text).collect();
            let line = |cell: &Cell| Line { number: cell.number, text: text(cell) };
            cells.map(line).collect()
        };
        assert_eq!(side(|row| &row.left), left);
        assert_eq!(side(|row| &row.right), right);
        rows.iter().map(shape).collect()
    }

    #[test]
    fn common_lines_share_a_row() {
        assert_eq!(shape("a\nb\nc", "a\nc"), ["1=1", "2<", "3=2"]);
        assert_eq!(shape("a\nc", "a\nb\nc"), ["1=1", ">2", "2=3"]);
        assert_eq!(shape("", "a"), [">1"]);
        assert_eq!(shape("", ""), [""; 0]);
    }

    #[test]
    fn a_changed_line_is_beside_its_new_version() {
        let left = "let tag = block.header();\nfoo();";
        let right = "one();\ntwo();\nlet tag = block.footer();";
        assert_eq!(shape(left, right), [">1", ">2", "1~3", "2<"]);
    }

    #[test]
    fn lines_with_nothing_in_common_are_paired_in_order() {
        assert_eq!(shape("alpha\nbeta", "gamma"), ["1|1", "2<"]);
    }

    #[test]
    fn too_many_lines_to_compare_are_paired_in_order() {
        let many = |name: &str| {
            let lines = (0..300).map(|index| format!("{name} {index}\n"));
            lines.collect::<String>()
        };
        let rows = shape(&many("left"), &many("right"));
        assert_eq!((rows.len(), rows[0].as_str()), (300, "1|1"));
    }

    #[test]
    fn the_changed_part_of_a_line_is_marked() {
        let row = changed(
            &lines("self.mark_free(block, size - bytes);")[0],
            &lines("  self.mark_free(rest, size);")[0],
        );
        let marked = |cell: Option<Cell>| {
            let mark =
                |piece: Piece| if piece.changed { format!("[{}]", piece.text) } else { piece.text };
            let pieces = cell.unwrap().pieces.into_iter();
            pieces.map(mark).collect::<String>()
        };
        assert_eq!(marked(row.left), "self.mark_free([block], size[ - bytes]);");
        assert_eq!(marked(row.right), "  self.mark_free([rest], size);");
    }

    #[test]
    fn text_is_split_into_words_blanks_and_signs() {
        assert_eq!(
            tokens("a_1 +=  \u{e9}t\u{e9}::x"),
            ["a_1", " ", "+", "=", "  ", "\u{e9}t\u{e9}", ":", ":", "x"]
        );
    }
}
