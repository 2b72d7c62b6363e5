//! A trace in memory.

use crate::source_lines::SourceLines;
use crate::{Id, Ledger, Misuse, Op, Visit};
use std::fmt;

/// What a trace's weight lets it count for (line 1 or 4 of the header,
/// by dialect).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Weight {
    /// Counts for nothing: validity only.
    None,
    /// Counts for utilization and for throughput.
    #[default]
    Both,
    /// Counts for utilization only.
    Utilization,
    /// Counts for throughput only.
    Throughput,
}

impl Weight {
    /// Returns the weight's number in the headers from 2010 on.
    pub fn number(self) -> u8 {
        match self {
            Weight::None => 0,
            Weight::Both => 1,
            Weight::Utilization => 2,
            Weight::Throughput => 3,
        }
    }

    /// Returns the weight with that number in the headers from 2010 on.
    pub fn from_number(number: u64) -> Option<Weight> {
        match number {
            0 => Some(Weight::None),
            1 => Some(Weight::Both),
            2 => Some(Weight::Utilization),
            3 => Some(Weight::Throughput),
            _ => None,
        }
    }
}

/// A remark in a trace file, for the people who read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The index of the operation it stands before; the number of operations if it stands at the
    /// end.
    pub before_op: u32,
    /// Its text, without the `#`. One line.
    pub text: String,
}

/// A validated trace: every operation makes sense in the order given.
#[derive(Clone, Debug)]
pub struct Trace {
    pub(crate) name: String,
    pub(crate) weight: Weight,
    pub(crate) ids: u32,
    pub(crate) ops: Vec<Op>,
    pub(crate) lines: SourceLines,
    pub(crate) comments: Vec<Comment>,
    /// How a script writes `free(NULL)`, by the index of the operation: with an id that holds no
    /// block, or `None` for -1.
    pub(crate) null_ids: Vec<(u32, Option<Id>)>,
    pub(crate) peak_payload_bytes: u64,
}

/// The header of the `.rep` dialects has four lines, so the first operation
/// stands on the fifth.
const FIRST_OP_LINE: u32 = 5;

/// Ids below this are always allowed, however short the trace.
pub(crate) const IDS_ALWAYS_ALLOWED: usize = 1 << 20;

/// The shortest operation, `f 0` and a newline, in bytes. A trace may have this many ids for each
/// operation (see [`Trace::from_ops`]).
pub(crate) const SHORTEST_OP_BYTES: usize = 4;

impl Trace {
    /// Makes a trace of operations that were not read from a file: generated, recorded, or cut
    /// from another trace. [`Trace::line`] then returns the line that each operation would have
    /// below a four-line header.
    ///
    /// # Errors
    ///
    /// At the first operation that makes no sense where it stands (see [`Misuse`]), and if an id
    /// is far larger than the number of operations justifies: ids are slots of a table, so an id
    /// of four billion would take gigabytes. Any id below a million is fine.
    pub fn from_ops(
        name: impl Into<String>,
        weight: Weight,
        ops: Vec<Op>,
    ) -> Result<Trace, InvalidOp> {
        let id_limit = IDS_ALWAYS_ALLOWED.max(ops.len().saturating_mul(SHORTEST_OP_BYTES));
        let mut ledger = Ledger::new();
        for (index, &op) in ops.iter().enumerate() {
            let invalid = |reason| InvalidOp { index, op, reason };
            if op.id().is_some_and(|id| id.index() >= id_limit) {
                return Err(invalid(InvalidReason::IdTooLarge));
            }
            if matches!(op, Op::Memalign { align_log2, .. } if align_log2 > 31) {
                return Err(invalid(InvalidReason::AlignmentTooLarge));
            }
            let too_many = || invalid(InvalidReason::TooManyOps);
            let when = u32::try_from(index).map_err(|_| too_many())?;
            when.checked_add(FIRST_OP_LINE).ok_or_else(too_many)?;
            ledger.apply(op, when).map_err(|misuse| invalid(InvalidReason::Misuse(misuse)))?;
        }
        // At most 2^32 - 5, as was checked for each.
        let count = u32::try_from(ops.len()).unwrap_or(u32::MAX);
        Ok(Trace {
            name: name.into(),
            weight,
            ids: ledger.ids(),
            lines: SourceLines::consecutive(FIRST_OP_LINE, count),
            ops,
            comments: Vec::new(),
            null_ids: Vec::new(),
            peak_payload_bytes: ledger.peak_bytes(),
        })
    }

