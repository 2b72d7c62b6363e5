//! The story of a fault: the message with names for addresses, the functions that ran, and who
//! wrote the words that are wrong.
//!
//! A fault is found by the driver, often by a walk over the heap, and long after the mistake. What
//! a student can mend is a line of the allocator: the one that made the bad access, or the one that
//! wrote the word that is wrong now. Module `suspects` chooses those words, and `words` has the
//! sentences.

use crate::access::{BadAccess, Call};
use crate::fault::{Fault, Kind};
use crate::frame::Frame;
use crate::names::Words;
use heaplab_arena::Addr;

mod native;
mod suspects;
mod words;

pub(crate) use native::Native;
pub(crate) use suspects::suspects;

/// What is known about a fault besides the fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// What is wrong, with names for addresses and functions.
    pub message: String,
    /// The allocator's functions that ran when it was stopped, the innermost first; none if it was
    /// not stopped, or if the program has no debug information.
    pub frames: Vec<Frame>,
    /// Who wrote the words that the fault is about, the latest first.
    pub writers: Vec<Writer>,
}

/// The last write of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The word and what it holds: `the header of block 0x10010 (32 allocated)`.
    pub what: String,
    /// Where the word is.
    pub at: Addr,
    /// Where it leads, if it is a link of a list.
    pub leads_to: Option<Addr>,
    /// The line of the operation that wrote it; none if the empty heap was set up.
    pub line: Option<u32>,
    /// That operation.
    pub operation: Option<String>,
    /// The allocator's functions that wrote it, the innermost first; at least one line.
    pub frames: Vec<Frame>,
}

/// How the words for a tag end that led to another wrong one.
pub(crate) const TAG_BEFORE: &str = "in the tag before that one";

impl Writer {
    /// Returns whether the same functions wrote this word in the same operation, as they write the
    /// two links of one block.
    fn is_of_the_same_call(&self, other: &Writer) -> bool {
        let is_same = |(one, two): (&Frame, &Frame)| one.function == two.function;
        // Native code writes both in one call: the wrong tag, and the next where that one leads.
        let is_tag_before = |writer: &Writer| writer.what.ends_with(TAG_BEFORE);
        !is_tag_before(self)
            && !is_tag_before(other)
            && self.line == other.line
            && self.frames.len() == other.frames.len()
            && self.frames.len() > 1
            && self.frames.iter().zip(&other.frames).all(is_same)
    }
}

/// A word that may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    /// Its name, and what it holds.
    pub(crate) what: String,
    /// Where it is.
    pub(crate) at: Addr,
    /// Where it leads, if it is a link of a list.
    pub(crate) leads_to: Option<Addr>,
}

/// An endless recursion has thousands of frames.
const MOST_FRAMES: usize = 16;

/// All that a story is made from.
pub(crate) struct Evidence<'a> {
    pub(crate) fault: &'a Fault,
    /// The heap as it is now: after the operation, or where it was stopped.
    pub(crate) words: Words<'a>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) writers: Vec<Writer>,
}

impl Evidence<'_> {
    /// Returns the story.
    pub(crate) fn tell(self) -> Story {
        let message = self.message();
        // A walk for the driver is not what a student mends, unless it is in a student's function.
        let is_seen =
            !matches!(&self.fault.kind, Kind::Access(access) if self.is_only_seen(access));
        let mut frames = if is_seen { self.frames } else { Vec::new() };
        frames.truncate(MOST_FRAMES);
        let mut writers: Vec<Writer> = Vec::new();
        for writer in self.writers {
            if !writers.iter().any(|other| other.is_of_the_same_call(&writer)) {
                writers.push(writer);
            }
        }
        Story { message, frames, writers }
    }

    /// Returns whether a walk for the driver has come to a word that is wrong: the function that
    /// reads the word is right.
    fn is_only_seen(&self, access: &BadAccess) -> bool {
        let is_wrong_before = || self.missing(access).is_some() || self.listed(access).is_some();
        self.is_only_look(access.call) || is_look(access.call) && is_wrong_before()
    }

    /// Returns whether the call only looks at the heap, and no function of the allocator's root
    /// file, which is a student's, is what was stopped.
    pub(crate) fn is_only_look(&self, call: Call) -> bool {
        let innermost = self.frames.first();
        is_look(call) && !innermost.is_some_and(|frame| frame.file.ends_with("/lib.rs"))
    }
}

/// Returns whether the call only looks at the heap for the driver.
pub(crate) fn is_look(call: Call) -> bool {
    matches!(call, Call::Check | Call::Blocks | Call::FreeLists | Call::UsableSize { .. })
}
