//! The operations of a file.

use super::fields::{Fault, Fields};
use super::findings::{Findings, GaveUp, LISTED, Spot};
use super::header::Header;
use super::line::{self, Content, Ids, Rules};
use super::lines::{Line, Lines};
use super::piece::Piece;
use super::start::Start;
use super::store::Store;
use crate::trace::{IDS_ALWAYS_ALLOWED, clean_comment};
use crate::{Dialect, Id, Ledger, Misuse, Op, Problem};

/// The operations read so far and what they did.
pub(super) struct Body<S> {
    pub(super) store: S,
    /// Which blocks are live; "when" is a source line.
    pub(super) ledger: Ledger,
    pub(super) free_nulls: FreeNulls,
    pub(super) header: Option<Header>,
    start: Start,
    rules: Rules,
    ids: Ids,
    /// Bytes of the pieces so far.
    bytes: usize,
    /// Operations so far, including those that could not be read.
    count: u64,
    /// The line of the last operation.
    last_line: u32,
    /// The line of the first operation beyond the header's number.
    first_extra: Option<u32>,
    /// Ids from this on would need a table far larger than the file.
    id_limit: u64,
    /// Ids below this are fine; the others need a closer look.
    plain_ids: u64,
    /// Operations up to this many are fine too.
    plain_ops: u64,
    limit_operations: u32,
    an_id_was_not_declared: bool,
    an_id_is_an_address: bool,
    /// Some operation could not be read, so it is no longer known which blocks are live.
    a_line_was_lost: bool,
}

/// The `free(NULL)`s, which are read before it is known whether the dialect has them.
#[derive(Default)]
pub(super) struct FreeNulls {
    /// The lines of the first ones.
    pub(super) lines: Vec<u32>,
    pub(super) count: u64,
}

impl FreeNulls {
    fn add(&mut self, line: u32) {
        if self.lines.len() < LISTED {
            self.lines.push(line);
        }
        self.count += 1;
    }
}

impl<S: Store> Body<S> {
    /// Returns a body without operations.
    pub(super) fn new(
        start: Start,
        header: Option<Header>,
        ids: Ids,
        limit_operations: u32,
        store: S,
    ) -> Self {
        let declared = header.as_ref().map(|header| header.operations.value);
        let mut body = Body {
            store,
            ledger: Ledger::new(),
            free_nulls: FreeNulls::default(),
            start,
            rules: Rules::of(start),
            ids,
            bytes: 0,
            count: 0,
            last_line: 0,
            first_extra: None,
            id_limit: 0,
            plain_ids: 0,
            plain_ops: declared.unwrap_or(u64::MAX).min(limit_operations.into()),
            limit_operations,
            an_id_was_not_declared: false,
            an_id_is_an_address: false,
            a_line_was_lost: false,
            header: None,
        };
        for comment in header.iter().flat_map(|header| &header.comments) {
            body.store.comment(comment);
        }
        body.header = header;
        body
    }

    /// Reads the lines of a piece, or those that are left of it.
    ///
    /// # Errors
    /// If there are too many operations.
    pub(super) fn read(
        &mut self,
        mut lines: Lines<'_>,
        piece: Piece<'_>,
        findings: &mut Findings,
    ) -> Result<(), GaveUp> {
        self.bytes = self.bytes.saturating_add(piece.bytes());
        self.id_limit = IDS_ALWAYS_ALLOWED.max(self.bytes) as u64;
        let declared = self.header.as_ref().map(|header| header.ids.value);
        self.plain_ids = self.id_limit.min(declared.unwrap_or(u64::MAX));
        let is_plain = matches!(self.ids, Ids::Numbers);
        let mut reader = Reader { body: self, piece, findings };
        loop {
            if is_plain && let Some((op, line)) = lines.next_plain_op() {
                if !reader.body.plain_op(op, line.number) && reader.count_op(line)? {
                    reader.op(op, line);
                }
            } else if let Some(line) = lines.next() {
                reader.line(line)?;
            } else {
                return Ok(());
            }
        }
    }

