//! Visits the tokens of a source level by level, and finds the words that are forbidden where they
//! stand.

use super::{ATTRIBUTES, Finding, GIVEN, Place, WORDS, plain, shapes};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

const NO_OTHER_FILE: &str = "a lab is one file beside `given.rs`, and can't read another";

/// Returns what is forbidden, in order, and whether the source declares `no_std`.
pub(super) fn walk(tokens: TokenStream) -> (Vec<Finding>, bool) {
    let mut walk = Walk { findings: Vec::new(), says_no_std: false, has_macros: false };
    walk.has_macros = defines_macros(tokens.clone());
    walk.all(tokens);
    (walk.findings, walk.says_no_std)
}

struct Walk {
    findings: Vec<Finding>,
    says_no_std: bool,
    /// Whether the source defines macros, which can put a word anywhere.
    has_macros: bool,
}

/// The tokens between two brackets.
pub(super) struct Level {
    tokens: Vec<TokenTree>,
    next: usize,
    is_top: bool,
    /// Whether items can be among them: at the top, and in braces.
    has_items: bool,
    /// Whether they are arguments of a macro, or its definition.
    pub(super) in_macro: bool,
    /// Whether they belong to a `use`.
    in_use: bool,
}

impl Level {
    fn new(tokens: TokenStream) -> Level {
        let tokens = tokens.into_iter().collect();
        Level { tokens, next: 0, is_top: false, has_items: false, in_macro: false, in_use: false }
    }

    /// Returns the token at this distance from the current one.
    pub(super) fn near(&self, distance: isize) -> Option<&TokenTree> {
        self.tokens.get(self.next.checked_add_signed(distance)?)
    }

    pub(super) fn is_punct(&self, distance: isize, character: char) -> bool {
        matches!(self.near(distance), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
    }

    pub(super) fn ident(&self, distance: isize) -> Option<String> {
        match self.near(distance)? {
            TokenTree::Ident(word) => Some(plain(word)),
            _ => None,
        }
    }

    /// Returns whether the current token is the name of a module or crate: `name::other`. Before
    /// `::<T>` it is a function.
    fn is_in_path(&self) -> bool {
        self.is_punct(1, ':') && self.is_punct(2, ':') && !self.is_punct(3, '<')
    }

    /// Returns whether the current token names a macro that is called.
    fn is_macro(&self) -> bool {
        self.is_punct(1, '!') && !self.is_punct(2, '=')
    }

    /// Returns whether the group at hand is the body of a macro: `name!(..)`, `name! other {..}`.
    fn is_macro_body(&self) -> bool {
        let called = |at: isize| self.is_punct(at, '!') && self.ident(at - 1).is_some();
        called(-1) || self.ident(-1).is_some() && called(-2)
    }

    /// Returns how many tokens from the current one are an item that is only compiled for tests:
    /// `#[cfg(test)] mod tests { .. }`. An attribute of anything else (a field, a parameter) ends
    /// where only a parser can tell, so its tokens are looked at.
    fn test_item(&self) -> Option<usize> {
        const ITEMS: [&str; 9] =
            ["mod", "fn", "use", "extern", "struct", "enum", "trait", "impl", "static"];
        let mut at = 0;
        let mut is_for_tests = false;
        while self.is_punct(at, '#') {
            let TokenTree::Group(group) = self.near(at + 1)? else { return None };
            is_for_tests |= is_cfg_test(group);
            at += 2;
        }
        if self.ident(at).as_deref() == Some("pub") {
            at += 1;
            if let Some(TokenTree::Group(_)) = self.near(at) {
                at += 1;
            }
        }
        let is_item = ITEMS.contains(&self.ident(at)?.as_str());
        if !is_for_tests || !is_item || !self.has_items {
            return None;
        }
        loop {
            match self.near(at)? {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                _ => at += 1,
            }
        }
        usize::try_from(at + 1).ok()
    }
}

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
                if let Some((what, why)) = shapes::at(&text, level) {
                    self.found(word.span(), what, why);
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

/// Returns whether an attribute is `cfg(test)`, or `cfg(all(test, ..))`.
fn is_cfg_test(attribute: &Group) -> bool {
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let [TokenTree::Ident(cfg), TokenTree::Group(condition)] = &tokens[..] else { return false };
    let condition: Vec<TokenTree> = condition.stream().into_iter().collect();
    let is_test =
        |tokens: &[TokenTree]| matches!(tokens, [TokenTree::Ident(word)] if *word == "test");
    *cfg == "cfg"
        && match &condition[..] {
            [TokenTree::Ident(all), TokenTree::Group(group)] if *all == "all" => {
                parts(group.stream())
                    .into_iter()
                    .any(|part| is_test(&part.into_iter().collect::<Vec<TokenTree>>()))
            }
            condition => is_test(condition),
        }
}

/// Returns what is between the commas.
fn parts(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => {
                parts.push(TokenStream::new())
            }
            (_, Some(part)) => part.extend([token]),
            (_, None) => (),
        }
    }
    parts
}

/// Returns whether a source defines macros.
fn defines_macros(tokens: TokenStream) -> bool {
    let mut left = vec![tokens];
    while let Some(tokens) = left.pop() {
        for token in tokens {
            match token {
                TokenTree::Ident(word) if matches!(&*plain(&word), "macro_rules" | "macro") => {
                    return true;
                }
                TokenTree::Group(group) => left.push(group.stream()),
                _ => (),
            }
        }
    }
    false
}
