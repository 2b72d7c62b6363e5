//! What a source that is handed in may not contain.
//!
//! A lab's file is `no_std` and safe Rust over the simulated machine, so there is
//! little it could do besides allocating. The scan looks for the rest, token by
//! token: what would reach outside, keep a state outside the heap, read a file
//! while it is compiled, or use the machine from the driver's side. Comments and
//! strings are not tokens, and an alias for a word must contain the word once.
//!
//! A word counts only in the place where it means this ([`Place`]); in a source that defines
//! macros, also among the arguments of a macro, which may put it there. What is under
//! `#[cfg(test)]` is not compiled for grading, and is not looked at. Some shapes of types are
//! forbidden too ([`shapes`]).

use proc_macro2::{Ident, TokenStream, TokenTree};

mod level;
mod names;
mod shapes;
mod walk;

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

/// Words, where they are forbidden, and why.
const WORDS: &[(&[&str], Place, &str)] = &[
    (
        &["unsafe"],
        Place::Anywhere,
        "a lab is safe Rust: it can read and write every address of the machine without `unsafe`",
    ),
    (&["extern"], Place::Anywhere, NO_LIBRARY),
    (&["std", "alloc"], Place::Path, NO_LIBRARY),
    (&["static"], Place::Anywhere, NO_DATA),
    (&["thread_local"], Place::Macro, NO_DATA),
    (&["include", "include_str", "include_bytes"], Place::Macro, ONE_FILE),
    (&["env", "option_env"], Place::Macro, "a lab's result depends only on its source"),
    (&["asm", "global_asm", "naked_asm"], Place::Macro, "a lab is safe Rust, without assembly"),
    (
        &["arch"],
        Place::Path,
        "`core::arch` is this machine's processor, and a lab's result depends only on its source",
    ),
    (
        &["host"],
        Place::Path,
        "`heaplab_arena::host` is the driver's side of the machine: use `load`, `store`, `copy`, `zero`, `sbrk`",
    ),
];

const NO_LIBRARY: &str = "an allocator can't use a library, and has only the machine's memory";
const NO_DATA: &str =
    "an allocator keeps its data in the heap, or in its own struct of at most 128 bytes";
const ONE_FILE: &str = "a lab is one file, and can't read another";

/// Where a word means what is forbidden. A method may be named `alloc`, and a variable `include`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A keyword.
    Anywhere,
    /// The name of a macro: before `!`, or in a `use`, which could give it another name.
    Macro,
    /// The name of a module or a crate: before `::`, or in a `use`.
    Path,
}

/// Attributes, and why they are forbidden.
const ATTRIBUTES: &[(&[&str], &str)] = &[
    (&["path", "debugger_visualizer"], ONE_FILE),
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
            "crate_type",
            "crate_name",
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
    let (mut findings, says_no_std) = walk::walk(tokens);
    if !says_no_std {
        let what = "no `#![no_std]`".to_owned();
        findings.insert(0, Finding { line: 1, column: 1, what, why: NO_STD });
    }
    findings
}

/// Returns whether a source uses the file that the lab brings, by `mod given;`. If it does not, it
/// has everything itself, also what the lab checks a heap with.
pub fn uses_given(source: &str) -> bool {
    let Ok(tokens) = source.parse::<TokenStream>() else { return false };
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.windows(3).any(|three| match three {
        [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)] => {
            *word == "mod" && *name == GIVEN && end.as_char() == ';'
        }
        _ => false,
    })
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
            ("use std as s;", "std"),
            ("use {std::fs, core::mem};", "std"),
            ("fn f() { ::std::process::exit(0) }", "std"),
            ("fn f() { alloc::vec::Vec::<u8>::new(); }", "alloc"),
            ("use heaplab_arena as a; fn f(x: impl a::host::Host) {}", "host"),
            ("use heaplab_arena::*; fn f(x: impl host::Host) {}", "host"),
            ("macro_rules! m { ($m:ident) => { $m!(\"x\") } } m!(include_str);", "include_str"),
            ("macro_rules! m { ($a:meta) => { #[$a] mod n; } } m!(path = \"x\");", "#[path]"),
            ("#[cfg(not(test))] mod tests { static N: u32 = 0; }", "static"),
            ("#[cfg(any(test, not(test)))] mod tests { static N: u32 = 0; }", "static"),
            ("#[cfg(test)] mod tests {} static N: u32 = 0;", "static"),
            ("struct S { #[cfg(test)] a: u32, b: [u8; unsafe { 1 }] }", "unsafe"),
            ("struct S(#[cfg(test)] fn(), A<{ static N: u32 = 0; 1 }>);", "static"),
            ("fn f<#[cfg(test)] T>(x: u32) { unsafe { } }", "unsafe"),
            ("fn f<#[cfg(test)] const N: u32>(x: u32) { unsafe { } }", "unsafe"),
            (
                "macro_rules! m { ($($t:tt)*) => {} } m!(#[cfg(test)] mod t { unsafe {} });",
                "unsafe",
            ),
            ("macro_rules! m { ($m:ident) => { mod $m; } } m!(other);", "mod ..;"),
            ("#![cfg_attr(all(), feature(test))]", "#[feature]"),
            ("fn f() -> u32 { core::arch::x86_64::__cpuid(1).ebx }", "arch"),
            ("use core::arch as a; fn f() -> u32 { a::x86_64::__cpuid(1).ebx }", "arch"),
            ("#![debugger_visualizer(natvis_file = \"/etc/passwd\")]", "#[debugger_visualizer]"),
            ("#![crate_type = \"proc-macro\"]", "#[crate_type]"),
            ("#[cfg_attr(all(), cfg_attr(all(), path = \"x\"))] mod m { }", "#[path]"),
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
            "impl H { fn alloc(&mut self) -> u32 { self.alloc::<8>() } }",
            "fn f() { let (include, host, env) = (1, 2, 3); g(include + host, env); alloc(); }",
            "struct S { host: u32, path: u32, start: u32 } fn f(s: S) -> u32 { s.host + s.start }",
            "fn f(link: u32) { assert_eq!(link, host, \"{include}\"); Self::alloc(link); g(Self::alloc); }",
            "#[cfg(test)]\nmod tests { extern crate std; use std::vec::Vec; use super::*; }",
            "#[cfg(test)]\n#[allow(dead_code)]\npub(crate) mod tests { fn f() { unsafe {} } }",
            "#[cfg(test)] extern crate std;\n#[cfg(test)] use std::vec;\nfn f() {}",
            "#[cfg(all(test, target_os = \"linux\"))] mod tests { static N: u32 = 0; }",
            "#![cfg_attr(test, allow(unused))]",
            "#[cfg(feature = \"path\")] fn f() {}",
            "#[cfg(target_arch = \"x86_64\")] fn f(arch: u32) -> u32 { arch }",
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
    fn a_source_uses_the_labs_file_or_has_its_own() {
        assert!(uses_given("#![no_std]\n#[rustfmt::skip]\nmod given;\npub use given::Policy;"));
        for own in ["mod given { }", "// mod given;", "fn f() { mod given; }", "mod given"] {
            assert!(!uses_given(own), "{own}");
        }
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
    fn no_std_may_be_left_out_of_tests() {
        assert_eq!(scan("#![cfg_attr(not(test), no_std)]\nfn f() {}"), []);
        for source in ["#![cfg_attr(any(), no_std)]", "#![cfg_attr(not(debug), no_std)]"] {
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
