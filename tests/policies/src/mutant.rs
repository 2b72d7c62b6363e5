//! Definition of a mutant. The build script reads the same lists as the library.

use crate::text;
use std::ops::Range;

/// One edit of a lab's solution that breaks a clause of the lab's text.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name, which is used once in its lab.
    pub name: &'static str,
    /// The clause that it breaks, word for word as the handout or the definition of the lab has it.
    pub clause: &'static str,
    /// What it does instead.
    pub instead: &'static str,
    /// The stage with a check that it fails; empty if it loses points for a measure.
    pub stage: &'static str,
    /// The beginning of the function that it edits.
    pub within: &'static str,
    /// The text that it replaces, which occurs there exactly once. White space may differ.
    pub find: &'static str,
    /// The text to put there instead.
    pub put: &'static str,
}

impl Mutant {
    /// Returns the place of its text in the solution.
    ///
    /// # Errors
    /// If the text is not there, or more than once.
    pub fn place(&self, source: &str) -> Result<Range<usize>, String> {
        let within = text::function(source, self.within)?;
        text::only(source, within, self.find)
    }
}

/// The mutants of a lab.
#[derive(Clone, Copy, Debug)]
pub struct OfLab {
    /// The lab whose checks they fail.
    pub lab: &'static str,
    /// The lab whose solution they are planted in: another one if the lab's reference does not show
    /// full marks.
    pub source: &'static str,
    /// Its mutants.
    pub mutants: &'static [Mutant],
}
