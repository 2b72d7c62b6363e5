//! Visits the tokens of a source level by level, and finds the words that are forbidden where they
//! stand.

use super::level::{Level, parts};
use super::names::Names;
use super::{ATTRIBUTES, Finding, GIVEN, Place, WORDS, plain, shapes};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

const NO_OTHER_FILE: &str = "a lab is one file beside `given.rs`, and can't read another";

/// Returns what is forbidden, in order, and whether the source declares `no_std`.
pub(super) fn walk(tokens: TokenStream) -> (Vec<Finding>, bool) {
    let mut walk = Walk {
        findings: Vec::new(),
        says_no_std: false,
        has_macros: has_word(tokens.clone(), &["macro_rules", "macro"]),
        has_cells: has_word(tokens.clone(), CELLS),
        names: Names::of(tokens.clone()),
    };
    walk.all(tokens);
    (walk.findings, walk.says_no_std)
}

struct Walk {
    findings: Vec<Finding>,
    says_no_std: bool,
    /// Whether the source defines macros, which can put a word anywhere.
    has_macros: bool,
    /// Whether the source names a cell, through which a shared reference can write.
    has_cells: bool,
    names: Names,
}

/// Types through which a shared reference can write.
const CELLS: &[&str] = &["Cell", "RefCell", "OnceCell", "LazyCell", "UnsafeCell", "SyncUnsafeCell"];

impl Walk {
    /// Visits all tokens with an explicit stack: a source may be nested deeper than the stack of
    /// any thread.
    fn all(&mut self, tokens: TokenStream) {
        let mut stack = vec![Level { is_top: true, has_items: true, ..Level::new(tokens) }];
        while let Some(level) = stack.last_mut() {
            if level.next == level.tokens.len() {
                stack.pop();
            } else if let Some(skipped) = level.test_item().filter(|_| !level.in_macro) {
                level.next += skipped;
            } else {
                let inside = self.token(level);
                level.next += 1;
                stack.extend(inside);
            }
        }
    }

    /// Looks at the current token. Returns the level below it, if it is a group.
    fn token(&mut self, level: &mut Level) -> Option<Level> {
        match &level.tokens[level.next] {
            TokenTree::Group(group) => {
                let is_attribute =
                    level.is_punct(-1, '#') || level.is_punct(-1, '!') && level.is_punct(-2, '#');
                if is_attribute && group.delimiter() == Delimiter::Bracket {
                    self.attribute(group, level.is_top);
                }
                let in_macro = level.in_macro || level.is_macro_body();
                let has_items = group.delimiter() == Delimiter::Brace;
                let below = Level::new(group.stream());
                Some(Level { has_items, in_macro, in_use: level.in_use, ..below })
            }
            TokenTree::Ident(word) => {
                let (word, text) = (word.clone(), plain(word));
                if let Some((what, why)) = shapes::at(&text, level, &self.names) {
                    self.found(word.span(), what, why);
                }
                if self.has_cells && matches!(&*text, "peekable" | "Peekable") {
                    self.found(word.span(), &text, shapes::UNSOUND);
                }
                if !level.is_punct(-1, '\'') {
                    self.word(&word, &text, level);
                }
                level.in_use |= text == "use" && !level.is_punct(1, '<');
                if text == "mod" && level.in_macro && level.is_punct(1, '$') {
                    self.found(word.span(), "mod ..;", NO_OTHER_FILE);
                }
                None
            }
            TokenTree::Punct(punct) => {
                if punct.as_char() == ';' {
                    level.in_use = false;
                    let named =
                        level.ident(-1).filter(|_| level.ident(-2).as_deref() == Some("mod"));
                    if named.is_some_and(|name| name != GIVEN) {
                        self.found(punct.span(), "mod ..;", NO_OTHER_FILE);
                    }
                }
                None
            }
            TokenTree::Literal(_) => None,
        }
    }

    fn word(&mut self, word: &Ident, text: &str, level: &Level) {
        let anywhere = self.has_macros && level.in_macro;
        if let Some((_, place, why)) = WORDS.iter().find(|(words, ..)| words.contains(&text)) {
            let means_it = match place {
                Place::Anywhere => true,
                Place::Macro => level.is_macro() || level.in_use,
                Place::Path => level.is_in_path() || level.in_use,
            };
            if means_it || anywhere {
                self.found(word.span(), text, why);
            }
        } else if anywhere && shapes::is_result(text, level) {
            // A macro may put it behind a type.
            self.found(word.span(), "a projection", shapes::UNSOUND);
        } else if anywhere {
            self.attribute_name(word);
        }
    }

    /// Looks at `#[name ..]` or `#![name ..]`, and at the attributes in a `cfg_attr`.
    fn attribute(&mut self, group: &Group, is_top: bool) {
        let mut left = vec![group.stream()];
        while let Some(tokens) = left.pop() {
            let tokens: Vec<TokenTree> = tokens.into_iter().collect();
            let Some(TokenTree::Ident(name)) = tokens.first() else { continue };
            let inside = match tokens.get(1) {
                Some(TokenTree::Group(group)) => group.stream(),
                _ => TokenStream::new(),
            };
            match plain(name).as_str() {
                "no_std" => self.says_no_std |= is_top && tokens.len() == 1,
                "unsafe" => left.push(inside),
                "cfg_attr" => {
                    let [condition, attributes @ ..] = &parts(inside)[..] else { continue };
                    // When it is graded, a source is not compiled for tests.
                    let leaves_no_std = attributes.iter().any(|part| part.to_string() == "no_std");
                    self.says_no_std |=
                        is_top && leaves_no_std && condition.to_string() == "not (test)";
                    left.extend(
                        attributes.iter().filter(|part| part.to_string() != "no_std").cloned(),
                    );
                }
                _ => self.attribute_name(name),
            }
        }
    }

    fn attribute_name(&mut self, name: &Ident) {
        let text = plain(name);
        if let Some((_, why)) = ATTRIBUTES.iter().find(|(names, _)| names.contains(&text.as_str()))
        {
            self.found(name.span(), &format!("#[{text}]"), why);
        }
    }

    fn found(&mut self, span: Span, what: &str, why: &'static str) {
        let at = span.start();
        let (line, column) = (at.line, at.column + 1);
        self.findings.push(Finding { line, column, what: what.to_owned(), why });
    }
}

/// Returns whether one of the words is in a source.
fn has_word(tokens: TokenStream, words: &[&str]) -> bool {
    let mut left = vec![tokens];
    while let Some(tokens) = left.pop() {
        for token in tokens {
            match token {
                TokenTree::Ident(word) if words.contains(&&*plain(&word)) => return true,
                TokenTree::Group(group) => left.push(group.stream()),
                _ => (),
            }
        }
    }
    false
}
