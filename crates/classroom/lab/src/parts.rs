//! A reference, cut into parts: its functions, one by one, and its other items.
//!
//! ```text
//!  lib.rs      impl Heap for X { fn free .. }          fn free    of the contract
//!              impl X { fn split .. fn coalesce .. }   fn split
//!  format.rs   impl X { fn mark_free .. }          =>  fn coalesce
//!  policy.rs   enum Fit ..                             fn mark_free
//!                                                      enum Fit   ...
//! ```
//!
//! All parts are in one namespace: paths lose `crate::` and the names of modules.

use crate::anchor::{Section, sections, without_markers};
use crate::error::StarterError;
use crate::items::{Item, items};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A function of an `impl`, or another item of a file.
pub(crate) struct Part {
    /// The file that it is in.
    pub file: String,
    /// `fn`, `const`, `enum`.
    pub keyword: String,
    /// Its name.
    pub name: String,
    /// The beginning of the `impl` that it is in, without a trait; `None` for an item of the file.
    pub within: Option<String>,
    /// Whether it belongs to `impl Heap`.
    pub is_of_contract: bool,
    /// The sections that are in it, or that it is in.
    pub anchors: BTreeSet<String>,
    /// Its text from the end of the part before, and ranges in it.
    text: String,
    visibility: Range<usize>,
    body: Range<usize>,
    parameters: Vec<String>,
}

/// All of a reference.
pub(crate) struct Parts {
    /// The docs and attributes that each file begins with.
    pub heads: BTreeMap<String, String>,
    /// The parts, file by file, `lib.rs` first.
    pub parts: Vec<Part>,
    /// Imports from other crates: a path, and the name after it.
    pub imports: BTreeSet<(String, String)>,
}

impl Part {
    /// Returns its text without markers, with this visibility instead of none or `pub(crate)`.
    pub fn with_visibility(&self, visibility: &str) -> String {
        let (before, behind) = (&self.text[..self.visibility.start], self.declaration());
        let text = match &self.text[self.visibility.clone()] {
            "pub " => format!("{before}pub {behind}"),
            _ => format!("{before}{visibility}{behind}"),
        };
        without_markers(&text).trim_matches('\n').to_owned()
    }

    /// Returns a function that calls the function of the same name that is not of the contract.
    pub fn forward(&self) -> String {
        let signature = &self.text[self.visibility.end..self.body.start];
        let (name, parameters) = (&self.name, self.parameters.join(", "));
        format!("    {signature}{{ self.{name}({parameters}) }}")
    }

    /// Returns the function with the body that `put` makes of its body.
    pub fn with_body(&self, put: impl FnOnce(&str) -> String) -> String {
        let signature = &self.text[self.visibility.end..self.body.start];
        let inside = &self.text[self.body.start + 1..self.body.end - 1];
        format!("    {signature}{{\n        {}\n    }}", put(inside.trim()))
    }

    fn declaration(&self) -> &str {
        &self.text[self.visibility.end..]
    }
}

impl Parts {
    /// Cuts files, given by name (relative to the folder of `lib.rs`) and text. They include
    /// the functions that stand for the contract's default ones.
    pub fn of(files: &[(String, String)]) -> Result<Parts, StarterError> {
        let mut parts =
            Parts { heads: BTreeMap::new(), parts: Vec::new(), imports: BTreeSet::new() };
        for (name, text) in files {
            parts.add(name, text)?;
        }
        Ok(parts)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), StarterError> {
        let anchors = sections(text).map_err(StarterError::Anchors)?;
        let (head_end, found) = items(text, tokens(file, text)?);
        self.heads.insert(file.to_owned(), text[..head_end].to_owned());
        let mut end = head_end;
        for item in found {
            let before = std::mem::replace(&mut end, item.range.end);
            let within = within(text, &item);
            match item.keyword {
                _ if item.is_of_tests => {}
                "use" => imports(&text[item.range.clone()], &mut self.imports),
                "mod" => {}
                "impl" if within.is_some() => {
                    self.add_functions(file, text, &item, within, &anchors);
                }
                _ => self.parts.push(part(file, text, before, &item, None, &anchors)),
            }
        }
        Ok(())
    }