    /// Compares the number of operations with the header's.
    pub(super) fn check_count(&self, piece: Piece<'_>, findings: &mut Findings) {
        let Some(header) = &self.header else {
            return;
        };
        let declared = header.operations;
        let found = self.count;
        if let Some(line) = self.first_extra {
            let problem = Problem::MoreOperations { declared: declared.value, found };
            let spot = Spot::of_line(line, piece);
            findings.add_with_other(problem, spot, declared.spot, piece);
        } else if found < declared.value {
            let problem = Problem::FewerOperations { declared: declared.value, found };
            let last_line = self.last_line.max(header.last_line);
            let end = Spot::of_line(last_line, piece);
            findings.add_with_other(problem, declared.spot, end, piece);
        }
    }

    /// Takes an operation if nothing is wrong with it, and returns true. Otherwise does nothing,
    /// and returns false.
    #[inline(always)]
    fn plain_op(&mut self, op: Op, line: u32) -> bool {
        let (Op::Malloc { id, .. } | Op::Free { id } | Op::Realloc { id, .. }) = op else {
            return false;
        };
        if self.count >= self.plain_ops || u64::from(id.0) >= self.plain_ids {
            return false;
        }
        let applied = match op {
            Op::Malloc { id, size } => self.ledger.allocate(id, size, line),
            Op::Free { id } => self.ledger.free(id, line),
            _ => self.ledger.apply(op, line),
        };
        if applied.is_err() {
            return false;
        }
        self.count += 1;
        self.last_line = line;
        self.store.op(op, line);
        true
    }
}

/// A reader of the operations of a piece, one by one.
struct Reader<'r, S> {
    body: &'r mut Body<S>,
    piece: Piece<'r>,
    findings: &'r mut Findings,
}

