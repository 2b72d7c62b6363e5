//! The lines before the first operation.

use super::fields::{Fault, Fields, Word, is_comment, is_operation, number};
use super::findings::{Findings, GaveUp, Spot};
use super::line;
use super::lines::{Line, Lines};
use super::piece::Piece;
use super::start::Start;
use crate::dialect::{MARKER, VERSION};
use crate::problem::{COMMENT, Counts};
use crate::trace::clean_comment;
use crate::{Field, Problem};

/// A number of the header and where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number {
    pub(super) value: u64,
    pub(super) spot: Spot,
}

/// The four numbers, or those of them that are there.
#[derive(Debug)]
pub(super) struct Header {
    /// Line 1: the weight, or the suggested heap size (classic). `None` if the header has
    /// the counts only (lenient reading).
    pub(super) first: Option<Number>,
    /// Line 2.
    pub(super) ids: Number,
    /// Line 3.
    pub(super) operations: Number,
    /// Line 4: the weight (classic), the flag (ranges) or the peak. `None` if the header
    /// has the counts only (lenient reading).
    pub(super) last: Option<Number>,
    /// The line that the header ends on.
    pub(super) last_line: u32,
    /// The remarks between them (extended).
    pub(super) comments: Vec<String>,
}

/// The meanings of a header's numbers, in order.
const FIELDS: [Field; 4] =
    [Field::FirstHeaderLine, Field::Ids, Field::Operations, Field::LastHeaderLine];

/// Reads the header from the first lines, if this start has one.
pub(super) fn read<'a>(
    start: Start,
    lines: &mut Lines<'a>,
    piece: Piece<'a>,
    findings: &mut Findings,
) -> Result<Option<Header>, GaveUp> {
    if start == Start::Script {
        return Ok(None);
    }
    let mut reader = Reader {
        start,
        lines,
        piece,
        findings,
        last_line: 1,
        numbers: Vec::new(),
        comments: Vec::new(),
        failed: false,
    };
    if start == Start::Extended {
        reader.marker()?;
    }
    reader.numbers();
    let header = reader.header()?;
    // Without the counts the body would only give follow-up errors.
    if reader.failed { Err(GaveUp) } else { Ok(Some(header)) }
}

/// A reader of the header's lines, one by one.
struct Reader<'r, 'a> {
    start: Start,
    lines: &'r mut Lines<'a>,
    piece: Piece<'a>,
    findings: &'r mut Findings,
    last_line: u32,
    numbers: Vec<Number>,
    comments: Vec<String>,
    failed: bool,
}

