//! What a source that is handed in may not contain.
//!
//! A lab's file is `no_std` and safe Rust over the simulated machine, so there is
//! little it could do besides allocating. The scan looks for the rest, token by
//! token: what would reach outside, keep a state outside the heap, read a file
//! while it is compiled, or use the machine from the driver's side. Comments and
//! strings are not tokens, and an alias for a word must contain the word once.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use std::vec::IntoIter;

/// Something that a source may not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// The word.
    pub what: String,
    /// Why it is forbidden, and what to do instead.
    pub why: &'static str,
}

/// The module that a lab brings.
const GIVEN: &str = "given";

/// Why a source must have `no_std`.
const NO_STD: &str =
    "the file begins with `#![no_std]`: an allocator has only the machine's memory";

/// Words, and why they are forbidden.
const WORDS: &[(&[&str], &str)] = &[
    (
        &["unsafe"],
        "a lab is safe Rust: it can read and write every address of the machine without `unsafe`",
    ),
    (
        &["extern", "std", "alloc"],
        "an allocator can't use a library, and has only the machine's memory",
    ),
    (
        &["static", "thread_local"],
        "an allocator keeps its data in the heap, or in its own struct of at most 128 bytes",
    ),
    (&["include", "include_str", "include_bytes"], "a lab is one file, and can't read another"),
    (&["env", "option_env"], "a lab's result depends only on its source"),
    (&["asm", "global_asm", "naked_asm"], "a lab is safe Rust, without assembly"),
    (
        &["host"],
        "`heaplab_arena::host` is the driver's side of the machine: use `load`, `store`, `copy`, `zero`, `sbrk`",
    ),
];

/// Attributes, and why they are forbidden.
const ATTRIBUTES: &[(&[&str], &str)] = &[
    (&["path"], "a lab is one file, and can't read another"),
    (
        &[
            "no_mangle",
            "export_name",
            "link",
            "link_section",
            "link_name",
            "used",
            "global_allocator",
            "panic_handler",
            "no_main",
            "start",
        ],
        "a lab is a module of the driver, and can't change the program around it",
    ),
    (&["feature"], "a lab is stable Rust"),
];

/// Returns everything in `source` that is forbidden, in order. A source without
/// valid tokens has one finding: the compiler's message about it is better.
pub fn scan(source: &str) -> Vec<Finding> {
    let tokens: TokenStream = match source.parse() {
        Ok(tokens) => tokens,
        Err(error) => return vec![not_rust(&error)],
    };
    let mut looking = Looking::default();
    looking.walk(tokens);
    if !looking.says_no_std {
        looking.findings.insert(
            0,
            Finding { line: 1, column: 1, what: "no `#![no_std]`".to_owned(), why: NO_STD },
        );
    }
    looking.findings
}

fn not_rust(error: &proc_macro2::LexError) -> Finding {
    let at = error.span().start();
    Finding {
        line: at.line.max(1),
        column: at.column + 1,
        what: "text that is not Rust".to_owned(),
        why: "it has no tokens: a quote or a bracket may be missing",
    }
}

#[derive(Default)]
struct Looking {
    findings: Vec<Finding>,
    says_no_std: bool,
}

/// The token before the current one, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    /// `'`: the next word is a lifetime.
    Quote,
    /// `#` or `#!`: the next group is an attribute.
    Hash,
    /// `mod`, and whether a name follows with which a `;` would mean a file that does not exist.
    Mod(bool),
}

impl Looking {
    /// Visits all tokens with an explicit stack: a source
    /// may be nested deeper than the stack of any thread.
    fn walk(&mut self, tokens: TokenStream) {
        let mut stack: Vec<(IntoIter<TokenTree>, bool)> = Vec::new();
        let level = |tokens: TokenStream| tokens.into_iter().collect::<Vec<_>>().into_iter();
        stack.push((level(tokens), true));
        let mut before = Before::Nothing;
        while let Some((tokens, is_top)) = stack.last_mut() {
            let is_top = *is_top;
            let Some(token) = tokens.next() else {
                stack.pop();
                before = Before::Nothing;
                continue;
            };
            match token {
                TokenTree::Group(group) => {
                    if before == Before::Hash && group.delimiter() == Delimiter::Bracket {
                        self.attribute(&group, is_top);
                    }
                    before = Before::Nothing;
                    stack.push((level(group.stream()), false));
                }
                TokenTree::Ident(word) => {
                    if before != Before::Quote {
                        self.word(&word);
                    }
                    before = match before {
                        Before::Mod(false) => Before::Mod(plain(&word) != GIVEN),
                        _ if word == "mod" => Before::Mod(false),
                        _ => Before::Nothing,
                    };
                }
                TokenTree::Punct(punct) => {
                    before = match (punct.as_char(), before) {
                        ('\'', _) => Before::Quote,
                        ('#', _) => Before::Hash,
                        ('!', Before::Hash) => Before::Hash,
                        (';', Before::Mod(true)) => {
                            self.found(
                                punct.span(),
                                "mod ..;",
                                "a lab is one file beside `given.rs`, and can't read another",
                            );
                            Before::Nothing
                        }
                        _ => Before::Nothing,
                    };
                }
                TokenTree::Literal(_) => before = Before::Nothing,
            }
        }
    }

