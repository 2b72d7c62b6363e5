//! The problems found so far.

use super::piece::Piece;
use crate::{Diagnostic, Place, Problem, Report, Severity};
use std::io::{self, ErrorKind};

/// How many errors, and how many warnings, are listed; the rest is counted.
pub(super) const LISTED: usize = 10;

/// The text shown for a line of a large file that is no longer in memory.
const ELSEWHERE: &str = "...";

/// The reader can't continue; the findings say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GaveUp;

/// Some bytes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Spot {
    /// The line, from 1.
    pub(super) line: u32,
    /// Offset in the line, in bytes.
    pub(super) start: usize,
    /// How many bytes.
    pub(super) len: usize,
}

impl Spot {
    /// Returns the whole of a line, without blanks around it.
    pub(super) fn of_line(line: u32, piece: Piece<'_>) -> Spot {
        let line_text = piece.line(line).unwrap_or_default();
        let start = line_text.len() - line_text.trim_start().len();
        Spot { line, start, len: line_text.trim().len() }
    }

    fn place(self, piece: Piece<'_>) -> Place {
        match piece.line(self.line) {
            Some(text) => Place::new(self.line, text, self.start..self.start + self.len),
            None => Place::new(self.line, ELSEWHERE, 0..ELSEWHERE.len()),
        }
    }
}

/// Collects errors and warnings; lists the first of each and counts the rest.
///
/// Methods take the `piece` of the file that is in memory, to cut the message's lines
/// from; that is slow, and done only for what is listed.
pub(super) struct Findings {
    lenient: bool,
    errors: Listed,
    warnings: Listed,
}

#[derive(Default)]
struct Listed {
    diagnostics: Vec<Diagnostic>,
    omitted: usize,
}

impl Findings {
    pub(super) fn new(lenient: bool) -> Self {
        Findings { lenient, errors: Listed::default(), warnings: Listed::default() }
    }

    /// Returns whether what other drivers accept is accepted.
    #[inline]
    pub(super) fn is_lenient(&self) -> bool {
        self.lenient
    }

    /// Returns whether this problem, found now, is accepted with a warning.
    pub(super) fn accepts(&self, problem: &Problem) -> bool {
        self.lenient && problem.tolerance().is_some()
    }

    /// Adds a problem of the file as a whole.
    pub(super) fn add_for_file(&mut self, problem: Problem) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || (None, None));
    }

    /// Adds the problem that the file can't be read or unpacked.
    pub(super) fn can_not_read(&mut self, error: &io::Error) -> GaveUp {
        self.add_for_file(match error.kind() {
            // The errors of gzip for a file that was cut off, and for one that is damaged.
            ErrorKind::UnexpectedEof => Problem::DamagedGzip { cut_off: true },
            ErrorKind::InvalidData | ErrorKind::InvalidInput => {
                Problem::DamagedGzip { cut_off: false }
            }
            _ => Problem::CanNotRead { why: error.to_string() },
        });
        GaveUp
    }

    /// Adds a problem at `spot`: an error, or a warning where lenient reading accepts it.
    pub(super) fn add(&mut self, problem: Problem, spot: Spot, piece: Piece<'_>) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || (Some(spot.place(piece)), None));
    }

    /// Does the same, with an earlier spot that it contradicts.
    pub(super) fn add_with_other(
        &mut self,
        problem: Problem,
        spot: Spot,
        other: Spot,
        piece: Piece<'_>,
    ) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || (Some(spot.place(piece)), Some(other.place(piece))));
    }

    /// Does the same, at a line that was read before; `word` is what to point at.
    pub(super) fn add_at_word(
        &mut self,
        problem: Problem,
        line: u32,
        word: &str,
        piece: Piece<'_>,
    ) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || {
            let start = piece.line(line).and_then(|text| text.find(word));
            let start = start.unwrap_or(0);
            let len = word.len();
            (Some(Spot { line, start, len }.place(piece)), None)
        });
    }

    /// Returns whether the list of errors is full.
    pub(super) fn is_full(&self) -> bool {
        self.errors.diagnostics.len() == LISTED
    }

    /// Counts more problems like this, without listing them.
    pub(super) fn omit(&mut self, problem: &Problem, count: u64) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        match self.severity(problem) {
            Severity::Error => self.errors.omitted += count,
            Severity::Warning => self.warnings.omitted += count,
        }
    }

    /// Adds a problem that is never more than a warning.
    pub(super) fn warn(&mut self, problem: Problem, spot: Spot, piece: Piece<'_>) {
        self.push(Severity::Warning, problem, || (Some(spot.place(piece)), None));
    }

    /// Returns the warnings, or the errors if there are any; in the order of the lines.
    pub(super) fn into_reports(self, file: &str) -> Result<Report, Report> {
        let report = |mut listed: Listed| {
            listed
                .diagnostics
                .sort_by_key(|d| d.place.as_ref().map(|place| (place.line, place.column)));
            Report {
                file: file.to_owned(),
                diagnostics: listed.diagnostics,
                omitted: listed.omitted,
            }
        };
        if self.errors.diagnostics.is_empty() {
            Ok(report(self.warnings))
        } else {
            Err(report(self.errors))
        }
    }

    fn severity(&self, problem: &Problem) -> Severity {
        if self.accepts(problem) { Severity::Warning } else { Severity::Error }
    }

    fn push(
        &mut self,
        severity: Severity,
        problem: Problem,
        places: impl FnOnce() -> (Option<Place>, Option<Place>),
    ) {
        let listed = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if listed.diagnostics.len() == LISTED {
            listed.omitted += 1;
            return;
        }
        let (place, other) = places();
        listed.diagnostics.push(Diagnostic { severity, problem, place, other });
    }
}
