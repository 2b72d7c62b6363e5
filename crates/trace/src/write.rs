//! Writing a trace file.

use crate::dialect::{MARKER, VERSION};
use crate::trace::IDS_ALWAYS_ALLOWED;
use crate::{Comment, Dialect, Id, Op, Trace, Weight};
use std::fmt;
use std::io::{self, Write};

/// What to do with an operation that the dialect has no word for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inexpressible {
    /// Write nothing and say which operations they are.
    Refuse,
    /// Write the nearest thing: calloc and memalign become malloc, `free(NULL)`
    /// and writes are left out, an unknown weight becomes 1 (both).
    Rewrite,
}

/// A trace file, and what it does not say any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// What was lost on the way.
    pub losses: Losses,
}

/// What a dialect has no words for in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Callocs, which become mallocs.
    pub callocs: usize,
    /// Memaligns, which become mallocs.
    pub memaligns: usize,
    /// `free(NULL)`s, which are left out.
    pub free_nulls: usize,
    /// Writes of the program, which are left out.
    pub writes: usize,
    /// A weight that becomes 1 (both).
    pub weight: Option<Weight>,
    /// Comments, which are left out. They change nothing in a replay, so they
    /// alone are never a reason to refuse.
    pub comments: usize,
}

impl Losses {
    /// What `dialect` cannot say of `trace`.
    fn of(trace: &Trace, dialect: Dialect) -> Losses {
        let mut losses = Losses::default();
        for op in trace.ops().iter().filter(|op| !expressible(**op, dialect)) {
            match op {
                Op::Calloc { .. } => losses.callocs += 1,
                Op::Memalign { .. } => losses.memaligns += 1,
                Op::Write { .. } => losses.writes += 1,
                _ => losses.free_nulls += 1,
            }
        }
        let weight_is_known = match dialect {
            Dialect::Script => trace.weight() == Weight::Both,
            Dialect::Classic => matches!(trace.weight(), Weight::None | Weight::Both),
            Dialect::Ranges | Dialect::Peak | Dialect::Extended => true,
        };
        losses.weight = (!weight_is_known).then_some(trace.weight());
        if !dialect.has_comments() {
            losses.comments = trace.comments().len();
        }
        losses
    }

    /// Whether a replay would see the difference.
    fn matter(&self) -> bool {
        self.operations() > 0 || self.weight.is_some()
    }

    fn operations(&self) -> usize {
        self.callocs + self.memaligns + self.free_nulls + self.writes
    }
}

fn expressible(op: Op, dialect: Dialect) -> bool {
    match op {
        Op::Calloc { .. } | Op::Memalign { .. } => dialect.has_calloc_and_memalign(),
        Op::FreeNull => dialect.has_free_null(),
        Op::Write { .. } => dialect.has_writes(),
        Op::Malloc { .. } | Op::Free { .. } | Op::Realloc { .. } => true,
    }
}

/// Writes a trace in a dialect. Reading the file back gives the same
/// operations, weight and (where the dialect has them) comments.
///
/// # Errors
///
/// When the dialect cannot express the trace and `inexpressible` says to refuse.
pub fn write(
    trace: &Trace,
    dialect: Dialect,
    inexpressible: Inexpressible,
) -> Result<Written, CannotExpress> {
    let losses = Losses::of(trace, dialect);
    if inexpressible == Inexpressible::Refuse && losses.matter() {
        return Err(CannotExpress::new(trace, dialect, losses));
    }
    let mut bytes = Vec::with_capacity(64 + 12 * trace.ops().len());
    write_header(&mut bytes, trace, dialect, losses)
        .and_then(|()| write_body(&mut bytes, trace, dialect))
        .expect("writing to a Vec never fails");
    Ok(Written { bytes, losses })
}

/// The lines that come first.
///
/// Line 1 of the classic dialect is a suggested heap size that no driver uses:
/// here the peak payload, and at least a page, so that it is never mistaken for
/// the weight of a newer dialect.
fn write_header(
    out: &mut Vec<u8>,
    trace: &Trace,
    dialect: Dialect,
    losses: Losses,
) -> io::Result<()> {
    let peak = trace.peak_payload_bytes();
    let weight = match losses.weight {
        Some(_) => Weight::Both.number(),
        None => trace.weight().number(),
    };
    let ids = trace.ids();
    let ops = trace.ops().len() - losses.free_nulls - losses.writes;
    if dialect == Dialect::Extended {
        writeln!(out, "{MARKER} {VERSION}")?;
    }
    match dialect {
        Dialect::Script => Ok(()),
        Dialect::Classic => writeln!(out, "{}\n{ids}\n{ops}\n{weight}", peak.max(4096)),
        Dialect::Ranges => writeln!(out, "{weight}\n{ids}\n{ops}\n0"),
        Dialect::Peak | Dialect::Extended => writeln!(out, "{weight}\n{ids}\n{ops}\n{peak}"),
    }
}

fn write_body(out: &mut Vec<u8>, trace: &Trace, dialect: Dialect) -> io::Result<()> {
    let mut comments = match dialect.has_comments() {
        true => trace.comments().iter().peekable(),
        false => [].iter().peekable(),
    };
    for (index, &op) in trace.ops().iter().enumerate() {
        while let Some(comment) = comments.next_if(|c| c.before_op as usize <= index) {
            write_comment(out, comment)?;
        }
        match op {
            Op::FreeNull if dialect == Dialect::Script => {
                writeln!(out, "f {}", null_id(trace, index))?;
            }
            _ if expressible(op, dialect) => writeln!(out, "{op}")?,
            Op::Calloc { id, size } | Op::Memalign { id, size, .. } => {
                writeln!(out, "{}", Op::Malloc { id, size })?;
            }
            _ => {}
        }
    }
    comments.try_for_each(|comment| write_comment(out, comment))
}

