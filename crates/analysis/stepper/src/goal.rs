//! A place to go to, which may not be recorded yet.

use heaplab_film::Kind;

/// A place to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Where this many operations are done, or the end.
    Done(usize),
    /// The operation on this line of the trace, or the first one below it.
    Line(u32),
    /// The next step of a kind, or if false the one before.
    Find(Kind, bool),
}
