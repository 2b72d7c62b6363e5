//! A named recipe for a heap, with policies chosen by words.

use crate::{Align, Heap};
use heaplab_arena::{Arena, OutOfMemory, Probe};
use std::fmt;

/// A recipe that builds the same heap over any machine, with any probe.
///
/// A design's value is its policy. `implicit:next-fit,elided` on the command
/// line is `parse_policy::<implicit::Policy>("next-fit,elided")`.
pub trait Design: Clone + Default + Send + Sync + 'static {
    /// The design's name on the command line.
    const NAME: &'static str;

    /// A description of the design, in one line.
    const ABOUT: &'static str;

    /// The words that choose its policies.
    const WORDS: &'static [Word<Self>];

    /// Whether the heap's code is native code of another language, which can reach all memory of
    /// its process. It is then compiled twice: for a machine with the probe
    /// [`Silent`](heaplab_arena::Silent) as for a program, for all others with reports of its
    /// accesses.
    const IS_NATIVE: bool = false;

    /// The allocator.
    type Heap<P: Probe>: Heap<Probe = P>;

    /// Sets up an empty heap at the machine's break.
    ///
    /// # Errors
    /// If there is not even room for an empty heap.
    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Self::Heap<P>, OutOfMemory>;
}

/// One word of a design's policy, as typed on the command line.
pub struct Word<D> {
    /// The word.
    pub name: &'static str,
    /// What it chooses, in one line.
    pub about: &'static str,
    /// Makes the choice.
    pub choose: fn(&mut D),
}

impl<D> Word<D> {
    /// Makes the word `name`; `about` says in one line what `choose` chooses.
    pub const fn new(name: &'static str, about: &'static str, choose: fn(&mut D)) -> Word<D> {
        Word { name, about, choose }
    }
}

/// A word that a design does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// The design's name.
    pub design: &'static str,
    /// The words that the design knows.
    pub known: Vec<&'static str>,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the heap `{}` has no policy `{}`", self.design, self.word)?;
        if self.known.is_empty() {
            write!(f, ": it has no policies to choose")
        } else {
            write!(f, "; it knows: {}", self.known.join(", "))
        }
    }
}

impl std::error::Error for UnknownWord {}

/// Returns the design's default policy, changed by each word of a comma-separated
/// list in turn: later words win.
///
/// # Errors
/// The first unknown word.
pub fn parse_policy<D: Design>(text: &str) -> Result<D, UnknownWord> {
    change_policy(D::default(), text)
}

/// Returns a policy, changed by each word of a comma-separated list in turn.
///
/// # Errors
/// The first unknown word.
pub fn change_policy<D: Design>(mut policy: D, text: &str) -> Result<D, UnknownWord> {
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let word = D::WORDS.iter().find(|word| word.name == name);
        let word = word.ok_or_else(|| UnknownWord {
            word: name.to_owned(),
            design: D::NAME,
            known: D::WORDS.iter().map(|word| word.name).collect(),
        })?;
        (word.choose)(&mut policy);
    }
    Ok(policy)
}
