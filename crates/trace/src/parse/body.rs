//! The operations of a file.

use super::fields::{Fault, Fields};
use super::findings::{Findings, Spot};
use super::header::Header;
use super::line::{self, Content, Ids, Rules};
use super::lines::{Line, Lines};
use super::start::Start;
use crate::trace::{IDS_ALWAYS_ALLOWED, SHORTEST_OP_BYTES, clean_comment};
use crate::{Comment, Dialect, Id, Ledger, Misuse, Op, Problem, Trace, Weight};
use std::collections::HashMap;

/// The operations read so far and what they did.
pub(super) struct Body {
    pub(super) ops: Vec<Op>,
    pub(super) lines: Vec<u32>,
    comments: Vec<Comment>,
    /// Which blocks are live; "when" is a source line.
    pub(super) ledger: Ledger,
    /// Indices of operations that allocate over a live block (lenient reading).
    overwrites: Vec<usize>,
    /// See [`Trace`].
    null_ids: Vec<(u32, Option<Id>)>,
}

impl Body {
    /// Reads all lines that are left.
    pub(super) fn read(
        start: Start,
        header: Option<&Header>,
        mut lines: Lines<'_>,
        text: &str,
        mut ids: Ids,
        findings: &mut Findings,
    ) -> Body {
        let body = Body::empty(header, &lines);
        let is_plain = matches!(ids, Ids::Numbers);
        let mut reader = Reader::new(start, header, text, findings, &mut ids, body);
        loop {
            if is_plain && let Some((op, line)) = lines.next_plain_op() {
                if reader.count_op(line) {
                    reader.op(op, line);
                }
            } else if let Some(line) = lines.next() {
                reader.line(line);
            } else {
                break;
            }
        }
        reader.check_count();
        reader.body
    }

    /// No operations yet, but room for what the header declares; never for more
    /// than the file can hold.
    fn empty(header: Option<&Header>, lines: &Lines<'_>) -> Body {
        let most = lines.bytes_left() / SHORTEST_OP_BYTES + 1;
        let room_for = |count| usize::try_from(count).map_or(most, |count| count.min(most));
        let ops = room_for(header.map_or(0, |header| header.operations.value));
        let ids = room_for(header.map_or(0, |header| header.ids.value));
        let comments = header.iter().flat_map(|header| &header.comments);
        Body {
            ops: Vec::with_capacity(ops),
            lines: Vec::with_capacity(ops),
            comments: comments
                .map(|text| Comment {
                    before_op: 0,
                    text: text.clone(),
                })
                .collect(),
            ledger: Ledger::with_capacity(ids),
            overwrites: Vec::new(),
            null_ids: Vec::new(),
        }
    }

    /// The trace, once nothing is wrong with it.
    pub(super) fn into_trace(mut self, name: &str, weight: Weight) -> Trace {
        let mut ids = self.ledger.ids();
        if !self.overwrites.is_empty() {
            ids = separate_leaked_blocks(&mut self.ops, &self.overwrites, ids);
            // The id may be that of a block that has leaked.
            self.null_ids.clear();
        }
        // An unused reserve would count against 16 bytes an operation.
        self.ops.shrink_to_fit();
        self.lines.shrink_to_fit();
        Trace {
            name: name.to_owned(),
            weight,
            ids,
            ops: self.ops,
            lines: self.lines,
            comments: self.comments,
            null_ids: self.null_ids,
            peak_payload_bytes: self.ledger.peak_bytes(),
        }
    }
}

/// Reads the operations one by one.
struct Reader<'r> {
    start: Start,
    header: Option<&'r Header>,
    text: &'r str,
    findings: &'r mut Findings,
    ids: &'r mut Ids,
    rules: Rules,
    /// Operations so far, those that could not be read among them.
    count: u64,
    /// The line of the last of them.
    last_line: u32,
    /// The line of the first operation beyond the header's number.
    first_extra: Option<u32>,
    /// Ids from this on would ask for a table far larger than the file.
    id_limit: u64,
    /// Ids below this are fine; the others need a closer look.
    plain_ids: u64,
    an_id_was_not_declared: bool,
    an_id_is_an_address: bool,
    /// Some operation could not be read, so who is live is not known any more.
    a_line_was_lost: bool,
    body: Body,
}