    /// Returns the trace with the lines of another file that its operations come from, such as a
    /// log: one for each operation, in ascending order. If there are more or fewer lines than
    /// operations, they are ignored.
    pub fn with_lines(mut self, lines: Vec<u32>) -> Trace {
        if lines.len() == self.ops.len() {
            self.lines = lines.into_iter().collect();
        }
        self
    }

    /// Returns the trace with remarks above its first operation, one a line of `text`: how it was
    /// made, for example. Only the extended and the script dialect can keep them in a file.
    pub fn with_comment(self, text: &str) -> Trace {
        self.with_comment_before(0, text)
    }

    /// Does the same with the remarks above the operation with this index, below those that are
    /// there already.
    pub fn with_comment_before(mut self, before_op: u32, text: &str) -> Trace {
        let at = self.comments.partition_point(|comment| comment.before_op <= before_op);
        let new = text.lines().map(|line| Comment { before_op, text: clean_comment(line) });
        self.comments.splice(at..at, new);
        self
    }

    /// Returns the first `count` operations as a trace, all with the lines they have here.
    pub fn first_ops(&self, count: usize) -> Trace {
        let count = count.min(self.ops.len());
        let ops = self.ops[..count].to_vec();
        let mut ledger = Ledger::new();
        for (when, &op) in (0..).zip(&ops) {
            // The beginning of a valid trace is valid.
            let _ = ledger.apply(op, when);
        }
        let comments = self.comments.iter();
        Trace {
            name: self.name.clone(),
            weight: self.weight,
            ids: self.ids,
            ops,
            lines: self.lines.first(count),
            comments: comments
                .filter(|comment| comment.before_op as usize <= count)
                .cloned()
                .collect(),
            null_ids: self.null_ids.clone(),
            peak_payload_bytes: ledger.peak_bytes(),
        }
    }

    /// Returns the trace's name: the file's stem, or the generator's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the trace under another name.
    pub fn renamed(self, name: impl Into<String>) -> Trace {
        Trace { name: name.into(), ..self }
    }

    /// Returns what this trace counts for in the averages.
    pub fn weight(&self) -> Weight {
        self.weight
    }

    /// Returns how many ids there are; every id of an operation is below it.
    pub fn ids(&self) -> u32 {
        self.ids
    }

    /// Returns the operations, in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Returns the line (from 1) of the source file on which operation `index` stands.
    ///
    /// # Panics
    ///
    /// If there is no operation `index`.
    pub fn line(&self, index: usize) -> u32 {
        self.lines.get(index).expect("an operation of this trace")
    }

    /// Passes all operations and remarks to `visitor`, in order.
    pub fn pass_to(&self, visitor: &mut impl Visit) {
        let mut comments = self.comments.iter().peekable();
        let mut null_ids = self.null_ids.iter().copied().peekable();
        for ((index, &op), line) in (0..).zip(&self.ops).zip(self.lines.iter()) {
            while let Some(comment) = comments.next_if(|comment| comment.before_op <= index) {
                visitor.comment(&comment.text);
            }
            match null_ids.next_if(|&(at, _)| at == index) {
                Some((_, id)) => visitor.free_of_null(id, line),
                None => visitor.op(op, line),
            }
        }
        comments.for_each(|comment| visitor.comment(&comment.text));
    }

    /// Returns the remarks of the file, in order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// Returns the most requested payload bytes that are live at once: the numerator of the
    /// utilization.
    pub fn peak_payload_bytes(&self) -> u64 {
        self.peak_payload_bytes
    }
}

/// Returns a comment's text as it is kept: without the space that sets it off from the `#`,
/// nothing at the end, no control characters.
pub(crate) fn clean_comment(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control() && c != '\t', " ");
    text.strip_prefix(' ').unwrap_or(&text).trim_end().to_owned()
}

/// Why [`Trace::from_ops`] refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOp {
    /// Which operation, counted from 0.
    pub index: usize,
    /// The operation itself.
    pub op: Op,
    reason: InvalidReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InvalidReason {
    Misuse(Misuse),
    IdTooLarge,
    AlignmentTooLarge,
    TooManyOps,
}

