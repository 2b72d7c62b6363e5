//! A file in pieces of whole lines, so that a large one need not be in memory.
//!
//! ```text
//!  file     1\n5\n100000000\n160\na 0 16\n ... a 4 3|2\nf 4\n ...
//!           |<-------------- piece ------------>|
//!                             what is behind the last newline goes to the next piece
//! ```
//!
//! A file of one piece is read as it is. So is one that must be converted as a whole before it is
//! text with lines: UTF-16, and lines that end in carriage returns alone.

use super::findings::{Findings, GaveUp};
use super::piece::Piece;
use super::text;
use crate::Problem;
use std::borrow::Cow;
use std::io::Read;

/// How much of a large file is in memory at once.
pub(super) const PIECE_BYTES: usize = 1 << 22;

/// The most bytes of a file that must be converted as a whole, or of one line.
const MOST_WHOLE_BYTES: usize = 1 << 30;

/// The pieces of a file, one after the other.
pub(super) enum Pieces<'a, R> {
    /// One piece, which is all of it.
    Whole { text: Cow<'a, str>, is_taken: bool },
    /// Several.
    Parts(Parts<R>),
}

/// The position in a file of several pieces.
pub(super) struct Parts<R> {
    from: R,
    least_bytes: usize,
    /// The piece, and behind it the beginning of the next.
    buffer: Vec<u8>,
    /// Bytes before the piece that are not part of its text: a byte order mark.
    skipped_bytes: usize,
    /// Where the piece ends.
    piece_bytes: usize,
    lines_before: u32,
    /// Lines in the piece.
    lines: u32,
    is_first: bool,
    is_last: bool,
    /// Bytes that may still be read.
    allowance_bytes: u64,
    limit_bytes: usize,
}

impl<'a> Pieces<'a, &'a [u8]> {
    /// Returns the pieces of a file that is in memory already, and not packed.
    ///
    /// # Errors
    /// If it is not text, or too long.
    pub(super) fn whole(
        bytes: &'a [u8],
        limit_bytes: usize,
        findings: &mut Findings,
    ) -> Result<Self, GaveUp> {
        if bytes.len() > limit_bytes {
            findings.add_for_file(Problem::TooLong { limit_bytes });
            return Err(GaveUp);
        }
        Ok(Pieces::Whole { text: text::read(bytes, findings)?, is_taken: false })
    }
}

impl<R: Read> Pieces<'_, R> {
    /// Returns the pieces of the plain text in `from`, each of about `least_bytes`; all together
    /// at most `limit_bytes`.
    ///
    /// # Errors
    /// If it can't be read, or is not text.
    pub(super) fn new(
        mut from: R,
        least_bytes: usize,
        limit_bytes: usize,
        findings: &mut Findings,
    ) -> Result<Self, GaveUp> {
        let mut start = Vec::new();
        read_more(&mut from, &mut start, least_bytes, findings)?;
        let is_all = start.len() < least_bytes;
        if !is_all && !text::is_changed_as_a_whole(&start) {
            let allowance_bytes = (limit_bytes as u64).saturating_sub(start.len() as u64);
            return Ok(Pieces::Parts(Parts {
                from,
                least_bytes,
                buffer: start,
                skipped_bytes: 0,
                piece_bytes: 0,
                lines_before: 0,
                lines: 0,
                is_first: true,
                is_last: false,
                allowance_bytes,
                limit_bytes,
            }));
        }
        let limit_bytes = limit_bytes.min(MOST_WHOLE_BYTES);
        if !is_all {
            let room = limit_bytes.saturating_add(1).saturating_sub(start.len());
            read_more(&mut from, &mut start, room, findings)?;
        }
        if start.len() > limit_bytes {
            findings.add_for_file(Problem::TooLong { limit_bytes });
            return Err(GaveUp);
        }
        Ok(Pieces::Whole {
            text: Cow::Owned(text::read(&start, findings)?.into_owned()),
            is_taken: false,
        })
    }

    /// Returns the next piece; `None` behind the last.
    ///
    /// # Errors
    /// If it can't be read, or is not text.
    pub(super) fn next(&mut self, findings: &mut Findings) -> Result<Option<Piece<'_>>, GaveUp> {
        match self {
            Pieces::Whole { is_taken: true, .. } => Ok(None),
            Pieces::Whole { text, is_taken } => {
                *is_taken = true;
                Ok(Some(Piece::whole(text)))
            }
            Pieces::Parts(parts) => parts.next(findings),
        }
    }

    /// Returns the piece that [`Self::next`] returned last.
    pub(super) fn last(&self) -> Piece<'_> {
        match self {
            Pieces::Whole { text, .. } => Piece::whole(text),
            Pieces::Parts(parts) => parts.piece(),
        }
    }
}