impl<'a> Reader<'_, 'a> {
    /// Reads the line `heaplab 1`.
    fn marker(&mut self) -> Result<(), GaveUp> {
        let Some((_, line)) = self.content() else {
            return Err(self.cut(Field::Version));
        };
        let mut fields = Fields::new(line.text);
        let marker = fields.next().is_some_and(|word| word.text == MARKER);
        let version = fields.next().and_then(|word| number(word, Field::Version).ok());
        if !marker || version != Some(VERSION) {
            let spot = Spot::of_line(line.number, self.piece);
            self.findings.add(Problem::UnknownVersion, spot, self.piece);
            return Err(GaveUp);
        }
        match fields.next() {
            None => {}
            Some(word) if is_comment(word.text) => self.comment(line, word),
            Some(word) => self.fault(line, word.fault(Problem::ExtraField { in_header: true })),
        }
        Ok(())
    }

    /// Reads numbers up to the fourth, or to the first operation. A bad number is noted and
    /// read as 0, so that one reading shows all that is wrong with the header.
    fn numbers(&mut self) {
        while self.numbers.len() < FIELDS.len() {
            let Some((before, line)) = self.content() else {
                return;
            };
            let first = Fields::new(line.text).next();
            if first.is_some_and(|word| is_operation(word.text)) {
                *self.lines = before;
                return;
            }
            self.numbers_of(line);
        }
    }

    /// Reads the numbers of a line, which should be one, and perhaps a remark.
    fn numbers_of(&mut self, line: Line<'a>) {
        let mut fields = Fields::new(line.text);
        let (mut in_line, mut is_crowded) = (0, false);
        while let Some(word) = fields.next() {
            if is_comment(word.text) {
                self.comment(line, word);
                return;
            }
            let left = self.numbers.len() < FIELDS.len();
            if in_line > 0 && !(left && begins_as_number(word)) {
                let is_remark = !begins_as_number(word) && !is_operation(word.text);
                let problem = if is_remark {
                    Problem::HeaderRemark
                } else {
                    Problem::ExtraField { in_header: true }
                };
                let end = line.text.trim_end().len();
                self.fault(line, word.fault_to(end, problem));
                return;
            }
            if in_line > 0 && !is_crowded {
                is_crowded = true;
                let end = line.text.trim_end().len();
                self.fault(line, word.fault_to(end, Problem::HeaderCrowded));
            }
            in_line += 1;
            self.number(line, word);
            if !begins_as_number(word) {
                return;
            }
        }
    }

    fn number(&mut self, line: Line<'a>, word: Word<'a>) {
        let field = FIELDS[self.numbers.len().min(FIELDS.len() - 1)];
        let value = number(word, field).unwrap_or_else(|fault| {
            self.fault(line, fault);
            0
        });
        let spot = word.spot(line.number);
        self.numbers.push(Number { value, spot });
    }

    /// Decides what the numbers are.
    fn header(&mut self) -> Result<Header, GaveUp> {
        let comments = std::mem::take(&mut self.comments);
        let of = |first, ids, operations, last, last_line| Header {
            first,
            ids,
            operations,
            last,
            last_line,
            comments,
        };
        if let [first, ids, operations, last] = self.numbers[..] {
            return Ok(of(Some(first), ids, operations, Some(last), self.last_line));
        }
        let missing = FIELDS[self.numbers.len()];
        let counts = self.counts_of_body();
        let Some(at) = self.counts_at(counts) else {
            return Err(self.cut_before(missing, counts));
        };
        let (first, last) = (self.numbers[..at].first(), self.numbers.get(at + 2));
        let (first, last) = (first.copied(), last.copied());
        let (ids, operations) = (self.numbers[at], self.numbers[at + 1]);
        let problem = Problem::HeaderOfCounts {
            ids: ids.value,
            operations: operations.value,
            first: first.map(|first| first.value),
            has_last: last.is_some(),
        };
        self.failed |= !self.findings.accepts(&problem);
        self.findings.add_with_other(problem, ids.spot, operations.spot, self.piece);
        Ok(of(first, ids, operations, last, self.last_line))
    }

    /// Returns how many operations and ids follow, without reporting what is wrong with them: for
    /// a header that is too short.
    fn counts_of_body(&self) -> Counts {
        let mut counts = Counts::default();
        let rules = line::Rules::of(self.start);
        for line in *self.lines {
            if let Ok(line::Content::Op(op, _)) = line::read(line, rules, &mut line::Ids::Numbers) {
                counts.operations += 1;
                let ids = op.id().map_or(0, |id| u64::from(id.0) + 1);
                counts.ids = counts.ids.max(ids);
            }
        }
        counts
    }

    /// Returns where in the numbers those of ids and operations stand, if they are there.
    fn counts_at(&self, counts: Counts) -> Option<usize> {
        let is_both = |pair: &[Number]| {
            pair[1].value == counts.operations && pair[0].value >= counts.ids && counts.ids > 0
        };
        // Of three numbers, the first is more likely a weight than the last is a superfluous one.
        let pairs = self.numbers.windows(2).enumerate().rev();
        let mut pairs = pairs.filter(|(_, pair)| is_both(pair));
        let exact = pairs.clone().find(|(_, pair)| pair[0].value == counts.ids);
        exact.or_else(|| pairs.next()).map(|(at, _)| at)
    }

    /// Reports that the header ends where `missing` should stand: at the end of the file.
    fn cut(&mut self, missing: Field) -> GaveUp {
        self.cut_before(missing, Counts::default())
    }

    /// Does the same before operations.
    fn cut_before(&mut self, missing: Field, counts: Counts) -> GaveUp {
        let next = (*self.lines).find(|line| Fields::new(line.text).next().is_some());
        let spot = match next.and_then(|line| Some((line, Fields::new(line.text).next()?))) {
            Some((line, word)) => word.spot(line.number),
            None => Spot::of_line(self.last_line, self.piece),
        };
        let problem = Problem::HeaderCut { missing, counts };
        self.findings.add(problem, spot, self.piece);
        GaveUp
    }

    /// Returns the lines from the next one that is neither blank nor a comment, and that line.
    fn content(&mut self) -> Option<(Lines<'a>, Line<'a>)> {
        loop {
            let before = *self.lines;
            let line = self.lines.next()?;
            match Fields::new(line.text).next() {
                None => self.last_line = line.number,
                Some(word) if is_comment(word.text) => {
                    self.last_line = line.number;
                    self.comment(line, word);
                }
                Some(word) => {
                    if !is_operation(word.text) {
                        self.last_line = line.number;
                    }
                    return Some((before, line));
                }
            }
        }
    }

    /// Takes a comment that begins with `word` and goes to the end of the line.
    fn comment(&mut self, line: Line<'a>, word: Word<'a>) {
        let fault = Fault::comment(line, word.start);
        let is_odd = self.start != Start::Extended
            || fault.problem != Problem::NotInDialect { what: COMMENT, dialect: None };
        if is_odd {
            self.fault(line, fault);
        }
        if self.start == Start::Extended {
            let text = &line.text[word.start..];
            self.comments.push(clean_comment(line::comment_text(text)));
        }
    }

    fn fault(&mut self, line: Line<'a>, fault: Fault) {
        self.failed |= !self.findings.accepts(&fault.problem);
        let spot = fault.spot(line.number);
        self.findings.add(fault.problem, spot, self.piece);
    }
}

/// Returns whether a word is meant as a number, even if it is a bad one.
fn begins_as_number(word: Word<'_>) -> bool {
    let digits = word.text.strip_prefix(['-', '+']).unwrap_or(word.text);
    digits.starts_with(|c: char| c.is_ascii_digit())
}
