//! A problem with its place: what the reader reports.

use crate::Problem;
use std::fmt;
use std::ops::Range;

/// How severe a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The trace was refused.
    Error,
    /// The trace was accepted all the same.
    Warning,
}

/// A place in the source, with the text that stands there, so that a message can
/// be rendered without the source at hand (it may have been compressed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The line's text; of a very long line, the surroundings of the place.
    pub text: String,
    /// The part of `text` that is meant, in bytes. Empty at the end of a line.
    pub span: Range<usize>,
}

/// Characters of a line kept on each side of the place: enough for every real
/// line, little enough for a file that is all one line.
const CONTEXT_CHARS: usize = 500;

impl Place {
    /// Returns the place of the bytes `span` in line number `line`, whose text is `text`.
    pub(crate) fn new(line: u32, text: &str, span: Range<usize>) -> Place {
        let boundary = |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at));
        let start = boundary(span.start).unwrap_or(text.len());
        let end = boundary(span.end).unwrap_or(text.len()).max(start);
        let (before, rest) = text.split_at(start);
        let (meant, after) = rest.split_at(end - start);
        let column = u32::try_from(before.chars().count()).unwrap_or(u32::MAX - 1) + 1;

        let before = last_chars(before, CONTEXT_CHARS);
        let meant = first_chars(meant, CONTEXT_CHARS);
        let after = first_chars(after, CONTEXT_CHARS);
        Place {
            line,
            column,
            span: before.len()..before.len() + meant.len(),
            text: [before, meant, after].concat(),
        }
    }
}

fn first_chars(text: &str, count: usize) -> &str {
    match text.char_indices().nth(count) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn last_chars(text: &str, count: usize) -> &str {
    match text.char_indices().rev().nth(count.saturating_sub(1)) {
        Some((start, _)) => &text[start..],
        None => text,
    }
}

/// A problem that the reader reports about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its severity.
    pub severity: Severity,
    /// The problem.
    pub problem: Problem,
    /// Its place; `None` if the file as a whole is meant.
    pub place: Option<Place>,
    /// Another line that it contradicts, such as the first of two frees.
    pub other: Option<Place>,
}

/// All that the reader reports about a file, in the order of its lines.
///
/// Displays as plain text; [`Report::render`] can do colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The file, as the caller named it.
    pub file: String,
    /// The diagnostics, up to the reader's limit.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more were found than are listed.
    pub omitted: usize,
}

impl Report {
    /// Returns whether there are no diagnostics.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Returns how many diagnostics there are, listed or not.
    pub fn total(&self) -> usize {
        self.diagnostics.len() + self.omitted
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let place = Place::new(3, "a é 5 x", 7..8);
        assert_eq!((place.column, &place.text[place.span.clone()]), (7, "x"));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}!{}", "ä".repeat(10_000), "ö".repeat(10_000));
        let place = Place::new(1, &line, 20_000..20_001);
        assert_eq!(place.column, 10_001);
        assert_eq!(&place.text[place.span.clone()], "!");
        assert_eq!(place.text.chars().count(), 2 * CONTEXT_CHARS + 1);
    }

    #[test]
    fn a_span_past_the_end_points_to_the_end_of_the_line() {
        let place = Place::new(1, "a 7", 3..3);
        assert_eq!((place.column, place.span), (4, 3..3));
    }
}
