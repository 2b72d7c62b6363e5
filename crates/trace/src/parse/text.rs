//! From bytes to lines of text.

use super::findings::{Findings, GaveUp, Spot};
use super::plain;
use crate::{Op, Problem, gzip};
use std::borrow::Cow;

/// Unpacks gzip; takes plain bytes as they are.
pub(super) fn unpack(bytes: &[u8], limit_bytes: usize) -> Result<Cow<'_, [u8]>, Problem> {
    if gzip::is_gzip(bytes) {
        gzip::decompress(bytes, limit_bytes).map(Cow::Owned)
    } else if bytes.len() > limit_bytes {
        Err(Problem::TooLong { limit_bytes })
    } else {
        Ok(Cow::Borrowed(bytes))
    }
}

/// The bytes as text, without a byte order mark.
pub(super) fn check<'a>(bytes: &'a [u8], findings: &mut Findings) -> Result<&'a str, GaveUp> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let invalid_at = match std::str::from_utf8(bytes) {
        Ok(text) => match memchr::memchr(0, bytes) {
            None => return Ok(text),
            Some(nul) => nul,
        },
        Err(error) => {
            memchr::memchr(0, &bytes[..error.valid_up_to()]).unwrap_or(error.valid_up_to())
        }
    };
    let problem = Problem::NotText { utf16 };
    if utf16 {
        findings.add_for_file(problem);
    } else {
        // What stands before the first bad byte is text, so its line can be shown.
        let lossy = String::from_utf8_lossy(&bytes[..invalid_at]) + "\u{fffd}";
        let line_start = lossy.rfind('\n').map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', &bytes[..invalid_at]).count() + 1;
        let spot = Spot {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            start: invalid_at - line_start,
            len: 1,
        };
        findings.add(problem, spot, &lossy);
    }
    Err(GaveUp)
}

/// The lines of a text, numbered from 1, without their ends.
#[derive(Clone)]
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
    pub(super) fn new(text: &'a str) -> Self {
        Lines {
            rest: Some(text).filter(|text| !text.is_empty()),
            number: 0,
        }
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
        let line = Line {
            number: self.number,
            text,
            unfinished: false,
        };
        Some((op, line))
    }

    /// How many bytes are left.
    pub(super) fn bytes_left(&self) -> usize {
        self.rest.map_or(0, str::len)
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

/// The text of line number `number`; empty when there is none.
pub(super) fn line_text(text: &str, number: u32) -> &str {
    Lines::new(text)
        .find(|line| line.number == number)
        .map_or("", |line| line.text)
}
