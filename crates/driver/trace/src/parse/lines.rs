//! Cuts text into lines.

use super::plain;
use crate::Op;

/// The lines of a text, numbered, without their ends.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    rest: Option<&'a str>,
    number: u32,
}

/// One line and its number.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: u32,
    pub(super) text: &'a str,
    /// Whether it is the last and has no newline.
    pub(super) unfinished: bool,
}

impl<'a> Lines<'a> {
    /// Returns the lines of a text that stands behind `lines_before` other lines.
    pub(super) fn new(text: &'a str, lines_before: u32) -> Self {
        Lines { rest: Some(text).filter(|text| !text.is_empty()), number: lines_before }
    }

    /// Takes the next line if it is an operation in its plainest form, which
    /// nearly every line of nearly every file is.
    #[inline]
    pub(super) fn next_plain_op(&mut self) -> Option<(Op, Line<'a>)> {
        let rest = self.rest?;
        let (op, len) = plain::read(rest.as_bytes())?;
        let (text, rest) = rest.split_at(len);
        self.rest = Some(&rest[1..]).filter(|rest| !rest.is_empty());
        self.number = self.number.saturating_add(1);
        let line = Line { number: self.number, text, unfinished: false };
        Some((op, line))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.rest?;
        let newline = memchr::memchr(b'\n', rest.as_bytes());
        let (text, rest) = match newline {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        self.rest = Some(rest).filter(|rest| !rest.is_empty());
        self.number = self.number.saturating_add(1);
        Some(Line {
            number: self.number,
            text: text.strip_suffix('\r').unwrap_or(text),
            unfinished: newline.is_none(),
        })
    }
}
