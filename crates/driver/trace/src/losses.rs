//! What a dialect can't express of a trace.

use crate::{Dialect, Op, Visit, Weight};
use std::fmt;

/// What to do with an operation that the dialect can't express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inexpressible {
    /// Write nothing and say which operations they are.
    Refuse,
    /// Write the nearest thing: calloc and memalign become malloc, `free(NULL)`
    /// and writes are left out, an unknown weight becomes 1 (both).
    Rewrite,
}

/// What a dialect can't express of a trace.
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
    /// Returns whether a replay would see the difference.
    fn matter(&self) -> bool {
        self.operations() > 0 || self.weight.is_some()
    }

    fn operations(&self) -> usize {
        self.callocs + self.memaligns + self.free_nulls + self.writes
    }
}

/// Returns whether the dialect can express the operation.
pub(crate) fn expressible(op: Op, dialect: Dialect) -> bool {
    match op {
        Op::Calloc { .. } | Op::Memalign { .. } => dialect.has_calloc_and_memalign(),
        Op::FreeNull => dialect.has_free_null(),
        Op::Write { .. } => dialect.has_writes(),
        Op::Malloc { .. } | Op::Free { .. } | Op::Realloc { .. } => true,
    }
}

/// What a trace has that not every dialect can express.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    callocs: Calls,
    memaligns: Calls,
    free_nulls: Calls,
    writes: Calls,
    comments: usize,
}

/// Operations of a kind.
#[derive(Clone, Debug, Default)]
struct Calls {
    count: usize,
    /// The first of them, with their lines.
    first: Vec<(u32, Op)>,
}

impl Visit for Contents {
    fn op(&mut self, op: Op, line: u32) {
        let calls = match op {
            Op::Malloc { .. } | Op::Free { .. } | Op::Realloc { .. } => return,
            Op::Calloc { .. } => &mut self.callocs,
            Op::Memalign { .. } => &mut self.memaligns,
            Op::FreeNull => &mut self.free_nulls,
            Op::Write { .. } => &mut self.writes,
        };
        calls.count += 1;
        if calls.first.len() < EXAMPLES {
            calls.first.push((line, op));
        }
    }

    fn comment(&mut self, _: &str) {
        self.comments += 1;
    }
}

impl Contents {
    /// Returns what is lost if the trace, which has that weight, is written in `dialect`.
    ///
    /// # Errors
    ///
    /// If a replay would see the loss, and `inexpressible` says to refuse that.
    pub fn losses(
        &self,
        weight: Weight,
        dialect: Dialect,
        inexpressible: Inexpressible,
    ) -> Result<Losses, CannotExpress> {
        let weight_is_known = match dialect {
            Dialect::Script => weight == Weight::Both,
            Dialect::Classic => matches!(weight, Weight::None | Weight::Both),
            Dialect::Ranges | Dialect::Peak | Dialect::Extended => true,
        };
        let lost = |calls: &Calls| match calls.first.first() {
            Some(&(_, op)) if !expressible(op, dialect) => calls.count,
            _ => 0,
        };
        let losses = Losses {
            callocs: lost(&self.callocs),
            memaligns: lost(&self.memaligns),
            free_nulls: lost(&self.free_nulls),
            writes: lost(&self.writes),
            weight: (!weight_is_known).then_some(weight),
            comments: if dialect.has_comments() { 0 } else { self.comments },
        };
        match inexpressible {
            Inexpressible::Refuse if losses.matter() => {
                Err(CannotExpress { dialect, losses, examples: self.examples(dialect) })
            }
            _ => Ok(losses),
        }
    }

    /// Returns the first operations that the dialect can't express.
    fn examples(&self, dialect: Dialect) -> Vec<(u32, Op)> {
        let kinds = [&self.callocs, &self.memaligns, &self.free_nulls, &self.writes];
        let firsts = kinds.into_iter().flat_map(|calls| &calls.first);
        let lost = firsts.filter(|(_, op)| !expressible(*op, dialect));
        let mut examples: Vec<(u32, Op)> = lost.copied().collect();
        examples.sort_by_key(|&(line, _)| line);
        examples.truncate(EXAMPLES);
        examples
    }
}

/// The error that a dialect can't express something in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotExpress {
    /// The dialect.
    pub dialect: Dialect,
    /// Everything it can't express.
    pub losses: Losses,
    /// The first operations that it can't express, with their source lines.
    pub examples: Vec<(u32, Op)>,
}

/// The most operations that are listed.
const EXAMPLES: usize = 5;

impl fmt::Display for CannotExpress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} dialect can't express this:", self.dialect)?;
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