    fn add_functions(
        &mut self,
        file: &str,
        text: &str,
        of: &Item,
        within: Option<(String, bool)>,
        anchors: &[Section],
    ) {
        let Some(body) = &of.body else { return };
        let mut end = body.span_open().byte_range().end;
        for item in items(text, body.stream()).1 {
            let before = std::mem::replace(&mut end, item.range.end);
            if !item.is_of_tests {
                let new = part(file, text, before, &item, within.clone(), anchors);
                self.parts.push(new);
            }
        }
    }
}

fn part(
    file: &str,
    text: &str,
    before: usize,
    item: &Item,
    within: Option<(String, bool)>,
    anchors: &[Section],
) -> Part {
    let local = |range: Range<usize>| range.start - before..range.end - before;
    let (within, is_of_contract) = within.unzip();
    let touches = |section: &&Section| {
        section.range.start < item.range.end && item.range.start < section.range.end
    };
    let anchors = anchors.iter().filter(touches);
    Part {
        file: file.to_owned(),
        keyword: item.keyword.to_owned(),
        name: item.name.to_owned(),
        within,
        is_of_contract: is_of_contract.unwrap_or(false),
        anchors: anchors.map(|section| section.name.to_owned()).collect(),
        text: text[before..item.range.end].to_owned(),
        visibility: local(item.visibility.clone()),
        body: item.body_range().map_or(0..0, local),
        parameters: item.parameters.clone(),
    }
}

/// Returns the beginning of an `impl` without the contract's name,
/// and whether that was there; `None` for a different trait's.
fn within(text: &str, item: &Item) -> Option<(String, bool)> {
    let head = text[item.visibility.end..item.body_range()?.start].trim();
    let own = head.replacen("Heap for ", "", 1);
    let is_of_contract = own != head;
    (!own.contains(" for ")).then_some((own, is_of_contract))
}

pub(crate) fn tokens(file: &str, text: &str) -> Result<TokenStream, StarterError> {
    let error = |error| StarterError::NoRust { file: file.to_owned(), error: format!("{error}") };
    text.parse().map_err(|found: proc_macro2::LexError| error(found))
}

/// Returns the text without the paths that lead from one file of a crate to another.
pub(crate) fn in_one_namespace(
    file: &str,
    text: &str,
    modules: &[&str],
) -> Result<String, StarterError> {
    let mut flat = String::new();
    let mut done = 0;
    let mut levels = vec![tokens(file, text)?];
    let mut cuts = BTreeSet::new();
    while let Some(level) = levels.pop() {
        let level: Vec<TokenTree> = level.into_iter().collect();
        for (index, token) in level.iter().enumerate() {
            if let TokenTree::Group(group) = token {
                levels.push(group.stream());
            }
            let is_colon = |at: usize| matches!(level.get(at), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
            if let TokenTree::Ident(word) = token
                && (word == "crate" || modules.iter().any(|module| word == module))
                && is_colon(index + 1)
                && is_colon(index + 2)
            {
                let end = level[index + 2].span().byte_range().end;
                cuts.insert((word.span().byte_range().start, end));
            }
        }
    }
    for (start, end) in cuts {
        flat += &text[done..start];
        done = end;
    }
    Ok(flat + &text[done..])
}

/// Collects the names that a `use` of another crate imports, each with the path before it.
fn imports(text: &str, found: &mut BTreeSet<(String, String)>) {
    let Some((_, tree)) = text.split_once("use ") else {
        return;
    };
    let Ok(tree) = tree.trim_end_matches(';').parse() else {
        return;
    };
    leaves(tree, "", found);
}

fn leaves(tree: TokenStream, path: &str, found: &mut BTreeSet<(String, String)>) {
    let mut here = path.to_owned();
    let mut last = String::new();
    for token in tree {
        match token {
            TokenTree::Ident(name) => last = name.to_string(),
            TokenTree::Group(group) => leaves(group.stream(), &here, found),
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                take_leaf(path, &mut here, &mut last, found);
            }
            TokenTree::Punct(_) if last.is_empty() => {}
            TokenTree::Punct(_) => here += &format!("{}::", std::mem::take(&mut last)),
            TokenTree::Literal(_) => {}
        }
    }
    take_leaf(path, &mut here, &mut last, found);
}

/// Takes a name with its path; a name without a path is one of the crate's own.
fn take_leaf(
    path: &str,
    here: &mut String,
    last: &mut String,
    found: &mut BTreeSet<(String, String)>,
) {
    let (leaf, of) = (std::mem::take(last), std::mem::replace(here, path.to_owned()));
    if !leaf.is_empty() && !of.is_empty() {
        found.insert((of, leaf));
    }
}
