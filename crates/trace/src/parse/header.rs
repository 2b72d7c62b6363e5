//! The lines before the first operation.

use super::fields::{Fault, Fields, number};
use super::findings::{Findings, GaveUp, Spot};
use super::lines::{Line, Lines};
use crate::dialect::{MARKER, VERSION};
use crate::trace::clean_comment;
use crate::{Dialect, Field, Problem};

/// How a file begins, which is what can be known before its operations are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With four numbers: classic, ranges or peak.
    Plain,
    /// With operations.
    Script,
    /// With the marker of the extended dialect.
    Extended,
}

/// A number of the header and where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number {
    pub(super) value: u64,
    pub(super) spot: Spot,
}

/// The four numbers.
#[derive(Debug)]
pub(super) struct Header {
    /// Line 1: the weight, or the suggested heap size (classic).
    pub(super) first: Number,
    /// Line 2.
    pub(super) ids: Number,
    /// Line 3.
    pub(super) operations: Number,
    /// Line 4: the weight (classic), the flag (ranges) or the peak.
    pub(super) last: Number,
    /// The remarks between them (extended).
    pub(super) comments: Vec<String>,
}

/// Finds out how the file begins.
pub(super) fn detect(
    text: &str,
    file: &str,
    forced: Option<Dialect>,
    findings: &mut Findings,
) -> Result<Start, GaveUp> {
    let first_word = Lines::new(text).find_map(|line| {
        let word = Fields::new(line.text).next()?;
        (!word.text.starts_with('#')).then_some((line.number, word.text))
    });
    let Some((line, word)) = first_word else {
        if forced == Some(Dialect::Script) {
            return Ok(Start::Script);
        }
        findings.add_for_file(Problem::Empty);
        return Err(GaveUp);
    };
    let begins_with_op = is_operation(word);
    match forced {
        Some(Dialect::Script) => return Ok(Start::Script),
        Some(Dialect::Extended) => return Ok(Start::Extended),
        None if word == MARKER => return Ok(Start::Extended),
        None if begins_with_op && !is_rep(file) => return Ok(Start::Script),
        _ => {}
    }
    if begins_with_op {
        findings.add(Problem::HeaderMissing, Spot::of_line(line, text), text);
        return Err(GaveUp);
    }
    Ok(Start::Plain)
}

fn is_operation(word: &str) -> bool {
    matches!(word, "a" | "f" | "r" | "c" | "m")
}

/// Whether the file's name promises a header.
fn is_rep(file: &str) -> bool {
    let name = file.strip_suffix(".gz").unwrap_or(file);
    name.ends_with(".rep")
}

/// Reads the header from the first lines, if this start has one.
pub(super) fn read(
    start: Start,
    lines: &mut Lines<'_>,
    text: &str,
    findings: &mut Findings,
) -> Result<Option<Header>, GaveUp> {
    if start == Start::Script {
        return Ok(None);
    }
    let mut reader = Reader {
        start,
        lines,
        text,
        findings,
        last_line: 1,
        comments: Vec::new(),
        failed: false,
    };
    if start == Start::Extended {
        reader.marker()?;
    }
    let header = Header {
        first: reader.number(Field::FirstHeaderLine)?,
        ids: reader.number(Field::Ids)?,
        operations: reader.number(Field::Operations)?,
        last: reader.number(Field::LastHeaderLine)?,
        comments: reader.comments,
    };
    // Without the counts the body would only give follow-up errors.
    if reader.failed {
        Err(GaveUp)
    } else {
        Ok(Some(header))
    }
}

/// Reads the header's lines one by one.
struct Reader<'r, 'a> {
    start: Start,
    lines: &'r mut Lines<'a>,
    text: &'r str,
    findings: &'r mut Findings,
    last_line: u32,
    comments: Vec<String>,
    failed: bool,
}

impl<'a> Reader<'_, 'a> {
    /// The line `heaplab 1`.
    fn marker(&mut self) -> Result<(), GaveUp> {
        let line = self.content(Field::Version)?;
        let mut fields = Fields::new(line.text);
        let marker = fields.next().is_some_and(|word| word.text == MARKER);
        let version = fields
            .next()
            .and_then(|word| number(word, Field::Version).ok());
        if marker && version == Some(VERSION) {
            self.end_of(line, fields);
            return Ok(());
        }
        let spot = Spot::of_line(line.number, self.text);
        self.findings.add(Problem::UnknownVersion, spot, self.text);
        Err(GaveUp)
    }

    /// A line with one number. A bad number is noted and read as 0, so that one
    /// reading shows all that is wrong with the header.
    fn number(&mut self, field: Field) -> Result<Number, GaveUp> {
        let line = self.content(field)?;
        let mut fields = Fields::new(line.text);
        let word = fields.expect(field, line.unfinished).map_err(|_| GaveUp)?;
        let spot = word.spot(line.number);
        if is_operation(word.text) {
            let missing = Problem::HeaderCut { missing: field };
            self.findings.add(missing, spot, self.text);
            return Err(GaveUp);
        }
        let value = number(word, field).unwrap_or_else(|fault| {
            self.fault(line, fault);
            0
        });
        self.end_of(line, fields);
        Ok(Number { value, spot })
    }

    /// The next line that is neither blank nor a comment.
    fn content(&mut self, field: Field) -> Result<Line<'a>, GaveUp> {
        while let Some(line) = self.lines.next() {
            self.last_line = line.number;
            match Fields::new(line.text).next() {
                None => {}
                Some(word) if word.text.starts_with('#') => self.comment(line, word.start),
                Some(_) => return Ok(line),
            }
        }
        let spot = Spot::of_line(self.last_line, self.text);
        let missing = Problem::HeaderCut { missing: field };
        self.findings.add(missing, spot, self.text);
        Err(GaveUp)
    }

    /// Nothing but a comment may follow the number.
    fn end_of(&mut self, line: Line<'a>, mut fields: Fields<'a>) {
        match fields.next() {
            None => {}
            Some(word) if word.text.starts_with('#') => self.comment(line, word.start),
            Some(word) => self.fault(line, word.fault(Problem::ExtraField)),
        }
    }

    fn comment(&mut self, line: Line<'a>, start: usize) {
        if self.start == Start::Extended {
            self.comments.push(clean_comment(&line.text[start + 1..]));
        } else {
            let fault = Fault::comment(line, start);
            self.failed |= !self.findings.accepts(&fault.problem);
            let spot = fault.spot(line.number);
            self.findings.add(fault.problem, spot, self.text);
        }
    }

    fn fault(&mut self, line: Line<'a>, fault: Fault) {
        self.failed = true;
        let spot = fault.spot(line.number);
        self.findings.add(fault.problem, spot, self.text);
    }
}
