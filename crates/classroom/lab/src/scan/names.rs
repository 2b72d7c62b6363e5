//! What the names of a source mean, as far as its tokens tell.

use super::level::Level;
use super::plain;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// Names of a source.
#[derive(Debug, Default)]
pub(super) struct Names {
    enums: BTreeSet<String>,
    /// Names before a single `:`, such as type parameters with a bound.
    bounded: BTreeSet<String>,
}

impl Names {
    /// Reads the names of a source.
    pub(super) fn of(tokens: TokenStream) -> Names {
        let mut names = Names::default();
        let mut left = vec![tokens];
        while let Some(tokens) = left.pop() {
            let mut level = Level::new(tokens);
            while let Some(token) = level.near(0) {
                match token {
                    TokenTree::Group(group) => left.push(group.stream()),
                    TokenTree::Ident(word) => names.add(plain(word), &level),
                    _ => (),
                }
                level.next += 1;
            }
        }
        names
    }

    fn add(&mut self, word: String, level: &Level) {
        if level.is_punct(1, ':') && !level.is_punct(2, ':') {
            self.bounded.insert(word);
        } else if level.ident(-1).as_deref() == Some("enum") {
            self.enums.insert(word);
        }
    }

    /// Returns whether a name before `::` may be that of a type parameter, and not of an enum or a
    /// module.
    pub(super) fn may_be_parameter(&self, name: &str) -> bool {
        let is_type = name.starts_with(char::is_uppercase) && name != "Result";
        self.bounded.contains(name) || is_type && !self.enums.contains(name)
    }
}
