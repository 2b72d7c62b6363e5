//! The prose of the workspace: comments, messages and pages say things plainly, spell a word
//! in one way, have lines that can be read, and lead somewhere.
//!
//! | file | what it has |
//! |---|---|
//! | [`files`] | the files, and where the prose of each is |
//! | [`pieces`] | comments, strings and paragraphs as words |
//! | [`phrases`] | phrases and spellings to avoid: add to them here |
//! | [`lines`] | the length of lines |
//! | [`links`] | links of pages, and files that comments name |
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod files;
mod lines;
mod links;
mod phrases;
mod pieces;

use files::{File, all, root};
use phrases::{Allowed, Rule, SPELLINGS, TURNS, broken};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::fs;

/// Places where a turn of phrase is right.
const ALLOWED_TURNS: &[Allowed] = &[
    Allowed {
        path: "crates/production/programs/src/bench/library.rs",
        words: "no such",
        reason: "the loader's message",
    },
    Allowed {
        path: "crates/production/real/src/library/error.rs",
        words: "no such",
        reason: "the loader's message",
    },
    Allowed { path: "tests/run_inputs.rs", words: "no such", reason: "the system's message" },
];

/// Places where another spelling is right.
const ALLOWED_SPELLINGS: &[Allowed] = &[
    Allowed {
        path: "crates/classroom/diff/src/html.rs",
        words: "color-scheme",
        reason: "a name in HTML",
    },
    Allowed {
        path: "crates/classroom/export/src/scripts/autolab/README.md",
        words: "filename",
        reason: "Autolab's label",
    },
    Allowed {
        path: "crates/classroom/grade/src/examples.rs",
        words: "cannot",
        reason: "the compiler's message",
    },
    Allowed {
        path: "crates/classroom/grader/src/harness.rs",
        words: "filenames",
        reason: "a key of cargo's",
    },
    Allowed {
        path: "crates/classroom/sandbox/tests/limits.rs",
        words: "cannot",
        reason: "the C library's message",
    },
    Allowed {
        path: "crates/production/programs/src/bench/library.rs",
        words: "cannot",
        reason: "the loader's message",
    },
    Allowed {
        path: "crates/production/programs/src/bench/rounds.rs",
        words: "cannot",
        reason: "the loader's message",
    },
    Allowed {
        path: "crates/production/real/src/library/error.rs",
        words: "cannot",
        reason: "the loader's message",
    },
    Allowed { path: "tests/check_command.rs", words: "cannot", reason: "clap's message" },
    Allowed { path: "tests/cost.rs", words: "cannot", reason: "clap's message" },
    Allowed { path: "tests/grading/hostile.rs", words: "behavior", reason: "a key of insta's" },
];

/// Terms of the glossary that are also everyday words.
const EVERYDAY: [&str; 9] =
    ["block", "break", "heap", "id", "operation", "page", "policy", "top", "trace"];

/// Fails with all complaints, if there are any.
fn expect_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} places:\n{}", complaints.len(), complaints.join("\n"));
}

fn expect_kept(rules: &[Rule], allowed: &[Allowed]) {
    let mut used = vec![false; allowed.len()];
    let mut complaints: Vec<String> =
        all().iter().flat_map(|file| broken(rules, allowed, file, &mut used)).collect();
    for (Allowed { path, words, reason }, _) in
        allowed.iter().zip(used).filter(|(_, is_used)| !is_used)
    {
        complaints.push(format!("{path}: `{words}` is not there; remove it here ({reason})"));
    }
    expect_none(&complaints);
}

#[test]
fn turns_of_phrase_are_plain() {
    expect_kept(TURNS, ALLOWED_TURNS);
}

#[test]
fn a_word_is_spelled_in_one_way() {
    expect_kept(SPELLINGS, ALLOWED_SPELLINGS);
}

#[test]
fn lines_can_be_read() {
    expect_none(&all().iter().flat_map(lines::too_long).collect::<Vec<_>>());
}

#[test]
fn links_lead_somewhere() {
    let files = all();
    let pages = files.iter().filter(|file| file.path.ends_with(".md"));
    expect_none(&pages.flat_map(|page| links::dead_links(&root(), page)).collect::<Vec<_>>());
}

#[test]
fn comments_name_files_that_exist() {
    expect_none(
        &all().iter().flat_map(|file| links::dead_names(&root(), file)).collect::<Vec<_>>(),
    );
}

#[test]
fn pages_that_use_a_term_link_to_the_glossary() {
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let files = all();
    let is_page = |file: &&File| {
        (file.path == "README.md" || file.path.starts_with("docs/")) && file.path.ends_with(".md")
    };
    let pages = files.iter().filter(is_page).filter(|page| page.path != "docs/glossary.md");
    let complaint = |page: &File| {
        let term = term_without_link(&glossary, &page.text)?;
        Some(format!("{}: `{term}`; write: a link to its entry in docs/glossary.md", page.path))
    };
    expect_none(&pages.filter_map(complaint).collect::<Vec<_>>());
}

/// Returns a term of the glossary that a page uses, if the page has no link to the glossary.
fn term_without_link<'a>(glossary: &'a str, page: &str) -> Option<&'a str> {
    if page.contains("glossary.md") {
        return None;
    }
    let prose = prose(page).to_lowercase();
    let words: Vec<&str> =
        prose.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let prose = format!(" {} ", words.join(" "));
    let terms = glossary.lines().filter_map(|line| line.strip_prefix("## "));
    terms.filter(|term| !EVERYDAY.contains(term)).find(|term| {
        let term = term.replace('-', " ");
        ["", "s", "es"].iter().any(|plural| prose.contains(&format!(" {term}{plural} ")))
    })
}

/// Returns a page's text without its code.
fn prose(page: &str) -> String {
    let mut prose = String::new();
    let mut is_code = false;
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(text) if !is_code => prose += &text,
            Event::SoftBreak => prose.push(' '),
            Event::End(_) => prose.push('\n'),
            _ => {}
        }
    }
    prose
}

#[test]
fn a_page_without_a_link_is_found_by_its_term() {
    let glossary = "# Glossary\n\n## size class\n\n## top\n";
    assert_eq!(term_without_link(glossary, "# X\n\nTwo *size\nclasses*.\n"), Some("size class"));
    assert_eq!(term_without_link(glossary, "The size\nclass, on top.\n"), Some("size class"));
    assert_eq!(term_without_link(glossary, "On top. `size class`\n"), None);
    assert_eq!(term_without_link(glossary, "A size class: glossary.md\n"), None);
}

#[test]
fn an_allowed_place_must_be_used() {
    let allowed = [Allowed { path: "docs/none.md", words: "so many", reason: "a test" }];
    let seen = std::panic::catch_unwind(|| expect_kept(&[], &allowed));
    let text = *seen.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("docs/none.md: `so many` is not there"), "{text}");
}
