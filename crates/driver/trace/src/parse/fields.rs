//! The fields of one line, and numbers.

use super::findings::Spot;
use super::lines::Line;
use crate::problem::{C_COMMENT, COMMENT};
use crate::{Field, Problem};

/// A line, read from left to right.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    line: &'a str,
    at: usize,
}

/// A run of characters without blanks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// Offset in the line, in bytes.
    pub(super) start: usize,
}

/// A problem and the bytes of the line it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) problem: Problem,
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Word<'_> {
    /// Returns the place of the word, on line number `line`.
    pub(super) fn spot(self, line: u32) -> Spot {
        Spot { line, start: self.start, len: self.text.len() }
    }

    /// Returns a fault that points at this word and what follows up to the byte `end`.
    pub(super) fn fault_to(self, end: usize, problem: Problem) -> Fault {
        Fault { problem, start: self.start, len: end.saturating_sub(self.start) }
    }

    /// Returns a fault that points at this word.
    pub(super) fn fault(self, problem: Problem) -> Fault {
        Fault { problem, start: self.start, len: self.text.len() }
    }
}

/// Returns whether a word is the letter of an operation of any dialect.
pub(super) fn is_operation(word: &str) -> bool {
    matches!(word, "a" | "f" | "r" | "w" | "c" | "m")
}

/// Returns whether a comment begins with this word: `#`, or `//` as in C.
#[inline]
pub(super) fn is_comment(word: &str) -> bool {
    word.starts_with('#') || word.starts_with("//")
}

impl Fault {
    /// Returns the fault of a comment, from byte `start` to the end of the line, in a dialect
    /// without such comments.
    pub(super) fn comment(line: Line<'_>, start: usize) -> Fault {
        Fault {
            problem: Problem::NotInDialect {
                what: if line.text[start..].starts_with('#') { COMMENT } else { C_COMMENT },
                dialect: None,
            },
            start,
            len: line.text.trim_end().len() - start,
        }
    }

    /// Returns the place of the fault, on line number `line`.
    pub(super) fn spot(&self, line: u32) -> Spot {
        Spot { line, start: self.start, len: self.len }
    }
}

impl<'a> Fields<'a> {
    #[inline]
    pub(super) fn new(line: &'a str) -> Self {
        Fields { line, at: 0 }
    }

    /// Returns the next word, if any.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Word<'a>> {
        let bytes = self.line.as_bytes();
        let mut start = self.at;
        while bytes.get(start).is_some_and(|byte| is_blank(*byte)) {
            start += 1;
        }
        let mut end = start;
        while bytes.get(end).is_some_and(|byte| !is_blank(*byte)) {
            end += 1;
        }
        self.at = end;
        // Blanks are ASCII, so `start` and `end` are character boundaries.
        (start < end).then(|| Word { text: &self.line[start..end], start })
    }

    /// Returns the next word, which must be there.
    #[inline]
    pub(super) fn expect(&mut self, field: Field, at_end_of_file: bool) -> Result<Word<'a>, Fault> {
        let missing = Problem::MissingField { field, at_end_of_file };
        match self.next() {
            // A comment ends the fields.
            Some(word) if is_comment(word.text) => Err(word.fault(missing)),
            Some(word) => Ok(word),
            None => Err(Fault { problem: missing, start: self.line.trim_end().len(), len: 0 }),
        }
    }
}

/// Returns whether a byte is a space, tab, or the carriage return of a line that has several.
#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c')
}

/// Reads a word as a number.
#[inline]
pub(super) fn number(word: Word<'_>, field: Field) -> Result<u64, Fault> {
    let bytes = word.text.as_bytes();
    // 19 digits always fit into 64 bits: the common case needs no overflow check.
    if bytes.len() > 19 {
        return number_slowly(word, field);
    }
    let mut value = 0u64;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return number_slowly(word, field);
        }
        value = value * 10 + u64::from(digit);
    }
    Ok(value)
}

/// Reads long numbers, and gives the reason why a word is not a number.
#[cold]
fn number_slowly(word: Word<'_>, field: Field) -> Result<u64, Fault> {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let problem = match word.text.strip_prefix('-') {
        Some(rest) if all_digits(rest) => Problem::Negative { field },
        _ if !all_digits(word.text) => Problem::NotANumber { field },
        _ => match word.text.parse() {
            Ok(value) => return Ok(value),
            Err(_) if field == Field::Size => Problem::SizeTooLarge,
            Err(_) => Problem::Overflow { field },
        },
    };
    Err(word.fault(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<u64, Problem> {
        let word = Word { text, start: 0 };
        number(word, Field::Id).map_err(|fault| fault.problem)
    }

    #[test]
    fn numbers_are_read_or_refused_with_a_reason() {
        let field = Field::Id;
        assert_eq!(read("0"), Ok(0));
        assert_eq!(read("0000000000000000000000007"), Ok(7));
        assert_eq!(read("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(read("18446744073709551616"), Err(Problem::Overflow { field }));
        assert_eq!(read("-3"), Err(Problem::Negative { field }));
        for junk in ["-", "+3", "3x", "x3", "3.5", "1e3", "0x10", "٣"] {
            assert_eq!(read(junk), Err(Problem::NotANumber { field }), "{junk}");
        }
    }

    #[test]
    fn words_are_split_at_blanks() {
        let mut fields = Fields::new(" a\t12  é \r");
        let words: Vec<_> =
            std::iter::from_fn(|| fields.next()).map(|word| (word.start, word.text)).collect();
        assert_eq!(words, [(1, "a"), (3, "12"), (7, "é")]);
    }
}
