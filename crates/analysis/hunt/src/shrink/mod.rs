//! The smallest trace that shows a failure.
//!
//! Delta debugging (A. Zeller and R. Hildebrandt, "Simplifying and Isolating
//! Failure-Inducing Input", IEEE Transactions on Software Engineering 28(2),
//! 2002): take a part away, run what is left, and keep it if it fails in the
//! same way. Parts are large at first and halve when none can go any more, so
//! a trace of a hundred thousand operations needs some dozens of long runs, and
//! the many runs come when it is short.
//!
//! What is taken away is never a line of text but something after which the
//! trace still makes sense: a whole *life* (a block from its allocation over
//! its reallocs to its free), a realloc, a free; or an operation is made
//! simpler ([`Edit`] has them all). When no single edit can be made, the
//! trace is *1-minimal*, the paper's word: everything in it is needed.

mod edit;
mod sizes;
mod step;
mod trial;

use crate::{Failure, Signature};
use edit::Edit;
use heaplab_trace::{Op, Trace};
use std::fmt;
use trial::{BudgetUsed, Trials};

/// How much work shrinking may be. Both are counted, not timed, so that the
/// same trace always shrinks to the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Operations replayed. A trial counts as some hundreds more than it has,
    /// because it begins with a new machine; as one more for so many
    /// [steps](Trial::steps) of the heap as an operation usually takes; and as one
    /// more for every 16 KiB of a payload, which is written and read back.
    pub ops: u64,
    /// Candidates tried.
    pub trials: u64,
}

impl Default for Budget {
    /// 200 million operations: some ten seconds for a heap that takes 50 ns
    /// for one.
    fn default() -> Budget {
        Budget {
            ops: 200_000_000,
            trials: u64::MAX,
        }
    }
}

/// What running a candidate showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// How it fails, if it does.
    pub failure: Option<Failure>,
    /// Loads and stores of the heap, as far as they are known: a search through
    /// a long list is more work than an operation should be.
    pub steps: u64,
    /// No candidate is to be tried after this one: the caller's time is up. The
    /// trials of the original are made all the same.
    pub is_last: bool,
}

impl From<Option<Failure>> for Trial {
    fn from(failure: Option<Failure>) -> Trial {
        Trial {
            failure,
            steps: 0,
            is_last: false,
        }
    }
}

/// A trace made small.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The small trace, its ids numbered anew.
    pub trace: Trace,
    /// Where each of its operations comes from.
    pub origins: Vec<Origin>,
    /// How it fails: with the signature of the original.
    pub failure: Failure,
    /// How many operations the original has.
    pub ops_before: usize,
    /// Candidates tried.
    pub trials: u64,
    /// Operations replayed, as the [`Budget`] counts them.
    pub ops_replayed: u64,
    /// Why it is not smaller.
    pub end: End,
}

/// Why a trace is not smaller than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is 1-minimal: no single edit leaves the failure.
    Minimal,
    /// The budget, or the caller's time, is used up; it might become smaller still.
    BudgetUsed,
}

/// Where an operation of a shrunk trace comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its index in the original trace.
    pub op_index: usize,
    /// Its line in the original trace's file.
    pub line: u32,
    /// What it was there.
    pub op: Op,
}

/// Why a trace can't be shrunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotShrink {
    /// It shows no failure.
    NoFailure,
    /// It failed, and the same operations under other ids did not, or in another
    /// way: the heap does not do the same each time.
    NotRepeatable {
        /// The failure seen first.
        first: Signature,
        /// What a second run showed.
        second: Option<Signature>,
    },
}

/// Shrinks a trace that fails. `oracle` runs a candidate and says how it
/// fails, or `None` if it does not; it is called with `trace` itself first.
///
/// # Errors
/// If there is nothing to shrink.
pub fn shrink<T: Into<Trial>>(
    trace: &Trace,
    mut oracle: impl FnMut(&Trace) -> T,
    budget: Budget,
) -> Result<Shrunk, CannotShrink> {
    let mut oracle = |candidate: &Trace| oracle(candidate).into();
    let first: Trial = oracle(trace);
    let failure = first.failure.clone().ok_or(CannotShrink::NoFailure)?;
    let mut trials = Trials::new(trace, &first, failure.clone(), &mut oracle, budget);
    if !trials.repeats() {
        return Err(CannotShrink::NotRepeatable {
            first: failure.signature,
            second: trials.seen_last(),
        });
    }
    trials.keep_latest_lives();
    let end = shrink_in_rounds(&mut trials);
    Ok(trials.finish(trace, end))
}

/// Makes all kinds of edits, again and again until none can be made. The first
/// rounds only take large parts away, so that no kind of edit uses up the budget
/// on a trace that another kind would have made short.
fn shrink_in_rounds(trials: &mut Trials) -> End {
    const COARSE_PARTS: usize = 64;
    let edits = Edit::all();
    for most_parts in [COARSE_PARTS, usize::MAX] {
        let mut changed = true;
        while changed {
            changed = false;
            for edit in &edits {
                match trials.make(edit, most_parts) {
                    Ok(made) => changed |= made,
                    Err(BudgetUsed) => return End::BudgetUsed,
                }
            }
        }
    }
    End::Minimal
}

impl Shrunk {
    /// The small trace with remarks: for each operation the line it comes from,
    /// and what it was there if it is not the same now.
    pub fn annotated(&self) -> Trace {
        let ops = self.trace.ops().iter().zip(&self.origins);
        (0..)
            .zip(ops)
            .fold(self.trace.clone(), |trace, (index, (op, origin))| {
                trace.with_comment_before(index, &origin.remark(*op))
            })
    }
}

impl Origin {
    /// The remark for what has become of the operation.
    fn remark(&self, now: Op) -> String {
        let renamed = match now.id() {
            Some(id) => self.op.with_id(id),
            None => self.op,
        };
        match renamed == now {
            true => format!("line {}", self.line),
            false => format!("line {}, `{}` there", self.line, self.op),
        }
    }
}

impl fmt::Display for CannotShrink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotShrink::NoFailure => f.write_str("the trace shows no failure"),
            CannotShrink::NotRepeatable { first, second } => {
                write!(f, "the failure ({first}) does not repeat: a second run ")?;
                match second {
                    Some(second) => write!(f, "showed another one ({second})"),
                    None => f.write_str("went well"),
                }
            }
        }
    }
}

impl std::error::Error for CannotShrink {}