impl fmt::Display for InvalidOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operation {} (`{}`): ", self.index, self.op)?;
        match self.reason {
            InvalidReason::Misuse(Misuse::AlreadyLive { since }) => {
                write!(f, "the id holds a block since operation {since}")
            }
            InvalidReason::Misuse(Misuse::FreedTwice { at }) => {
                write!(f, "the id was freed by operation {at}")
            }
            InvalidReason::Misuse(Misuse::NeverAllocated) => {
                write!(f, "the id was never allocated")
            }
            InvalidReason::Misuse(Misuse::WriteWithoutBlock) => {
                write!(f, "the id holds no block")
            }
            InvalidReason::Misuse(Misuse::WritePastEnd { size }) => {
                write!(f, "the block has {size} bytes")
            }
            InvalidReason::IdTooLarge => {
                write!(f, "the id is far above the number of operations; number the blocks from 0")
            }
            InvalidReason::AlignmentTooLarge => {
                write!(f, "the alignment is more than the machine's 2^31 bytes")
            }
            InvalidReason::TooManyOps => write!(f, "a trace holds at most 2^32 - 5 operations"),
        }
    }
}

impl std::error::Error for InvalidOp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_made_in_code_get_lines_below_a_header() {
        let ops = vec![
            Op::Malloc { id: Id(0), size: 9 },
            Op::Realloc { id: Id(1), size: 1 },
            Op::Free { id: Id(0) },
        ];
        let trace = Trace::from_ops("mine", Weight::Both, ops).expect("valid");
        assert_eq!((trace.ids(), trace.peak_payload_bytes()), (2, 10));
        assert_eq!((trace.line(0), trace.line(2)), (5, 7));
    }

    #[test]
    fn the_first_operations_of_a_trace_keep_their_lines() {
        let malloc = |id, size| Op::Malloc { id: Id(id), size };
        let ops = vec![malloc(0, 9), Op::Free { id: Id(0) }, malloc(1, 100)];
        let trace = Trace::from_ops("mine", Weight::Both, ops).expect("valid");
        let beginning = trace.first_ops(2);
        assert_eq!(beginning.ops(), &trace.ops()[..2]);
        assert_eq!((beginning.line(1), beginning.peak_payload_bytes()), (6, 9));
        assert_eq!(trace.first_ops(99).ops().len(), 3);
    }

    #[test]
    fn an_invalid_operation_is_refused_with_its_index() {
        let free = Op::Free { id: Id(0) };
        let ops = vec![Op::Malloc { id: Id(0), size: 9 }, free, free];
        let error = Trace::from_ops("mine", Weight::Both, ops).expect_err("a double free");
        assert_eq!(error.index, 2);
        assert_eq!(error.to_string(), "operation 2 (`f 0`): the id was freed by operation 1");
    }

    #[test]
    fn an_absurd_id_is_refused_before_its_table_is_made() {
        let huge = Op::Malloc { id: Id(u32::MAX), size: 1 };
        let error = Trace::from_ops("mine", Weight::Both, vec![huge]).expect_err("absurd");
        assert!(error.to_string().contains("number the blocks from 0"));
    }

    #[test]
    fn comments_go_above_the_first_operation_in_order() {
        let trace = Trace::from_ops("mine", Weight::Both, vec![])
            .expect("valid")
            .with_comment("one\ntwo ")
            .with_comment("three");
        let texts: Vec<&str> = trace.comments().iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts, ["one", "two", "three"]);
    }

    #[test]
    fn a_comment_goes_above_its_operation() {
        let ops = vec![Op::FreeNull, Op::FreeNull];
        let trace = Trace::from_ops("mine", Weight::Both, ops)
            .expect("valid")
            .with_comment_before(1, "second")
            .with_comment_before(0, "first")
            .with_comment_before(1, "second, too");
        let comments: Vec<(u32, &str)> = (trace.comments().iter())
            .map(|comment| (comment.before_op, comment.text.as_str()))
            .collect();
        assert_eq!(comments, [(0, "first"), (1, "second"), (1, "second, too")]);
    }
}
