//! The tokens of a source between two brackets, and what is near the current one.

use super::plain;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens between two brackets.
pub(super) struct Level {
    pub(super) tokens: Vec<TokenTree>,
    /// The index of the current one.
    pub(super) next: usize,
    pub(super) is_top: bool,
    /// Whether items can be among them: at the top, and in braces.
    pub(super) has_items: bool,
    /// Whether they are arguments of a macro, or its definition.
    pub(super) in_macro: bool,
    /// Whether they belong to a `use`.
    pub(super) in_use: bool,
}

impl Level {
    pub(super) fn new(tokens: TokenStream) -> Level {
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
    pub(super) fn is_in_path(&self) -> bool {
        self.is_punct(1, ':') && self.is_punct(2, ':') && !self.is_punct(3, '<')
    }

    /// Returns whether the current token names a macro that is called.
    pub(super) fn is_macro(&self) -> bool {
        self.is_punct(1, '!') && !self.is_punct(2, '=')
    }

    /// Returns whether the group at hand is the body of a macro: `name!(..)`, `name! other {..}`.
    pub(super) fn is_macro_body(&self) -> bool {
        let called = |at: isize| self.is_punct(at, '!') && self.ident(at - 1).is_some();
        called(-1) || self.ident(-1).is_some() && called(-2)
    }

    /// Returns how many tokens from the current one are an item that is only compiled for tests:
    /// `#[cfg(test)] mod tests { .. }`. An attribute of anything else (a field, a parameter) ends
    /// where only a parser can tell, so its tokens are looked at.
    pub(super) fn test_item(&self) -> Option<usize> {
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
pub(super) fn parts(tokens: TokenStream) -> Vec<TokenStream> {
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