/// What stands for the null pointer in the operation with this index of a script: the id that
/// stood there, or one that no block has. Stanford's driver refuses -1.
fn null_id(trace: &Trace, index: usize) -> i64 {
    let of_index = |&(at, _): &(u32, Option<Id>)| (at as usize).cmp(&index);
    match trace.null_ids.binary_search_by(of_index) {
        Ok(at) => trace.null_ids[at].1.map_or(-1, |id| id.0.into()),
        Err(_) if (trace.ids() as usize) < IDS_ALWAYS_ALLOWED => trace.ids().into(),
        Err(_) => -1,
    }
}

fn write_comment(out: &mut Vec<u8>, comment: &Comment) -> io::Result<()> {
    match comment.text.as_str() {
        "" => writeln!(out, "#"),
        text => writeln!(out, "# {text}"),
    }
}

/// A dialect has no words for something in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotExpress {
    /// The dialect.
    pub dialect: Dialect,
    /// Everything it has no words for.
    pub losses: Losses,
    /// The first such operations, with their source lines.
    pub examples: Vec<(u32, Op)>,
}

/// How many operations are listed.
const EXAMPLES: usize = 5;

impl CannotExpress {
    fn new(trace: &Trace, dialect: Dialect, losses: Losses) -> Self {
        let examples = (trace.ops().iter().enumerate())
            .filter(|(_, op)| !expressible(**op, dialect))
            .take(EXAMPLES)
            .map(|(index, op)| (trace.line(index), *op))
            .collect();
        CannotExpress {
            dialect,
            losses,
            examples,
        }
    }
}

impl fmt::Display for CannotExpress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} dialect has no way to say this:", self.dialect)?;
        if let Some(weight) = self.losses.weight {
            write!(f, "\n  the weight {}", weight.number())?;
        }
        for (line, op) in &self.examples {
            write!(f, "\n  line {line}: {op}")?;
        }
        let more = self.losses.operations() - self.examples.len();
        if more > 0 {
            write!(f, "\n  ... and {more} more operations")?;
        }
        Ok(())
    }
}

impl std::error::Error for CannotExpress {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Id, ReadOptions};

    fn everything() -> Trace {
        let ops = vec![
            Op::Malloc {
                id: Id(0),
                size: 10,
            },
            Op::Calloc {
                id: Id(1),
                size: 20,
            },
            Op::Memalign {
                id: Id(2),
                align_log2: 12,
                size: 30,
            },
            Op::FreeNull,
            Op::Realloc {
                id: Id(0),
                size: 11,
            },
            Op::Free { id: Id(1) },
        ];
        Trace::from_ops("t", Weight::Throughput, ops)
            .expect("valid")
            .with_comment("made here\n\nby hand")
    }

    fn text(trace: &Trace, dialect: Dialect) -> String {
        let written = write(trace, dialect, Inexpressible::Rewrite).expect("rewritten");
        String::from_utf8(written.bytes).expect("text")
    }

    #[test]
    fn each_dialect_looks_as_it_should() {
        let trace = everything();
        let ops = "a 0 10\na 1 20\na 2 30\nr 0 11\nf 1\n";
        let comments = "# made here\n#\n# by hand\n";
        assert_eq!(
            text(&trace, Dialect::Classic),
            format!("4096\n3\n5\n1\n{ops}")
        );
        assert_eq!(text(&trace, Dialect::Peak), format!("3\n3\n5\n61\n{ops}"));
        // `free(NULL)` is the free of an id that has no block.
        assert_eq!(
            text(&trace, Dialect::Script),
            format!("{comments}a 0 10\na 1 20\na 2 30\nf 3\nr 0 11\nf 1\n")
        );
        assert_eq!(
            text(&trace, Dialect::Ranges),
            "3\n3\n6\n0\na 0 10\na 1 20\na 2 30\nf -1\nr 0 11\nf 1\n"
        );
        assert_eq!(
            text(&trace, Dialect::Extended),
            format!(
                "heaplab 1\n3\n3\n6\n61\n{comments}\
                 a 0 10\nc 1 20\nm 2 4096 30\nf -1\nr 0 11\nf 1\n"
            )
        );
    }

    #[test]
    fn what_cannot_be_said_is_refused_by_line() {
        let error = write(&everything(), Dialect::Classic, Inexpressible::Refuse)
            .expect_err("classic has neither");
        assert_eq!(
            error.to_string(),
            "the classic dialect has no way to say this:\n  the weight 3\n  \
             line 6: c 1 20\n  line 7: m 2 4096 30\n  line 8: f -1"
        );
        assert_eq!(error.losses.comments, 3);
    }

    #[test]
    fn comments_alone_are_no_reason_to_refuse() {
        let trace = Trace::from_ops("t", Weight::Both, vec![])
            .expect("valid")
            .with_comment("hello");
        let written = write(&trace, Dialect::Peak, Inexpressible::Refuse).expect("written");
        assert_eq!(written.bytes, b"1\n0\n0\n0\n");
        assert_eq!(written.losses.comments, 1);
    }

    #[test]
    fn the_extended_dialect_loses_nothing() {
        let trace = everything();
        let written = write(&trace, Dialect::Extended, Inexpressible::Refuse).expect("written");
        assert_eq!(written.losses, Losses::default());
        let back = Trace::parse("t.rep", &written.bytes, &ReadOptions::default()).expect("valid");
        assert!(back.warnings.is_empty());
        assert_eq!(back.trace.ops(), trace.ops());
        assert_eq!(back.trace.comments(), trace.comments());
        assert_eq!(back.trace.weight(), trace.weight());
    }
}