impl<'r> Reader<'r> {
    fn new(
        start: Start,
        header: Option<&'r Header>,
        text: &'r str,
        findings: &'r mut Findings,
        ids: &'r mut Ids,
        body: Body,
    ) -> Self {
        let id_limit = IDS_ALWAYS_ALLOWED.max(text.len()) as u64;
        Reader {
            start,
            ids,
            rules: Rules::of(start),
            header,
            text,
            findings,
            count: 0,
            last_line: 0,
            first_extra: None,
            id_limit,
            plain_ids: match header {
                Some(header) => id_limit.min(header.ids.value),
                None => id_limit,
            },
            an_id_was_not_declared: false,
            an_id_is_an_address: false,
            a_line_was_lost: false,
            body,
        }
    }

    #[inline]
    fn line(&mut self, line: Line<'_>) {
        match line::read(line, self.rules, self.ids) {
            Ok(Content::Blank) => {}
            Ok(Content::Comment(at)) => self.comment(line, at),
            Ok(Content::Op(op, comment)) => {
                if self.count_op(line) {
                    if let Some(at) = comment {
                        self.comment(line, at);
                    }
                    self.op(op, line);
                }
            }
            Err(fault) => {
                if self.count_op(line) {
                    self.fault(fault, line);
                }
            }
        }
    }

    /// Counts an operation. Gives whether it is read: lenient reading stops at the number
    /// that the header promises.
    #[inline]
    fn count_op(&mut self, line: Line<'_>) -> bool {
        self.count += 1;
        self.last_line = line.number;
        if let Some(header) = self.header
            && self.count > header.operations.value
        {
            self.first_extra.get_or_insert(line.number);
            return !self.findings.is_lenient();
        }
        true
    }

    #[inline]
    fn op(&mut self, mut op: Op, line: Line<'_>) {
        if self.start == Start::Script {
            op = self.of_script(op);
        }
        if let Some(id) = op.id()
            && u64::from(id.0) >= self.plain_ids
            && !self.check_id(id, line)
        {
            return;
        }
        if let Err(misuse) = self.body.ledger.apply(op, line.number)
            && !self.misuse(misuse, op, line)
        {
            return;
        }
        self.body.ops.push(op);
        self.body.lines.push(line.number);
    }

    /// In a script an id without a block is a null pointer: to free it does nothing.
    #[inline(never)]
    fn of_script(&mut self, op: Op) -> Op {
        let null_id = match op {
            Op::Free { id } if self.a_line_was_lost || self.body.ledger.is_live(id) => return op,
            Op::Free { id } => Some(id),
            Op::FreeNull => None,
            _ => return op,
        };
        if let Ok(index) = u32::try_from(self.body.ops.len()) {
            self.body.null_ids.push((index, null_id));
        }
        Op::FreeNull
    }

    /// Looks closer at an id. Gives whether it may be used.
    #[inline]
    fn check_id(&mut self, id: Id, line: Line<'_>) -> bool {
        if u64::from(id.0) >= self.id_limit {
            let spot = self.second_word(line);
            self.findings.add(Problem::IdTooLarge, spot, self.text);
            self.a_line_was_lost = true;
            return false;
        }
        if let Some(header) = self.header
            && u64::from(id.0) >= header.ids.value
            && !self.an_id_was_not_declared
        {
            // A wrong count is one mistake: once is enough.
            self.an_id_was_not_declared = true;
            let declared = header.ids.value;
            let problem = Problem::IdNotDeclared { declared };
            let spot = self.second_word(line);
            self.findings
                .add_with_other(problem, spot, header.ids.spot, self.text);
        }
        true
    }

