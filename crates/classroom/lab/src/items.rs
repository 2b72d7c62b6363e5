//! The items of a source: its functions, types, constants and `impl`s, as far as tokens show.
//! Bodies are not parsed, so a hole or a mistake in a body does no harm if its brackets pair up.

use crate::anchor::Section;
use proc_macro2::{Delimiter, Group, LexError, TokenStream, TokenTree};
use std::ops::Range;

/// An item of a source, or of an `impl`.
pub(crate) struct Item<'a> {
    /// `fn`, `impl`, `const`; empty if the text is not an item.
    pub keyword: &'a str,
    /// Its name; an `impl` has none.
    pub name: &'a str,
    /// From its attributes and doc comments to its end, in bytes of the source.
    pub range: Range<usize>,
    /// Its visibility with the blank after it; empty, at its first word, if it has none.
    pub visibility: Range<usize>,
    /// The tokens between its braces.
    pub body: Option<Group>,
    /// The names of a function's parameters, without `self`.
    pub parameters: Vec<String>,
    /// Whether it is only for tests.
    pub is_of_tests: bool,
}

impl Item<'_> {
    /// Returns the range of the braces and the text between them.
    pub fn body_range(&self) -> Option<Range<usize>> {
        Some(self.body.as_ref()?.span().byte_range())
    }
}

/// Words that begin an item.
const KEYWORDS: [&str; 11] =
    ["fn", "struct", "enum", "union", "trait", "impl", "mod", "use", "type", "const", "static"];

/// Items that end with their braces.
const WITH_BODY: [&str; 7] = ["fn", "struct", "enum", "union", "trait", "impl", "mod"];

/// Returns all items of a level of `source`, in order, and the end of the
/// attributes and docs that come before them and belong to the level itself.
pub(crate) fn items(source: &str, level: TokenStream) -> (usize, Vec<Item<'_>>) {
    let mut tokens = level.into_iter().peekable();
    let (mut inner_end, mut found) = (0, Vec::new());
    let mut item: Option<Item> = None;
    while let Some(token) = tokens.next() {
        let range = token.span().byte_range();
        let open = item.get_or_insert_with(|| Item::at(range.start));
        open.range.end = range.end;
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' && open.keyword.is_empty() => {
                let is_inner =
                    matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
                let attribute = tokens.nth(usize::from(is_inner));
                if let Some(attribute) = attribute {
                    open.range.end = attribute.span().byte_range().end;
                    open.is_of_tests |= attribute.to_string().replace(' ', "") == "[cfg(test)]";
                }
                if is_inner {
                    inner_end = open.range.end;
                    item = None;
                } else if let Some(next) = tokens.peek() {
                    let first_word = next.span().byte_range().start;
                    open.visibility = first_word..first_word;
                }
            }
            TokenTree::Ident(word) if word == "pub" && open.keyword.is_empty() => {
                if matches!(tokens.peek(), Some(TokenTree::Group(_))) {
                    tokens.next();
                }
                if let Some(next) = tokens.peek() {
                    open.visibility = range.start..next.span().byte_range().start;
                }
            }
            TokenTree::Ident(word) if open.keyword.is_empty() => {
                let next = tokens.peek().map(|next| &source[next.span().byte_range()]);
                let is_modifier = word == "const" && next == Some("fn");
                if KEYWORDS.contains(&&source[range.clone()]) && !is_modifier {
                    open.keyword = &source[range];
                    open.name = next.filter(|_| word != "impl").unwrap_or_default();
                }
            }
            TokenTree::Group(group) => {
                let is_body =
                    group.delimiter() == Delimiter::Brace && WITH_BODY.contains(&open.keyword);
                if is_body {
                    open.body = Some(group);
                    found.extend(item.take());
                } else if open.keyword == "fn" && open.parameters.is_empty() {
                    open.parameters = parameters(group.stream());
                }
            }
            TokenTree::Punct(end) if end.as_char() == ';' => found.extend(item.take()),
            _ => {}
        }
    }
    found.extend(item);
    (inner_end, found)
}

