//! Definition of a mutant. The build script reads the same lists as the library.

use crate::text;
use std::ops::Range;

/// The file name for what a design takes over from the contract.
pub const CONTRACT: &str = "contract.rs";

/// One fault, planted in a copy of an allocator.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name: a policy word on the command line.
    pub name: &'static str,
    /// What is wrong, as a student would make the mistake.
    pub wrong: &'static str,
    /// The file of the allocator's `src`; `contract.rs` holds the
    /// functions that the design takes over unchanged from the contract.
    pub file: &'static str,
    /// The beginning of the function to search; empty for the whole file.
    pub within: &'static str,
    /// The sound text, which occurs there exactly once. White space may differ.
    pub find: &'static str,
    /// The text to put there instead.
    pub put: &'static str,
    /// The policy words without which the fault does not show.
    pub words: &'static str,
    /// The alignment of payloads, in bytes, at which it shows.
    pub align_bytes: u32,
    /// What the machine allows.
    pub memory: Memory,
    /// A trace that shows the fault: its operations with commas between, or a file of
    /// `labs/traces`. Empty if it shows in the empty heap.
    pub shows: &'static str,
    /// The verdict of the checked machine there: a fault's code,
    /// and for `check` also the invariant, as in `check I5`. Empty
    /// if operations alone do not show it: it needs a bad pointer.
    pub caught: &'static str,
}

impl Mutant {
    /// Returns the place of its sound text in the source of its file.
    ///
    /// # Errors
    /// If the text is not there, or more than once.
    pub fn place(&self, source: &str) -> Result<Range<usize>, String> {
        let in_file = |error| format!("in {}: {error}", self.file);
        let within = match self.within {
            "" => 0..source.len(),
            beginning => text::function(source, beginning).map_err(in_file)?,
        };
        text::only(source, within, self.find).map_err(in_file)
    }
}

/// What the machine allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// 1 GiB; no call may fail.
    Plenty,
    /// This many bytes, which are enough; no call may fail.
    Enough(u32),
    /// 1 GiB; a call for more than any machine has may fail.
    AnyRequest,
    /// `sbrk` refuses from this call on, counted from 0; calls may fail.
    RefusedFrom(u32),
}

/// Values that most mutants need.
pub const MUTANT: Mutant = Mutant {
    name: "",
    wrong: "",
    file: "lib.rs",
    within: "",
    find: "",
    put: "",
    words: "",
    align_bytes: 16,
    memory: Memory::Plenty,
    shows: "",
    caught: "",
};
