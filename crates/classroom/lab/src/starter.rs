//! What a student begins with: the reference in one file, with holes.
//!
//! A hole is a section of the source. Where it is made of whole functions, each
//! keeps its signature and its docs, and its body becomes a `todo!`; where it is
//! a piece of a body, the piece does.

use crate::anchor::{AnchorError, Section, sections};
use crate::definition::{Hole, Lab};
use std::fmt;
use std::iter;
use std::ops::Range;

/// Why no starter can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StarterError {
    /// The reference's markers do not pair up.
    Anchors(AnchorError),
    /// A hole names a section that the reference does not have.
    NoSection {
        /// The hole.
        hole: String,
        /// The section.
        anchor: String,
    },
    /// A hole's section shares lines with another's.
    Overlap {
        /// The section.
        anchor: String,
    },
}

impl fmt::Display for StarterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StarterError::Anchors(error) => error.fmt(f),
            StarterError::NoSection { hole, anchor } => {
                write!(f, "hole `{hole}`: the reference has no section `{anchor}`")
            }
            StarterError::Overlap { anchor } => {
                write!(f, "the section `{anchor}` shares lines with another hole's")
            }
        }
    }
}

impl std::error::Error for StarterError {}

/// What a starter says on top, as long as there are holes in it.
const UNUSED: &str = "\
// As long as there are holes, some of what is here has no use yet.
#![allow(unused)]
";

/// The starter: `bundle` with all holes but the first `filled` ones. It is not
/// formatted.
///
/// # Errors
/// If a hole is not to be found.
pub fn starter(bundle: &str, lab: &Lab, filled: usize) -> Result<String, StarterError> {
    let all = sections(bundle).map_err(StarterError::Anchors)?;
    let open = lab.holes.get(filled..).unwrap_or_default();
    let mut edits: Vec<(Range<usize>, String, &str)> = Vec::new();
    for hole in open {
        let mut tasks = tasks(hole);
        for anchor in &hole.anchors {
            let section = all.iter().find(|section| section.name == anchor);
            let section = section.ok_or_else(|| StarterError::NoSection {
                hole: hole.name.clone(),
                anchor: anchor.clone(),
            })?;
            let emptied = emptied(bundle, section, hole, &mut tasks);
            edits.push((section.range.clone(), emptied, anchor));
        }
    }
    edits.sort_by_key(|(range, _, _)| range.start);
    let mut text = String::new();
    let mut done = 0;
    for (range, put, anchor) in edits {
        if range.start < done {
            let anchor = anchor.to_owned();
            return Err(StarterError::Overlap { anchor });
        }
        text += &bundle[done..range.start];
        text += &put;
        done = range.end;
    }
    text += &bundle[done..];
    Ok(if open.is_empty() {
        text
    } else {
        with_attribute(&text)
    })
}

/// The texts of a hole's places, one after the other, and what to say of more.
fn tasks(hole: &Hole) -> impl Iterator<Item = String> {
    let named = [&hole.task].into_iter().chain(&hole.also).cloned();
    named.chain(iter::repeat(format!("{}: a part of it", hole.name)))
}

/// The section with nothing in it but what is to do, by the next of `tasks`.
fn emptied(
    bundle: &str,
    section: &Section,
    hole: &Hole,
    tasks: &mut impl Iterator<Item = String>,
) -> String {
    let text = &bundle[section.range.clone()];
    let mut todo = || format!("todo!({:?})", tasks.next().unwrap_or_default());
    let Some(bodies) = bodies(text) else {
        let todo = todo();
        return format!("{}\n", hole.put.clone().unwrap_or(todo));
    };
    let mut emptied = String::new();
    let mut done = 0;
    for body in bodies {
        emptied += &text[done..body.start];
        emptied += &format!("{{\n{}\n}}", todo());
        done = body.end;
    }
    emptied + &text[done..]
}

/// Where the bodies of a section's functions are, if it is made of functions:
/// of an `impl`, or free ones.
fn bodies(text: &str) -> Option<Vec<Range<usize>>> {
    const FRAME: &str = "impl Frame {\n";
    let framed = format!("{FRAME}{text}}}");
    let items = syn::parse_str::<syn::ItemImpl>(&framed).ok()?.items;
    let bodies = items.iter().map(|item| match item {
        syn::ImplItem::Fn(function) => {
            let braces = function.block.brace_token.span;
            let (open, close) = (braces.open().byte_range(), braces.close().byte_range());
            Some(open.start - FRAME.len()..close.end - FRAME.len())
        }
        _ => None,
    });
    let bodies: Option<Vec<Range<usize>>> = bodies.collect();
    bodies.filter(|bodies| !bodies.is_empty())
}

/// The attribute behind those that the source begins with.
fn with_attribute(source: &str) -> String {
    let mut at = 0;
    let mut place = 0;
    for line in source.split_inclusive('\n') {
        at += line.len();
        if line.starts_with("#![") {
            place = at;
        }
    }
    format!("{}{UNUSED}{}", &source[..place], &source[place..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::holes_left;

    const BUNDLE: &str = "\
#![no_std]
#![forbid(unsafe_code)]

impl H {
    // ANCHOR: place
    /// Docs stay.
    fn place(&mut self, bytes: u32) {
        self.mark(bytes);
    }

    fn split(&self) -> u32 { 7 }
    // ANCHOR_END: place

    fn coalesce(&self) {
        match 1 {
            // ANCHOR: case_2
            1 => self.next(),
            // ANCHOR_END: case_2
            _ => (),
        }
    }
}
";

    fn lab() -> Lab {
        Lab::parse(
            r#"
            name = "x"
            title = "x"
            reference = "x"
            stage = []
            grade = {}
            [[hole]]
            name = "place"
            anchors = ["place"]
            task = 'say "allocated"'
            [[hole]]
            name = "case 2"
            anchors = ["case_2"]
            task = "the next block is free"
            put = '1 => todo!("the next block is free"),'
            "#,
        )
        .unwrap()
    }

    #[test]
    fn functions_keep_their_signatures_and_pieces_are_replaced() {
        let text = starter(BUNDLE, &lab(), 0).unwrap();
        assert!(
            text.contains("#![forbid(unsafe_code)]\n// As long"),
            "{text}"
        );
        assert!(text.contains("/// Docs stay.\n    fn place(&mut self, bytes: u32) {\ntodo!(\"say \\\"allocated\\\"\")\n}"));
        assert!(text.contains("fn split(&self) -> u32 {\ntodo!(\"place: a part of it\")\n}"));
        assert!(text.contains("// ANCHOR: case_2\n1 => todo!(\"the next block is free\"),\n"));
        assert_eq!(holes_left(&text), 3);
    }

    #[test]
    fn holes_are_filled_one_after_the_other() {
        assert!(
            starter(BUNDLE, &lab(), 1)
                .unwrap()
                .contains("self.mark(bytes)")
        );
        assert_eq!(starter(BUNDLE, &lab(), 2).unwrap(), BUNDLE);
        assert_eq!(holes_left(BUNDLE), 0);
    }

    #[test]
    fn a_section_that_is_not_there_is_named() {
        let mut lab = lab();
        lab.holes[0].anchors.push("palce".to_owned());
        assert!(matches!(
            starter(BUNDLE, &lab, 0),
            Err(StarterError::NoSection { anchor, .. }) if anchor == "palce"
        ));
        lab.holes[0].anchors[1] = "place".to_owned();
        assert!(matches!(
            starter(BUNDLE, &lab, 0),
            Err(StarterError::Overlap { .. })
        ));
    }
}
