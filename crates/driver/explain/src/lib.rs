//! What a term, a rule, an invariant or an error code means.
//!
//! The texts are two pages of the docs, which are built into the program: a section of
//! `docs/glossary.md` for each term, and of `docs/codes.md` for each code. [`explain`]
//! finds one by any of its names, [`entries`] lists them all.
//!
//! ```text
//! ## boundary tag            the name
//!
//! Also: tag, footer.         more names, if there are any
//!
//! A word at an end of ...    the text
//! ```
#![forbid(unsafe_code)]

use heaplab_support::{Error, did_you_mean};

const GLOSSARY: &str = include_str!("../../../../docs/glossary.md");
const CODES: &str = include_str!("../../../../docs/codes.md");

/// A term or a code, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is called: `boundary tag`, `R3`, `store-live`.
    pub name: &'static str,
    /// Other names of the same, separated by commas.
    also: &'static str,
    /// The text, in Markdown.
    markdown: &'static str,
    /// Whether it is a code, not a term.
    pub is_code: bool,
}

impl Entry {
    /// All of its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let also = self.also.split(", ").filter(|name| !name.is_empty());
        std::iter::once(self.name).chain(also)
    }

    /// The text for a terminal: examples are indented, links name the page they lead to.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut in_example = false;
        for line in self.markdown.lines() {
            if line.starts_with("```") {
                in_example = !in_example;
            } else if in_example {
                text += &format!("    {line}\n");
            } else {
                text += &with_plain_links(line);
                text.push('\n');
            }
        }
        text
    }
}

/// Every entry: the terms in alphabetical order, then the codes in the order of their page.
pub fn entries() -> impl Iterator<Item = Entry> {
    let page = |page: &'static str, is_code| {
        let sections = page.split("\n## ").skip(1);
        sections.map(move |section| entry(section, is_code))
    };
    page(GLOSSARY, false).chain(page(CODES, true))
}

/// Finds what a term or a code means. Case, hyphens, a plural and zeros in front of a number
/// make no difference: `T1` is `T01`, `size-classes` is `size class`.
///
/// # Errors
/// If no entry has this name; the message names the most similar one.
pub fn explain(word: &str) -> Result<Entry, Error> {
    let exactly = |entry: &Entry| entry.names().any(|name| name.eq_ignore_ascii_case(word));
    let wanted = normal(word);
    let singulars = ["s", "es"].map(|ending| wanted.strip_suffix(ending));
    let is_form = |name: &str| name == wanted || singulars.contains(&Some(name));
    let nearly = |entry: &Entry| entry.names().any(|name| is_form(&normal(name)));
    // `usable-size` is a code, and `usable size` a term.
    if let Some(entry) = entries().find(exactly).or_else(|| entries().find(nearly)) {
        return Ok(entry);
    }
    let names: Vec<&str> = entries().flat_map(|entry| entry.names()).collect();
    Err(Error::new(format!(
        "error: `{word}` is not in the glossary{}\nhelp: `heaplab explain` lists all terms and codes",
        did_you_mean(&word.to_lowercase(), &names)
    )))
}

/// A section of a page, without its `## `. It ends where a new part of the page begins.
fn entry(section: &'static str, is_code: bool) -> Entry {
    let section = section.split("\n# ").next().unwrap_or(section);
    let (name, rest) = section.split_once('\n').unwrap_or((section, ""));
    let rest = rest.trim();
    let (also, markdown) = match rest.strip_prefix("Also: ") {
        Some(rest) => rest.split_once(".\n").unwrap_or((rest, "")),
        None => ("", rest),
    };
    Entry { name, also, markdown: markdown.trim(), is_code }
}

/// A word as it is compared: in small letters, with spaces for hyphens; the number of a code
/// without zeros in front.
fn normal(word: &str) -> String {
    let word = word.trim().trim_matches('`').to_lowercase().replace('-', " ");
    let number = |letter| word.strip_prefix(letter).and_then(|rest| rest.parse::<u32>().ok());
    for letter in ['r', 'i', 't'] {
        if let Some(number) = number(letter) {
            return format!("{letter}{number}");
        }
    }
    word
}

/// `see [codes.md](codes.md)` becomes `see docs/codes.md`.
fn with_plain_links(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once('[') {
        plain += before;
        match link.split_once("](").and_then(|(text, after)| {
            let (target, after) = after.split_once(')')?;
            Some((text, target, after))
        }) {
            Some((text, target, after)) if text == target => {
                plain += &format!("docs/{target}");
                rest = after;
            }
            Some((text, target, after)) => {
                plain += &format!("{text} (docs/{target})");
                rest = after;
            }
            None => {
                plain.push('[');
                rest = link;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_word_is_found_by_any_of_its_names_and_forms() {
        for (word, name) in [
            ("payload", "payload"),
            ("Payloads", "payload"),
            ("footer", "boundary tag"),
            ("size-classes", "size class"),
            ("`R3`", "R3"),
            ("t1", "T01"),
            ("STORE-LIVE", "store-live"),
            ("store live", "store-live"),
            ("usable size", "usable size"),
            ("usable-size", "usable-size"),
        ] {
            assert_eq!(explain(word).map(|entry| entry.name).ok(), Some(name), "{word}");
        }
        let error = explain("paylod").unwrap_err().to_string();
        assert!(error.contains("did you mean `payload`?"), "{error}");
    }

    #[test]
    fn no_name_is_given_twice_and_every_entry_has_a_text() {
        let mut seen = BTreeSet::new();
        for entry in entries() {
            assert!(!entry.markdown.is_empty(), "{}", entry.name);
            for name in entry.names() {
                assert!(seen.insert(name.to_lowercase()), "{name} is there twice");
            }
        }
        assert!(seen.len() > 140, "{}", seen.len());
    }

    #[test]
    fn terms_are_in_alphabetical_order() {
        let terms = entries().filter(|entry| !entry.is_code);
        let names: Vec<&str> = terms.map(|entry| entry.name).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn a_text_for_the_terminal_has_no_marks_of_markdown() {
        let text = explain("break").and_then(|_| explain("R3")).map(|entry| entry.text());
        assert!(text.is_ok_and(|text| text.contains("\n    a 0 24")));
        assert_eq!(
            with_plain_links("see [a page](x.md) and [y.md](y.md), a[0]"),
            "see a page (docs/x.md) and docs/y.md, a[0]"
        );
    }
}
