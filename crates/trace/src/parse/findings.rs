//! What was found wrong so far.

use super::lines::line_text;
use crate::{Diagnostic, Place, Problem, Report, Severity};

/// How many errors, and how many warnings, are listed; the rest is counted.
const LISTED: usize = 10;

/// The reader cannot go on; the findings say why.
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
    /// The whole of a line, without blanks around it.
    pub(super) fn of_line(line: u32, text: &str) -> Spot {
        let line_text = line_text(text, line);
        let start = line_text.len() - line_text.trim_start().len();
        Spot {
            line,
            start,
            len: line_text.trim().len(),
        }
    }

    fn place(self, text: &str) -> Place {
        let end = self.start + self.len;
        Place::new(self.line, line_text(text, self.line), self.start..end)
    }
}

/// Collects errors and warnings; lists the first of each and counts the rest.
///
/// Methods take the whole `text` to cut the message's lines from; that is slow,
/// and done only for what is listed.
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
        Findings {
            lenient,
            errors: Listed::default(),
            warnings: Listed::default(),
        }
    }

    /// Whether what other drivers accept is accepted.
    #[inline]
    pub(super) fn is_lenient(&self) -> bool {
        self.lenient
    }

    /// Whether this problem, found now, is accepted with a warning.
    pub(super) fn accepts(&self, problem: &Problem) -> bool {
        self.lenient && problem.tolerance().is_some()
    }

    /// A problem of the file as a whole.
    pub(super) fn add_for_file(&mut self, problem: Problem) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || (None, None));
    }

    /// A problem at `spot`: an error, or a warning where lenience accepts it.
    pub(super) fn add(&mut self, problem: Problem, spot: Spot, text: &str) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || (Some(spot.place(text)), None));
    }

    /// The same, with an earlier spot that it contradicts.
    pub(super) fn add_with_other(&mut self, problem: Problem, spot: Spot, other: Spot, text: &str) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || {
            (Some(spot.place(text)), Some(other.place(text)))
        });
    }

    /// The same, at a line that was read before; `word` is what to point at.
    pub(super) fn add_at_word(&mut self, problem: Problem, line: u32, word: &str, text: &str) {
        let severity = self.severity(&problem);
        self.push(severity, problem, || {
            let start = line_text(text, line).find(word).unwrap_or(0);
            let len = word.len();
            (Some(Spot { line, start, len }.place(text)), None)
        });
    }

    /// A problem that is never more than a warning.
    pub(super) fn warn(&mut self, problem: Problem, spot: Spot, text: &str) {
        self.push(Severity::Warning, problem, || {
            (Some(spot.place(text)), None)
        });
    }

    /// The warnings, or the errors if there are any; in the order of the lines.
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
        if self.accepts(problem) {
            Severity::Warning
        } else {
            Severity::Error
        }
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
        listed.diagnostics.push(Diagnostic {
            severity,
            problem,
            place,
            other,
        });
    }
}
