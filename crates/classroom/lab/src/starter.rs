//! The two files of a lab: one that the student writes, with
//! holes, and one with everything else of the reference.
//!
//! ```text
//!  src/lib.rs    the picture; the heap's fields       src/given.rs   the policy's words
//!                functions with holes, in the order                  the layout, and its check
//!                of the stages                                       what earlier labs had
//!                functions that are shown                            `impl Heap`
//! ```
//!
//! A hole is a section of the reference. If it is made of whole functions, each keeps its signature
//! and its docs, and its body becomes a `todo!`; if it is a piece of a body, the piece does.
//! Functions of the contract are plain functions in the student's file, and `impl Heap` calls them.

use crate::anchor::sections;
use crate::definition::Lab;
use crate::error::StarterError;
use crate::holes::with_holes;
use crate::items::items;
use crate::parts::{Parts, in_one_namespace, tokens};
use crate::plan::{MOD_GIVEN, Plan};
use crate::reference::{ROOT, Reference};
use std::collections::BTreeMap;

/// The two files of a lab. They are not formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starter {
    /// `src/lib.rs`, which the student writes and hands in.
    pub lib: String,
    /// `src/given.rs`, which the lab brings.
    pub given: String,
}

/// Returns the starter: both files, with all holes but the first `filled` ones.
///
/// # Errors
/// If the reference does not have what the lab says.
pub fn starter(reference: &Reference, lab: &Lab, filled: usize) -> Result<Starter, StarterError> {
    let files = flat_files(reference, lab)?;
    let whole = Parts::of(&files)?;
    let open = lab.holes.get(filled..).unwrap_or_default();
    let holed = Parts::of(&with_holes(files, open)?)?;
    let plan = Plan::of(&whole, lab)?;
    let docs = contract_docs(&reference.contract)?;
    Ok(Starter { lib: plan.lib(&holed, &docs, !open.is_empty()), given: plan.given() })
}

impl Starter {
    /// Returns both in one source, for a lab whose own `given.rs` is from a different reference.
    pub fn in_one_file(&self) -> String {
        let inside = format!("mod given {{\n{}\n}}\n", self.given);
        self.lib.replacen(MOD_GIVEN, &inside, 1)
    }
}

/// Returns the files of the reference, `lib.rs` first, all in one namespace,
/// and with the contract's functions that the student writes out.
fn flat_files(reference: &Reference, lab: &Lab) -> Result<Vec<(String, String)>, StarterError> {
    let root = reference.files.get(ROOT).ok_or(StarterError::NoRoot)?;
    let mut root = root.clone();
    for name in &lab.contract {
        write_out(name, &mut root, &reference.contract)?;
    }
    let others = reference.files.iter().filter(|(name, _)| *name != ROOT);
    let modules: Vec<&str> = others.clone().map(|(name, _)| name.trim_end_matches(".rs")).collect();
    [(ROOT, &root)]
        .into_iter()
        .chain(others.map(|(name, text)| (name.as_str(), text)))
        .map(|(name, text)| Ok((name.to_owned(), in_one_namespace(name, text, &modules)?)))
        .collect()
}

/// Inserts a function of the contract where a comment of the root says
/// that it is left to the contract: its section, without the docs.
fn write_out(name: &str, root: &mut String, contract: &str) -> Result<(), StarterError> {
    let all = sections(contract).map_err(StarterError::Anchors)?;
    let section = all.iter().find(|section| section.name == name);
    let section = section.ok_or_else(|| StarterError::NotInContract(name.to_owned()))?;
    let code = contract[section.range.clone()].split_inclusive('\n');
    let code: String = code.filter(|line| !line.trim_start().starts_with("///")).collect();
    let says = format!("    // `{name}` is the contract's default");
    let start = root.find(&says);
    let start = start.ok_or_else(|| StarterError::NotLeftToContract(name.to_owned()))?;
    let end = root[start..].find('\n').map_or(root.len(), |length| start + length);
    root.replace_range(
        start..end,
        &format!("    // ANCHOR: {name}\n{code}    // ANCHOR_END: {name}"),
    );
    Ok(())
}