impl<R: Read> Parts<R> {
    fn next(&mut self, findings: &mut Findings) -> Result<Option<Piece<'_>>, GaveUp> {
        if self.is_last {
            return Ok(None);
        }
        self.lines_before = self.lines_before.saturating_add(self.lines);
        self.buffer.drain(..self.piece_bytes);
        self.fill(findings)?;
        let bytes = &self.buffer[..self.piece_bytes];
        self.skipped_bytes = if self.is_first { text::mark_bytes(bytes) } else { 0 };
        self.is_first = false;
        self.lines = line_ends(bytes);
        let mut text = text::check(&bytes[self.skipped_bytes..], self.lines_before, findings)?;
        if self.is_last {
            let end = text::bytes_before_ctrl_z(text.as_bytes(), self.lines_before, findings);
            self.piece_bytes = self.skipped_bytes + end;
            text = &text[..end];
        }
        Ok(Some(Piece::new(text, self.lines_before)))
    }

    /// Reads until there is a whole piece in the buffer, or the rest of the file.
    fn fill(&mut self, findings: &mut Findings) -> Result<(), GaveUp> {
        let mut searched = 0;
        loop {
            if self.buffer.len() >= self.least_bytes {
                let new = &self.buffer[searched..];
                if let Some(newline) = memchr::memrchr(b'\n', new) {
                    self.piece_bytes = searched + newline + 1;
                    return Ok(());
                }
                if memchr::memchr(0, new).is_some() {
                    // This is not text, and may have no end.
                    self.piece_bytes = self.buffer.len();
                    self.is_last = true;
                    return Ok(());
                }
                searched = self.buffer.len();
            }
            if self.buffer.len() > MOST_WHOLE_BYTES {
                return Err(self.too_long(MOST_WHOLE_BYTES, findings));
            }
            let before = self.buffer.len();
            read_more(&mut self.from, &mut self.buffer, self.least_bytes, findings)?;
            let read = self.buffer.len() - before;
            if read as u64 > self.allowance_bytes {
                return Err(self.too_long(self.limit_bytes, findings));
            }
            self.allowance_bytes -= read as u64;
            if read < self.least_bytes {
                self.piece_bytes = self.buffer.len();
                self.is_last = true;
                return Ok(());
            }
        }
    }

    fn too_long(&mut self, limit_bytes: usize, findings: &mut Findings) -> GaveUp {
        findings.add_for_file(Problem::TooLong { limit_bytes });
        GaveUp
    }

    fn piece(&self) -> Piece<'_> {
        let bytes = &self.buffer[self.skipped_bytes..self.piece_bytes];
        // It was checked when it was read.
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Piece::new(text, self.lines_before)
    }
}

/// Appends `bytes` bytes, or as many as there are.
fn read_more(
    from: &mut impl Read,
    buffer: &mut Vec<u8>,
    bytes: usize,
    findings: &mut Findings,
) -> Result<(), GaveUp> {
    let read = from.take(bytes as u64).read_to_end(buffer);
    read.map(|_| ()).map_err(|error| findings.can_not_read(&error))
}

fn line_ends(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}
