//! Writes a trace file.

use crate::dialect::{MARKER, VERSION};
use crate::losses::{Inexpressible, expressible};
use crate::trace::IDS_ALWAYS_ALLOWED;
use crate::{CannotExpress, Contents, Dialect, Id, Losses, Op, Summary, Trace, Visit, Weight};
use std::io::{self, Write};

/// A trace file, and what it does not contain any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the file does not express.
    pub losses: Losses,
}

/// Writes a trace in a dialect. Reading the file back gives the same
/// operations, weight and (where the dialect has them) comments.
///
/// # Errors
///
/// If the dialect can't express the trace and `inexpressible` says to refuse.
pub fn write(
    trace: &Trace,
    dialect: Dialect,
    inexpressible: Inexpressible,
) -> Result<Written, CannotExpress> {
    let mut contents = Contents::default();
    trace.pass_to(&mut contents);
    let losses = contents.losses(trace.weight(), dialect, inexpressible)?;
    let heading = Heading {
        weight: trace.weight(),
        ids: trace.ids(),
        ops: trace.ops().len(),
        peak_payload_bytes: trace.peak_payload_bytes(),
    };
    let bytes = Vec::with_capacity(64 + 12 * trace.ops().len());
    let mut writer = Writer::new(bytes, heading, dialect, losses);
    trace.pass_to(&mut writer);
    let bytes = writer.finish().expect("writing to a Vec never fails");
    Ok(Written { bytes, losses })
}

/// The contents of a header.
#[derive(Clone, Copy, Debug)]
pub struct Heading {
    /// As [`Trace::weight`].
    pub weight: Weight,
    /// As [`Trace::ids`].
    pub ids: u32,
    /// How many operations there are.
    pub ops: usize,
    /// As [`Trace::peak_payload_bytes`].
    pub peak_payload_bytes: u64,
}

impl Heading {
    /// Returns the heading for a trace that was visited.
    pub fn of(summary: &Summary) -> Heading {
        Heading {
            weight: summary.weight,
            ids: summary.ids,
            ops: summary.ops,
            peak_payload_bytes: summary.peak_payload_bytes,
        }
    }
}

/// A writer of a trace file, one operation after the other.
pub struct Writer<W> {
    out: W,
    dialect: Dialect,
    ids: u32,
    /// The first failure; nothing is written after it.
    result: io::Result<()>,
}

impl<W: Write> Writer<W> {
    /// Writes the header. `losses` are those of the trace in this dialect.
    pub fn new(out: W, heading: Heading, dialect: Dialect, losses: Losses) -> Writer<W> {
        let mut writer = Writer { out, dialect, ids: heading.ids, result: Ok(()) };
        writer.result = writer.header(heading, losses);
        writer
    }

    /// Returns what was written to.
    ///
    /// # Errors
    /// If anything could not be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.result?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes the lines that come first.
    ///
    /// Line 1 of the classic dialect is a suggested heap size that no driver uses:
    /// here the peak payload, and at least a page, so that it is never mistaken for
    /// the weight of a newer dialect.
    fn header(&mut self, heading: Heading, losses: Losses) -> io::Result<()> {
        let Heading { ids, peak_payload_bytes: peak, .. } = heading;
        let weight = match losses.weight {
            Some(_) => Weight::Both.number(),
            None => heading.weight.number(),
        };
        let ops = heading.ops - losses.free_nulls - losses.writes;
        let out = &mut self.out;
        if self.dialect == Dialect::Extended {
            writeln!(out, "{MARKER} {VERSION}")?;
        }
        match self.dialect {
            Dialect::Script => Ok(()),
            Dialect::Classic => writeln!(out, "{}\n{ids}\n{ops}\n{weight}", peak.max(4096)),
            Dialect::Ranges => writeln!(out, "{weight}\n{ids}\n{ops}\n0"),
            Dialect::Peak | Dialect::Extended => writeln!(out, "{weight}\n{ids}\n{ops}\n{peak}"),
        }
    }

    fn line(&mut self, line: impl std::fmt::Display) {
        if self.result.is_ok() {
            self.result = writeln!(self.out, "{line}");
        }
    }
}

impl<W: Write> Visit for Writer<W> {
    fn op(&mut self, op: Op, line: u32) {
        match op {
            Op::FreeNull if self.dialect == Dialect::Script => {
                // An id that holds no block: Stanford's driver refuses -1.
                let has_room = (self.ids as usize) < IDS_ALWAYS_ALLOWED;
                self.free_of_null(has_room.then_some(Id(self.ids)), line);
            }
            _ if expressible(op, self.dialect) => self.line(op),
            Op::Calloc { id, size } | Op::Memalign { id, size, .. } => {
                self.line(Op::Malloc { id, size });
            }
            _ => {}
        }
    }

    fn free_of_null(&mut self, id: Option<Id>, line: u32) {
        match (self.dialect, id) {
            (Dialect::Script, Some(id)) => self.line(Op::Free { id }),
            (Dialect::Script, None) => self.line(Op::FreeNull),
            _ => self.op(Op::FreeNull, line),
        }
    }

    fn comment(&mut self, text: &str) {
        match text {
            _ if !self.dialect.has_comments() => {}
            "" => self.line("#"),
            text => self.line(format_args!("# {text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Id, ReadOptions};

    fn everything() -> Trace {
        let ops = vec![
            Op::Malloc { id: Id(0), size: 10 },
            Op::Calloc { id: Id(1), size: 20 },
            Op::Memalign { id: Id(2), align_log2: 12, size: 30 },
            Op::FreeNull,
            Op::Realloc { id: Id(0), size: 11 },
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
    fn each_dialect_is_written_in_its_own_format() {
        let trace = everything();
        let ops = "a 0 10\na 1 20\na 2 30\nr 0 11\nf 1\n";
        let comments = "# made here\n#\n# by hand\n";
        assert_eq!(text(&trace, Dialect::Classic), format!("4096\n3\n5\n1\n{ops}"));
        assert_eq!(text(&trace, Dialect::Peak), format!("3\n3\n5\n61\n{ops}"));
        // `free(NULL)` is the free of an id that holds no block.
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
    fn inexpressible_operations_are_refused_by_line() {
        let error = write(&everything(), Dialect::Classic, Inexpressible::Refuse)
            .expect_err("classic has neither");
        assert_eq!(
            error.to_string(),
            "the classic dialect can't express this:\n  the weight 3\n  \
             line 6: c 1 20\n  line 7: m 2 4096 30\n  line 8: f -1"
        );
        assert_eq!(error.losses.comments, 3);
    }

    #[test]
    fn a_dialect_is_not_refused_for_comments_alone() {
        let trace =
            Trace::from_ops("t", Weight::Both, vec![]).expect("valid").with_comment("hello");
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