/// Returns the contract's docs of its functions, a paragraph each.
fn contract_docs(contract: &str) -> Result<BTreeMap<String, String>, StarterError> {
    let mut docs = BTreeMap::new();
    for item in items(contract, tokens(Reference::CONTRACT, contract)?).1 {
        let Some(body) = item.body.filter(|_| item.name == "Heap") else {
            continue;
        };
        for function in items(contract, body.stream()).1 {
            let lines = contract[function.range].lines().map(str::trim);
            let lines = lines.take_while(|line| line.starts_with("/// "));
            let paragraph = lines.map(|line| format!("{line}\n")).collect();
            docs.insert(function.name.to_owned(), paragraph);
        }
    }
    Ok(docs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::holes_left;

    const ROOT: &str = r#"
//! The picture.
//! ```text
//! a
//! ```
//! And more.
#![no_std]
#![forbid(unsafe_code)]

mod list;

pub use list::Policy;

use machine::{Addr, Heap, Probe};

/// Least.
const LEAST: u32 = 4;

const OTHER: u32 = 8;

/// A heap.
pub struct Flat<P: Probe> {
    arena: P,
}

impl<P: Probe> Heap for Flat<P> {
    type Probe = P;

    // ANCHOR: free
    fn free(&mut self, payload: Addr) -> Result<(), Error> {
        self.coalesce(payload)
    }
    // ANCHOR_END: free

    // `realloc` is the contract's default: copy.

    fn check(&self) -> Result<(), Violation> {
        self.check_heap()
    }
}

/// The verbs.
impl<P: Probe> Flat<P> {
    fn coalesce(&mut self, payload: Addr) -> Result<(), Error> {
        match list::first(LEAST) {
            // ANCHOR: case_2
            1 => self.next(),
            // ANCHOR_END: case_2
            _ => Ok(()),
        }
    }

    fn other(&self) -> u32 {
        OTHER
    }
}
"#;

    const LIST: &str = r#"
//! Lists.

use crate::Flat;
use machine::{Design, Probe};

pub struct Policy;

impl Design for Policy {}

pub(crate) fn first(of: u32) -> u32 {
    of
}

impl<P: Probe> Flat<P> {
    // ANCHOR: place
    /// Docs stay.
    pub(crate) fn place(&mut self, bytes: u32) {
        self.mark(bytes);
    }

    fn split(&self) -> u32 { 7 }
    // ANCHOR_END: place

    fn check_heap(&self) {}
}

#[cfg(test)]
mod tests {}
"#;

    const CONTRACT_TEXT: &str = r#"
pub trait Heap {
    /// Frees it.
    ///
    /// # Errors
    fn free(&mut self, payload: Addr) -> Result<(), Error>;

    // ANCHOR: realloc
    /// Resizes it.
    fn realloc(&mut self, payload: Addr) -> Addr {
        payload
    }
    // ANCHOR_END: realloc
}
"#;

    fn reference() -> Reference {
        let file = |(name, text): (&str, &str)| (name.to_owned(), text.trim_start().to_owned());
        Reference {
            files: [("lib.rs", ROOT), ("list.rs", LIST)].map(file).into(),
            contract: CONTRACT_TEXT.to_owned(),
        }
    }

    fn lab() -> Lab {
        Lab::parse(
            r#"
            name = "x"
            title = "x"
            reference = "x"
            contract = ["realloc"]
            shown = ["list.rs", "free"]
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
            [[hole]]
            name = "realloc"
            anchors = ["realloc"]
            task = "copy"
            "#,
        )
        .unwrap()
    }

    fn made(filled: usize) -> Starter {
        starter(&reference(), &lab(), filled).unwrap()
    }

    #[test]
    fn functions_keep_their_signatures_and_pieces_are_replaced() {
        let Starter { lib, .. } = made(0);
        assert!(lib.starts_with("//! The picture.\n//! ```text\n//! a\n//! ```\n#![no_std]\n"));
        assert!(lib.contains("#![forbid(unsafe_code)]\n// While"), "{lib}");
        let place = "/// Docs stay.\n    fn place(&mut self, bytes: u32) {\ntodo!(\"say \\\"allocated\\\"\")\n}";
        assert!(lib.contains(place), "{lib}");
        assert!(lib.contains("fn split(&self) -> u32 {\ntodo!(\"place: a part of it\")\n}"));
        assert!(lib.contains("1 => todo!(\"the next block is free\"),\n"));
        assert_eq!(holes_left(&lib), 4);
        assert!(!lib.contains("ANCHOR"), "{lib}");
    }

    #[test]
    fn the_students_file_has_the_holes_in_their_order_and_what_is_shown() {
        let Starter { lib, .. } = made(3);
        let order = [
            "mod given;\npub use given::Policy;",
            "use given::first;\nuse machine::{Addr, Probe};",
            "const LEAST",
            "pub struct Flat",
            "// Lists.",
            "fn place",
            "fn coalesce",
            "match first(LEAST)",
            "/// Resizes it.\n    fn realloc",
            "// The rest is complete",
            "/// Frees it.\n    fn free",
        ];
        let places = order.map(|text| lib.find(text).unwrap_or_else(|| panic!("{text}: {lib}")));
        assert!(places.is_sorted(), "{lib}");
        assert!(!lib.contains("OTHER") && !lib.contains("allow(unused)"), "{lib}");
    }

    #[test]
    fn all_other_code_is_in_the_given_file() {
        let Starter { given, .. } = made(0);
        for filled in 1..=3 {
            assert_eq!(made(filled).given, given, "{filled} filled");
        }
        for text in [
            "use machine::{Addr, Design, Probe};\nuse super::Flat;",
            "pub(super) const OTHER",
            "impl<P: Probe> heaplab_heap::Heap for Flat<P> {",
            "fn free(&mut self, payload: Addr) -> Result<(), Error> { self.free(payload) }",
            "fn realloc(&mut self, payload: Addr) -> Addr { self.realloc(payload) }",
            "self.check_invariants()?;\n        self.check_heap()\n    }",
            "pub(super) fn other",
            "impl Design for Policy {}",
            "pub(super) fn check_invariants(&self) {}",
            "impl<P: Probe> CheckHeap for Flat<P> {}",
        ] {
            assert!(given.contains(text), "{text}: {given}");
        }
        for text in ["fn place", "fn coalesce", "default: copy", "ANCHOR", "mod tests"] {
            assert!(!given.contains(text), "{text}: {given}");
        }
    }

    #[test]
    fn the_single_file_has_both_parts() {
        let text = made(3).in_one_file();
        assert!(text.contains("mod given {\n// @generated"), "{text}");
        assert!(!text.contains("mod given;"));
    }

    #[test]
    fn missing_sections_are_named() {
        let error = |lab: &Lab| starter(&reference(), lab, 0).unwrap_err();
        let mut palce = lab();
        palce.holes[0].anchors.push("palce".to_owned());
        assert!(
            matches!(error(&palce), StarterError::NoSection { anchor, .. } if anchor == "palce")
        );
        palce.holes[0].anchors[1] = "place".to_owned();
        assert!(matches!(error(&palce), StarterError::Overlap { .. }));
        let mut shown = lab();
        shown.shown.push("malloc".to_owned());
        assert_eq!(error(&shown), StarterError::NotThere("malloc".to_owned()));
        let mut calloc = lab();
        calloc.contract[0] = "calloc".to_owned();
        assert_eq!(error(&calloc), StarterError::NotInContract("calloc".to_owned()));
        calloc.contract = ["realloc", "realloc"].map(str::to_owned).into();
        assert_eq!(error(&calloc), StarterError::NotLeftToContract("realloc".to_owned()));
        let mut reference = reference();
        reference.files.remove("lib.rs");
        assert_eq!(starter(&reference, &lab(), 0), Err(StarterError::NoRoot));
    }
}