    /// Reports an operation that makes no sense where it stands. Gives whether
    /// it is kept all the same.
    #[cold]
    fn misuse(&mut self, misuse: Misuse, op: Op, line: Line<'_>) -> bool {
        if self.a_line_was_lost {
            // Likely only a consequence; the file is refused anyhow.
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
                let other = Spot::of_line(number, self.text);
                self.findings
                    .add_with_other(problem, spot, other, self.text);
            }
            None => self.findings.add(problem, spot, self.text),
        }
        if let (true, Some(id)) = (keep, op.id()) {
            self.body.ledger.leak(id);
            self.body.overwrites.push(self.body.ops.len());
            return self.body.ledger.apply(op, line.number).is_ok();
        }
        false
    }

    fn comment(&mut self, line: Line<'_>, at: usize) {
        let comment = &line.text[at..];
        let has_comments = self.start != Start::Plain;
        if !has_comments || !comment.starts_with('#') {
            self.fault(Fault::comment(line, at), line);
        }
        if has_comments {
            self.body.comments.push(Comment {
                before_op: u32::try_from(self.body.ops.len()).unwrap_or(u32::MAX),
                text: clean_comment(line::comment_text(comment)),
            });
        }
    }

    #[cold]
    fn fault(&mut self, mut fault: Fault, line: Line<'_>) {
        if let Problem::NotInDialect { dialect, .. } = &mut fault.problem
            && self.start == Start::Script
        {
            *dialect = Some(Dialect::Script);
        }
        if fault.problem == Problem::IdIsAddress && self.an_id_is_an_address {
            // One mistake: once is enough.
            return;
        }
        self.an_id_is_an_address |= fault.problem == Problem::IdIsAddress;
        self.a_line_was_lost |= !self.findings.accepts(&fault.problem);
        let spot = fault.spot(line.number);
        self.findings.add(fault.problem, spot, self.text);
    }

    /// The operation's id, to point at.
    #[cold]
    fn second_word(&self, line: Line<'_>) -> Spot {
        let mut words = Fields::new(line.text);
        words.next();
        match words.next() {
            Some(word) => word.spot(line.number),
            None => Spot::of_line(line.number, self.text),
        }
    }

    /// Compares the number of operations with the header's.
    fn check_count(&mut self) {
        let Some(header) = self.header else {
            return;
        };
        let declared = header.operations;
        let found = self.count;
        if let Some(line) = self.first_extra {
            let problem = Problem::MoreOperations {
                declared: declared.value,
                found,
            };
            let spot = Spot::of_line(line, self.text);
            self.findings
                .add_with_other(problem, spot, declared.spot, self.text);
        } else if found < declared.value {
            let problem = Problem::FewerOperations {
                declared: declared.value,
                found,
            };
            let last_line = self.last_line.max(header.last_line);
            let end = Spot::of_line(last_line, self.text);
            self.findings
                .add_with_other(problem, declared.spot, end, self.text);
        }
    }
}

/// Where an allocation goes over a live block, gives the new block an id of its
/// own from there on, so that the old one stays live to the end: it leaks, as it
/// does in a driver that just overwrites its pointer. Gives the new number of ids.
fn separate_leaked_blocks(ops: &mut [Op], overwrites: &[usize], ids: u32) -> u32 {
    let mut next_id = ids;
    let mut renamed = HashMap::new();
    let mut overwrites = overwrites.iter().copied().peekable();
    for (index, op) in ops.iter_mut().enumerate() {
        let Some(id) = op.id() else { continue };
        if overwrites.next_if_eq(&index).is_some() {
            renamed.insert(id, Id(next_id));
            next_id += 1;
        }
        if let Some(&new_id) = renamed.get(&id) {
            *op = op.with_id(new_id);
        }
    }
    next_id
}