impl<S: Store> Reader<'_, S> {
    #[inline]
    fn line(&mut self, line: Line<'_>) -> Result<(), GaveUp> {
        match line::read(line, self.body.rules, &mut self.body.ids) {
            Ok(Content::Blank) => {}
            Ok(Content::Comment(at)) => self.comment(line, at),
            Ok(Content::Op(op, comment)) => {
                if self.count_op(line)? {
                    if let Some(at) = comment {
                        self.comment(line, at);
                    }
                    self.op(op, line);
                }
            }
            Err(fault) => {
                if self.count_op(line)? {
                    self.fault(fault, line);
                }
            }
        }
        Ok(())
    }

    /// Counts an operation. Returns whether it is to be read: lenient reading stops at the number
    /// that the header promises.
    #[inline]
    fn count_op(&mut self, line: Line<'_>) -> Result<bool, GaveUp> {
        self.body.count += 1;
        self.body.last_line = line.number;
        if let Some(header) = &self.body.header
            && self.body.count > header.operations.value
        {
            self.body.first_extra.get_or_insert(line.number);
            return Ok(!self.findings.is_lenient());
        }
        let limit = self.body.limit_operations;
        if self.body.count > limit.into() {
            let problem = Problem::TooManyOperations { limit };
            self.findings.add_for_file(problem);
            return Err(GaveUp);
        }
        Ok(true)
    }

    #[inline(never)]
    fn op(&mut self, op: Op, line: Line<'_>) {
        if self.body.start == Start::Script && self.free_of_null(op, line) {
            return;
        }
        if let Some(id) = op.id()
            && u64::from(id.0) >= self.body.plain_ids
            && !self.check_id(id, line)
        {
            return;
        }
        if let Err(misuse) = self.body.ledger.apply(op, line.number)
            && !self.misuse(misuse, op, line)
        {
            return;
        }
        if op == Op::FreeNull {
            self.body.free_nulls.add(line.number);
        }
        self.body.store.op(op, line.number);
    }

    /// Takes the free of a null pointer, and returns whether the operation is one. In a script, an
    /// id that holds no block is a null pointer: freeing it does nothing.
    fn free_of_null(&mut self, op: Op, line: Line<'_>) -> bool {
        let null_id = match op {
            Op::Free { id } if self.body.a_line_was_lost || self.body.ledger.is_live(id) => {
                return false;
            }
            Op::Free { id } => Some(id),
            Op::FreeNull => None,
            _ => return false,
        };
        self.body.store.free_of_null(null_id, line.number);
        true
    }

    /// Checks an id more closely. Returns whether it may be used.
    #[inline]
    fn check_id(&mut self, id: Id, line: Line<'_>) -> bool {
        if u64::from(id.0) >= self.body.id_limit {
            let spot = self.second_word(line);
            self.findings.add(Problem::IdTooLarge, spot, self.piece);
            self.body.a_line_was_lost = true;
            return false;
        }
        if let Some(header) = &self.body.header
            && u64::from(id.0) >= header.ids.value
            && !self.body.an_id_was_not_declared
        {
            // A wrong count is one mistake, reported once.
            self.body.an_id_was_not_declared = true;
            let declared = header.ids.value;
            let problem = Problem::IdNotDeclared { declared };
            let spot = self.second_word(line);
            self.findings.add_with_other(problem, spot, header.ids.spot, self.piece);
        }
        true
    }

    /// Reports an operation that makes no sense where it stands. Returns whether it is kept all
    /// the same.
    #[cold]
    fn misuse(&mut self, misuse: Misuse, op: Op, line: Line<'_>) -> bool {
        if self.body.a_line_was_lost {
            // This is likely only a consequence; the file is refused anyway.
            return false;
        }
        let spot = self.second_word(line);
        let (problem, earlier_line) = match misuse {
            Misuse::AlreadyLive { since } => (Problem::AllocatedWhileLive, Some(since)),
            Misuse::FreedTwice { at } => (Problem::FreedTwice, Some(at)),
            Misuse::NeverAllocated => (Problem::NeverAllocated, None),
            Misuse::WriteWithoutBlock => (Problem::WriteWithoutBlock, None),
            Misuse::WritePastEnd { size } => (Problem::WritePastEnd { size }, None),
        };
        let keep = self.findings.accepts(&problem) && problem == Problem::AllocatedWhileLive;
        match earlier_line {
            Some(number) => {
                let other = Spot::of_line(number, self.piece);
                self.findings.add_with_other(problem, spot, other, self.piece);
            }
            None => self.findings.add(problem, spot, self.piece),
        }
        if let (true, Some(id)) = (keep, op.id()) {
            self.body.ledger.leak(id);
            self.body.store.leaks_next();
            return self.body.ledger.apply(op, line.number).is_ok();
        }
        false
    }

    fn comment(&mut self, line: Line<'_>, at: usize) {
        let comment = &line.text[at..];
        let has_comments = self.body.start != Start::Plain;
        if !has_comments || !comment.starts_with('#') {
            self.fault(Fault::comment(line, at), line);
        }
        if has_comments {
            let text = clean_comment(line::comment_text(comment));
            self.body.store.comment(&text);
        }
    }

    #[cold]
    fn fault(&mut self, mut fault: Fault, line: Line<'_>) {
        if let Problem::NotInDialect { dialect, .. } = &mut fault.problem
            && self.body.start == Start::Script
        {
            *dialect = Some(Dialect::Script);
        }
        if fault.problem == Problem::IdIsAddress && self.body.an_id_is_an_address {
            // One mistake is reported once.
            return;
        }
        self.body.an_id_is_an_address |= fault.problem == Problem::IdIsAddress;
        self.body.a_line_was_lost |= !self.findings.accepts(&fault.problem);
        let spot = fault.spot(line.number);
        self.findings.add(fault.problem, spot, self.piece);
    }

    /// Returns the place of the operation's id, to point at.
    #[cold]
    fn second_word(&self, line: Line<'_>) -> Spot {
        let mut words = Fields::new(line.text);
        words.next();
        match words.next() {
            Some(word) => word.spot(line.number),
            None => Spot::of_line(line.number, self.piece),
        }
    }
}
