//! Reads lines from a stream, however long the stream and its lines are.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is read. Lines of calls have some hundred bytes, or some thousand with
/// the names of C++ functions.
pub(crate) const LONGEST_LINE_BYTES: usize = 1 << 16;

/// A line without its end, which is `\n` or `\r\n`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Bytes(&'a [u8]),
    /// It is longer than [`LONGEST_LINE_BYTES`], and none of it is kept.
    Overlong,
}

/// The lines of a stream.
pub(crate) struct Lines<R> {
    from: BufReader<R>,
    line: Vec<u8>,
    /// How many lines were read.
    pub number: u64,
}

impl<R: Read> Lines<R> {
    pub fn new(from: R) -> Lines<R> {
        Lines { from: BufReader::with_capacity(1 << 16, from), line: Vec::new(), number: 0 }
    }

    /// Returns the next line, or `None` at the end. The last one may lack its end.
    ///
    /// # Errors
    /// If the stream can't be read further.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut length = 0;
        loop {
            let chunk = match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', chunk);
            let part = &chunk[..end.unwrap_or(chunk.len())];
            length += part.len();
            let room = LONGEST_LINE_BYTES - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.from.consume(used);
            if end.is_some() {
                length += 1;
                break;
            }
        }
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        if length > LONGEST_LINE_BYTES {
            return Ok(Some(Line::Overlong));
        }
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        Ok(Some(Line::Bytes(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(bytes);
        let mut all = Vec::new();
        while let Some(line) = lines.next().expect("a slice is readable") {
            all.push(match line {
                Line::Bytes(bytes) => Some(bytes.to_vec()),
                Line::Overlong => None,
            });
        }
        assert_eq!(lines.number as usize, all.len());
        all
    }

    fn some(text: &str) -> Option<Vec<u8>> {
        Some(text.as_bytes().to_vec())
    }

    #[test]
    fn line_ends_of_every_kind_are_read() {
        assert_eq!(all(b""), []);
        assert_eq!(all(b"\n\n"), [some(""), some("")]);
        assert_eq!(all(b"a\r\nb\nc"), [some("a"), some("b"), some("c")]);
        assert_eq!(all(b"a\rb"), [some("a\rb")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let mut bytes = vec![b'x'; 3 * LONGEST_LINE_BYTES];
        bytes.extend(b"\nnext\n");
        assert_eq!(all(&bytes), [None, some("next")]);
        let mut bytes = vec![b'x'; LONGEST_LINE_BYTES - 1];
        bytes.push(b'\n');
        assert!(all(&bytes)[0].is_some());
    }
}
