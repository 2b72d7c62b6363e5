//! The smallest trace that shows a failure.
//!
//! Delta debugging (A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing
//! Input", IEEE Transactions on Software Engineering 28(2), 2002): remove a part, run the rest, and
//! keep the rest if it fails in the same way. Parts are large at first and are halved when none can
//! be removed any more, so a trace of a hundred thousand operations needs some dozens of long runs,
//! and most runs come when it is short.
//!
//! What is removed is never a line of text but something that leaves a valid trace: a whole *life*
//! (a block from its allocation over its reallocs to its free), a realloc, a free; or an operation
//! is made simpler ([`Edit`] lists all). When no single edit can be made, the trace is *1-minimal*,
//! the paper's word: everything in it is needed.

mod edit;
mod shrunk;
mod sizes;
mod step;
mod trial;

use crate::Signature;
use edit::Edit;
use heaplab_trace::Trace;
pub use shrunk::{End, Origin, Shrunk};
use std::fmt;
pub use trial::{Budget, Trial};
use trial::{BudgetUsed, Trials};

/// Why a trace can't be shrunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotShrink {
    /// It shows no failure.
    NoFailure,
    /// It failed, but the same operations under other ids did not, or failed in another way: the
    /// heap does not behave the same each time.
    NotRepeatable {
        /// The failure seen first.
        first: Signature,
        /// What a second run showed.
        second: Option<Signature>,
    },
}

/// Shrinks a trace that fails. `oracle` runs a candidate and returns how it fails, or `None` if it
/// does not; it is called with `trace` itself first.
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

/// Makes all kinds of edits, again and again until none can be made. The first rounds only remove
/// large parts, so that a kind of edit does not use up the budget on a trace that another kind
/// would have made short.
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

impl fmt::Display for CannotShrink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotShrink::NoFailure => f.write_str("the trace shows no failure"),
            CannotShrink::NotRepeatable { first, second } => {
                write!(f, "the failure ({first}) does not repeat: a second run ")?;
                match second {
                    Some(second) => write!(f, "showed another one ({second})"),
                    None => f.write_str("passed"),
                }
            }
        }
    }
}

impl std::error::Error for CannotShrink {}