impl<'a> Item<'a> {
    fn at(start: usize) -> Item<'a> {
        Item {
            keyword: "",
            name: "",
            range: start..start,
            visibility: start..start,
            body: None,
            parameters: Vec::new(),
            is_of_tests: false,
        }
    }
}

/// Returns the words before a single colon that are the first of their parameter.
fn parameters(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<String> = tokens.into_iter().map(|token| token.to_string()).collect();
    let is_first = |index: usize| index == 0 || matches!(&*tokens[index - 1], "," | "mut");
    let names = tokens.windows(2).enumerate();
    let names = names.filter(|(index, pair)| pair[1] == ":" && is_first(*index));
    names.map(|(_, pair)| pair[0].clone()).collect()
}

/// Returns all functions of a source as sections, in order: their whole lines,
/// without docs and attributes. A name that occurs twice is returned once.
///
/// # Errors
/// If the source has no tokens: a quote or a bracket may be missing.
pub fn functions(source: &str) -> Result<Vec<Section<'_>>, LexError> {
    let mut found: Vec<Section> = Vec::new();
    let mut levels = vec![source.parse::<TokenStream>()?];
    while let Some(level) = levels.pop() {
        for item in items(source, level).1 {
            if item.is_of_tests {
                continue;
            }
            if item.keyword == "fn" && found.iter().all(|section| section.name != item.name) {
                let line = source[..item.visibility.start].matches('\n').count();
                let start = source[..item.visibility.start].rfind('\n');
                let end = source[item.range.end..].find('\n');
                found.push(Section {
                    line: line + 1,
                    name: item.name,
                    range: start.map_or(0, |end| end + 1)
                        ..end.map_or(source.len(), |length| item.range.end + length + 1),
                    depth: 0,
                });
            } else if let Some(body) = item.body.filter(|_| item.keyword != "fn") {
                levels.push(body.stream());
            }
        }
    }
    found.sort_by_key(|section| section.line);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
//! Docs.
#![no_std]

use a::{B, C};

/// Size.
pub(crate) const N: u32 = { 4 };

#[derive(Clone)]
struct Pair(u32, u32);

impl<P: Probe> Heap for X<P> {
    type Probe = P;

    // Measured.
    #[inline]
    fn free(&mut self, mut payload: Addr, size: u32) -> Result<(), E> {
        fn inside() {}
        todo!()
    }

    pub const fn new() {}
}

#[cfg(test)]
mod tests {
    fn t() {}
}
";

    fn kinds<'a>(items: &[Item<'a>]) -> Vec<(&'a str, &'a str)> {
        items.iter().map(|item| (item.keyword, item.name)).collect()
    }

    #[test]
    fn items_have_their_names_and_docs() {
        let (inner_end, found) = items(SOURCE, SOURCE.parse().unwrap());
        assert_eq!(&SOURCE[..inner_end], "//! Docs.\n#![no_std]");
        assert_eq!(
            kinds(&found),
            [("use", "a"), ("const", "N"), ("struct", "Pair"), ("impl", ""), ("mod", "tests")]
        );
        assert!(SOURCE[found[1].range.clone()].starts_with("/// Size."));
        assert_eq!(&SOURCE[found[1].visibility.clone()], "pub(crate) ");
        assert!(found[4].is_of_tests && !found[3].is_of_tests);
        let (_, inside) = items(SOURCE, found[3].body.clone().unwrap().stream());
        assert_eq!(kinds(&inside), [("type", "Probe"), ("fn", "free"), ("fn", "new")]);
        assert_eq!(inside[1].parameters, ["payload", "size"]);
        assert!(inside[1].visibility.is_empty());
        assert!(SOURCE[inside[1].visibility.start..].starts_with("fn free"));
    }

    #[test]
    fn functions_are_sections_of_whole_lines() {
        let found = functions(SOURCE).unwrap();
        let names: Vec<&str> = found.iter().map(|section| section.name).collect();
        assert_eq!(names, ["free", "new"]);
        assert_eq!(found[0].line, 17);
        assert!(SOURCE[found[0].range.clone()].starts_with("    fn free("));
        assert!(SOURCE[found[0].range.clone()].ends_with("    }\n"));
        assert!(functions("fn f() {").is_err());
    }
}