    fn word(&mut self, word: &Ident) {
        let text = plain(word);
        if let Some((_, why)) = WORDS.iter().find(|(words, _)| words.contains(&text.as_str())) {
            self.found(word.span(), &text, why);
        }
    }

    /// Checks `#[name ..]` or `#![name ..]`, also within `cfg_attr` or `unsafe(..)`.
    fn attribute(&mut self, group: &Group, is_top: bool) {
        let mut inside: Vec<TokenTree> = group.stream().into_iter().collect();
        if is_top && matches!(&inside[..], [TokenTree::Ident(word)] if *word == "no_std") {
            self.says_no_std = true;
        }
        while let Some(token) = inside.pop() {
            match token {
                TokenTree::Ident(word) => {
                    let text = plain(&word);
                    let known = ATTRIBUTES.iter().find(|(names, _)| names.contains(&text.as_str()));
                    if let Some((_, why)) = known {
                        self.found(word.span(), &format!("#[{text}]"), why);
                    }
                }
                TokenTree::Group(group) => inside.extend(group.stream()),
                _ => {}
            }
        }
    }

    fn found(&mut self, span: proc_macro2::Span, what: &str, why: &'static str) {
        let at = span.start();
        self.findings.push(Finding {
            line: at.line,
            column: at.column + 1,
            what: what.to_owned(),
            why,
        });
    }
}

/// Returns a word without the `r#` that would make it differ.
fn plain(word: &Ident) -> String {
    let text = word.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let source = format!("#![no_std]\n{source}");
        scan(&source).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn every_forbidden_construct_is_found() {
        for (source, what) in [
            ("extern crate std;", "extern"),
            ("use std::fs;", "std"),
            ("fn f() -> &'static str { include_str!(\"/etc/passwd\") }", "include_str"),
            ("use core::include_bytes as harmless;", "include_bytes"),
            ("#[doc = include_str!(\"x\")] struct S;", "include_str"),
            ("const KEY: Option<&str> = core::option_env!(\"KEY\");", "option_env"),
            ("fn f() { static mut N: u32 = 0; }", "static"),
            ("fn f() { unsafe { } }", "unsafe"),
            ("use heaplab_arena::host::Host;", "host"),
            ("use heaplab_arena::r#host as h;", "host"),
            ("macro_rules! m { () => { core::arch::asm!(\"nop\") } }", "asm"),
            ("#[path = \"/etc/passwd\"] mod m { }", "#[path]"),
            ("#[cfg_attr(all(), path = \"x\")] mod m { }", "#[path]"),
            ("#[unsafe(no_mangle)] fn f() { }", "unsafe"),
            ("#![feature(rustc_private)]", "#[feature]"),
            ("mod other;", "mod ..;"),
        ] {
            assert!(
                found(source).iter().any(|found| found == what),
                "{source}: {:?}",
                found(source)
            );
        }
    }

    #[test]
    fn text_that_only_looks_forbidden_is_not_a_finding() {
        for source in [
            "// unsafe static extern include_str!\n/* env!() */",
            "const S: &'static str = \"extern crate std; static\";",
            "fn f<'a>(x: &'a str) -> &'a str { x }",
            "mod tags { pub fn hostile() {} }",
            "#[path_like] fn f() {}",
            "mod given;",
        ] {
            assert_eq!(found(source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn findings_have_the_line_and_column_of_an_editor() {
        let findings = scan("#![no_std]\n\nfn f() {\n    static N: u32 = 0;\n}\n");
        assert_eq!((findings[0].line, findings[0].column), (4, 5));
    }

    #[test]
    fn no_std_must_be_declared_at_the_top() {
        for source in
            ["fn f() {}", "mod m { #![no_std] }", "// #![no_std]", "#[doc = \"no_std\"] fn f() {}"]
        {
            assert_eq!(scan(source)[0].why, NO_STD, "{source}");
        }
    }

    #[test]
    fn invalid_or_deeply_nested_sources_can_be_scanned() {
        assert_eq!(scan("fn f() { \"")[0].what, "text that is not Rust");
        let deep = format!(
            "#![no_std]\nfn f() {{ {} static {} }}",
            "(".repeat(100_000),
            ")".repeat(100_000)
        );
        assert_eq!(scan(&deep)[0].what, "static");
    }
}
