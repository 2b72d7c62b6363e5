//! Definition of a mistake. The build script reads the same lists as the library.

/// A mistake: one edit of a lab's solution, as a student would make it.
#[derive(Clone, Copy, Debug)]
pub struct Mistake {
    /// What is wrong, in a few words.
    pub wrong: &'static str,
    /// The beginning of the function to edit.
    pub within: &'static str,
    /// The sound text, which occurs there exactly once. White space may differ.
    pub find: &'static str,
    /// The text to put there instead.
    pub put: &'static str,
    /// What the first two lines of the diagnosis must say: each of these. Either the name of a
    /// function that a student would look at, or the true cause.
    pub says: &'static [&'static str],
    /// How good the diagnosis is.
    pub grade: Grade,
    /// Why it has that grade, in a few words.
    pub why: &'static str,
}

/// How well a diagnosis leads to the mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// It names the line or the cause.
    A,
    /// It names the function, or the word that is wrong and what wrote it.
    B,
    /// It shows what is wrong in the heap, and the student must find the function.
    C,
}
