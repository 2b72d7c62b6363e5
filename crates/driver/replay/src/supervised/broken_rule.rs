//! Who broke a rule under a program, the heap or the program, and the message for it.

use crate::Rule;
use crate::fault::Kind;
use crate::written::Overwritten;
use heaplab_arena::{Addr, ReserveError};
use std::fmt;

/// Who broke a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// The heap did, in this way.
    ByHeap(Kind),
    /// The heap gave out a payload that shares bytes with another: both payloads, with their sizes
    /// in bytes.
    Overlap((Addr, u32), (Addr, u32)),
    /// The program did: it has no block at the pointer.
    ByProgram,
    /// The program did: it has overwritten a word of the heap's own, before the heap seemed to
    /// break a rule.
    Overwrite {
        /// The word.
        word: Overwritten,
        /// The program's block that is before the word, or around it.
        block: Option<Near>,
        /// The rule that the heap seemed to break afterwards.
        then: Box<BrokenRule>,
    },
}

/// A block of the program's that helps to find its mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// The payload.
    pub payload: Addr,
    /// Bytes asked for.
    pub size: u32,
    /// Whether the program still has it.
    pub is_live: bool,
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Near { payload, size, .. } = self;
        if self.is_live {
            write!(f, "the program's block of {size} bytes at {payload}")
        } else {
            write!(f, "the block of {size} bytes at {payload}, which it has freed")
        }
    }
}

fn write_overwrite(
    f: &mut fmt::Formatter<'_>,
    word: &Overwritten,
    block: Option<Near>,
) -> fmt::Result {
    let Overwritten { at, was, is } = word;
    writeln!(
        f,
        "fault[overwrite]: the program has written over the heap's word at {at}: the heap stored \
         {was:#x} there, and it is {is:#x} now, while no call of the heap was under way"
    )?;
    if let Some(near) = block {
        match (*at - near.payload).checked_sub(near.size) {
            Some(past) if near.is_live => writeln!(f, "  {past} bytes past the end of {near}"),
            Some(_) => writeln!(f, "  beside {near}"),
            None => writeln!(f, "  byte {} of {near}", *at - near.payload),
        }?;
    }
    write!(f, "  then the heap broke a rule because of it: ")
}

impl From<Kind> for BrokenRule {
    fn from(kind: Kind) -> BrokenRule {
        BrokenRule::ByHeap(kind)
    }
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, text) = match self {
            BrokenRule::ByProgram => return write!(f, "the program has no block there"),
            BrokenRule::Overwrite { word, block, then } => {
                write_overwrite(f, word, *block)?;
                return then.fmt(f);
            }
            BrokenRule::ByHeap(kind) => (kind.code(), kind.to_string()),
            BrokenRule::Overlap((addr, size), (other, other_size)) => (
                "overlap",
                format!("{size} bytes at {addr} overlap {other_size} at {other}, which are live"),
            ),
        };
        writeln!(f, "fault[{code}]: {text}")?;
        if let BrokenRule::ByHeap(kind) = self
            && let Some(place) = kind.place()
        {
            writeln!(f, "  --> {place}")?;
        }
        let rule = match self {
            BrokenRule::ByHeap(kind) => Rule::of(kind),
            _ => Rule::of_code(code),
        };
        write!(f, "  rule {rule}\n  more: heaplab explain {code}")
    }
}

/// Why there is no empty heap.
#[derive(Debug)]
pub enum NotBuilt {
    /// The host refuses the machine's address space.
    NoSpace(ReserveError),
    /// The machine's limit leaves no room for an empty heap.
    NoRoom,
    /// The heap breaks a rule as it is set up.
    AtFault(BrokenRule),
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotBuilt::NoSpace(error) => error.fmt(f),
            NotBuilt::NoRoom => f.write_str("the heap's limit leaves no room for an empty heap"),
            NotBuilt::AtFault(broken_rule) => broken_rule.fmt(f),
        }
    }
}
