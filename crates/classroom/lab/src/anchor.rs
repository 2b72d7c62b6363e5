//! Sections of a source, between mdBook's markers.
//!
//! ```text
//! // ANCHOR: place
//! fn place(..) { .. }
//! // ANCHOR_END: place
//! ```
//!
//! The markers have four uses: a starter's holes, the comparison of two
//! allocators, the excerpts of a book, and the test that all allocators
//! have the same plan. Sections may be nested, and may not overlap.

use std::fmt;
use std::ops::Range;

/// A section: the whole lines between its two markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the lines between the markers are, in bytes.
    pub range: Range<usize>,
    /// Their first line, from 1.
    pub line: usize,
    /// How many other sections it is inside of.
    pub depth: usize,
}

/// Markers that do not pair up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorError {
    /// The line of the marker, from 1.
    pub line: usize,
    /// The section's name.
    pub name: String,
    /// What is wrong.
    pub problem: AnchorProblem,
}

/// What is wrong with a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorProblem {
    /// It begins a section whose name is already used.
    Twice,
    /// It begins a section that never ends.
    Unended,
    /// It ends a section that is not the innermost one open.
    NotOpen,
}

impl fmt::Display for AnchorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AnchorError { line, name, .. } = self;
        match self.problem {
            AnchorProblem::Twice => write!(f, "line {line}: a second section `{name}`"),
            AnchorProblem::Unended => {
                write!(f, "line {line}: the section `{name}` has no ANCHOR_END")
            }
            AnchorProblem::NotOpen => write!(
                f,
                "line {line}: `{name}` ends here, but it is not the section that began last"
            ),
        }
    }
}

impl std::error::Error for AnchorError {}

/// Returns all sections of a source, in the order in which they begin.
///
/// # Errors
/// The first marker that has no partner, or repeats a section's name.
pub fn sections(source: &str) -> Result<Vec<Section<'_>>, AnchorError> {
    let mut found: Vec<Section> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    for (index, line) in source.split_inclusive('\n').enumerate() {
        let (start, number) = (at, index + 1);
        at += line.len();
        let error =
            |name: &str, problem| AnchorError { line: number, name: name.to_owned(), problem };
        match marker(line) {
            Some(Marker::Begin(name)) => {
                if found.iter().any(|section| section.name == name) {
                    return Err(error(name, AnchorProblem::Twice));
                }
                open.push(found.len());
                found.push(Section {
                    name,
                    range: at..at,
                    line: number + 1,
                    depth: open.len() - 1,
                });
            }
            Some(Marker::End(name)) => match open.pop().map(|index| &mut found[index]) {
                Some(section) if section.name == name => section.range.end = start,
                _ => return Err(error(name, AnchorProblem::NotOpen)),
            },
            None => {}
        }
    }
    match open.pop().map(|index| &found[index]) {
        Some(section) => Err(AnchorError {
            line: section.line - 1,
            name: section.name.to_owned(),
            problem: AnchorProblem::Unended,
        }),
        None => Ok(found),
    }
}

/// Returns the source without its markers, for reading.
pub fn without_markers(source: &str) -> String {
    let lines = source.split_inclusive('\n');
    lines.filter(|line| marker(line).is_none()).collect()
}

/// Returns the lines of a section with their numbers in the
/// source, from 1, without the markers of the sections in it.
pub fn lines<'a>(
    source: &'a str,
    section: &Section<'_>,
) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
    let lines = source[section.range.clone()].split_inclusive('\n');
    (section.line..).zip(lines).filter(|(_, line)| marker(line).is_none())
}

enum Marker<'a> {
    Begin(&'a str),
    End(&'a str),
}

/// Returns the marker on a line: a comment alone on it, as in mdBook.
fn marker(line: &str) -> Option<Marker<'_>> {
    let comment = line.trim().strip_prefix("//")?.trim_start();
    let name = |rest: &'_ str| !rest.is_empty() && !rest.contains(char::is_whitespace);
    if let Some(rest) = comment.strip_prefix("ANCHOR:").map(str::trim) {
        return name(rest).then_some(Marker::Begin(rest));
    }
    let rest = comment.strip_prefix("ANCHOR_END:").map(str::trim)?;
    name(rest).then_some(Marker::End(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = "\
a
// ANCHOR: outer
b
    // ANCHOR: inner
    c
    // ANCHOR_END: inner
// ANCHOR_END: outer
";

    #[test]
    fn sections_may_nest() {
        let found = sections(NESTED).unwrap();
        let text = |index: usize| &NESTED[found[index].range.clone()];
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name, found[0].line, found[0].depth), ("outer", 3, 0));
        assert_eq!((found[1].name, found[1].line, found[1].depth), ("inner", 5, 1));
        assert_eq!(text(1), "    c\n");
        assert!(text(0).starts_with("b\n") && text(0).ends_with("inner\n"));
        assert_eq!(without_markers(NESTED), "a\nb\n    c\n");
        let numbered: Vec<_> = lines(NESTED, &found[0]).collect();
        assert_eq!(numbered, [(3, "b\n"), (5, "    c\n")]);
    }

    #[test]
    fn unpaired_markers_are_named() {
        let problem = |text: &str| {
            let error = sections(text).unwrap_err();
            (error.line, error.problem)
        };
        assert_eq!(
            problem("// ANCHOR: a\n// ANCHOR_END: a\n// ANCHOR: a\n"),
            (3, AnchorProblem::Twice)
        );
        assert_eq!(problem("x\n// ANCHOR: a\n"), (2, AnchorProblem::Unended));
        assert_eq!(problem("// ANCHOR_END: a\n"), (1, AnchorProblem::NotOpen));
        let crossing = "// ANCHOR: a\n// ANCHOR: b\n// ANCHOR_END: a\n// ANCHOR_END: b\n";
        assert_eq!(problem(crossing), (3, AnchorProblem::NotOpen));
    }

    #[test]
    fn prose_about_anchors_is_not_a_marker() {
        assert_eq!(sections("// ANCHOR: two words\nlet s = \"// ANCHOR: a\";\n"), Ok(vec![]));
    }
}
