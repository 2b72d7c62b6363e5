//! What an allocator does within one call, one thing after the other.

use heaplab_replay::{Frame, Place};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One thing that the allocator did within a call. Addresses are those of the simulated machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// What it did.
    pub event: Event,
    /// The allocator's line.
    pub source: Source,
    /// The allocator's functions that ran, the innermost first, if they were asked for and the
    /// program has debug information.
    pub calls: Vec<FunctionAt>,
}

/// A function of the allocator, and the line that it has reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionAt {
    /// The function's name.
    pub function: String,
    /// The line.
    pub source: Source,
}

impl From<Frame> for FunctionAt {
    fn from(frame: Frame) -> FunctionAt {
        let Frame { function, file, line } = frame;
        FunctionAt { function, source: Source { file: Cow::Owned(file), line } }
    }
}

/// What an allocator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It read a word.
    Load {
        /// The word's address.
        addr: u32,
        /// What it read.
        word: u32,
    },
    /// It wrote a word.
    Store {
        /// The word's address.
        addr: u32,
        /// What was there.
        old: u32,
        /// What is there now.
        new: u32,
    },
    /// It copied bytes.
    Copy {
        /// The first byte that it read.
        from: u32,
        /// The first byte that it wrote.
        to: u32,
        /// How many.
        bytes: u32,
    },
    /// It set bytes to zero.
    Zero {
        /// The first one.
        addr: u32,
        /// How many.
        bytes: u32,
    },
    /// It called `sbrk`.
    Sbrk {
        /// By how many bytes the break was to move.
        increment: i32,
        /// Where it was.
        old: u32,
        /// Where it is; the same if the call was refused.
        new: u32,
    },
    /// Its search looked at one more block.
    SearchStep,
    /// It made two blocks of one.
    Split,
    /// It made one block of two.
    Merge,
}

/// A line of the allocator's source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file, as the compiler was given it.
    pub file: Cow<'static, str>,
    /// The line, from 1.
    pub line: u32,
}

impl From<Place> for Source {
    fn from(place: Place) -> Source {
        Source { file: Cow::Borrowed(place.file), line: place.line }
    }
}

impl Event {
    /// Returns whether memory may be changed by it.
    pub fn writes(&self) -> bool {
        matches!(self, Event::Store { .. } | Event::Copy { .. } | Event::Zero { .. })
    }
}
