//! Style of a source, as far as tokens show.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// Returns how many `todo!` a source has left.
pub fn holes_left(source: &str) -> usize {
    let mut count = 0;
    each_level(source, |tokens| {
        let is_todo =
            |token: &&TokenTree| matches!(token, TokenTree::Ident(word) if *word == "todo");
        count += tokens.iter().filter(is_todo).count();
    });
    count
}

/// Returns the functions that a heap checks itself with: all whose names
/// begin with `check`, as tokens, so that neither comments nor spaces count.
pub fn check_functions(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each_level(source, |tokens| {
        for (index, pair) in tokens.windows(2).enumerate() {
            let [TokenTree::Ident(keyword), TokenTree::Ident(name)] = pair else {
                continue;
            };
            if *keyword != "fn" || !name.to_string().starts_with("check") {
                continue;
            }
            let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            let length = tokens[index..].iter().position(is_body).map_or(0, |body| body + 1);
            let function: TokenStream = tokens[index..index + length].iter().cloned().collect();
            found.insert(function.to_string());
        }
    });
    found
}

/// Visits the tokens of every level of brackets; in an order that differs from
/// the text's, but is always the same. A source without valid tokens has none.
fn each_level(source: &str, mut look: impl FnMut(&[TokenTree])) {
    let Ok(tokens) = source.parse::<TokenStream>() else {
        return;
    };
    let mut levels = vec![tokens];
    while let Some(level) = levels.pop() {
        let tokens: Vec<TokenTree> = level.into_iter().collect();
        look(&tokens);
        for token in tokens {
            if let TokenTree::Group(group) = token {
                levels.push(group.stream());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_holes_in_code_are_counted() {
        assert_eq!(holes_left("fn f() { todo!() } // todo!\nmod m { fn g() { todo!(\"x\") } }"), 2);
        assert_eq!(holes_left("fn f() { \""), 0);
    }

    #[test]
    fn the_layout_of_a_check_function_does_not_matter() {
        let one = "impl H { fn check(&self) -> Result<(), V> { self.check_heap() } }";
        let other = "impl H {\n  // more\n fn check(&self) -> Result<(), V>\n{ self.check_heap() } fn f() {} }";
        assert_eq!(check_functions(one), check_functions(other));
        let own = "impl H { fn check(&self) -> Result<(), V> { Ok(()) } }";
        assert_ne!(check_functions(one), check_functions(own));
        assert_eq!(check_functions("fn f() { checked() }").len(), 0);
    }
}
