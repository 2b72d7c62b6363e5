//! Which words of a submission in C are not allowed.
//!
//! A submission runs in a process of its own, which can reach nothing. But the accesses of that
//! process are counted by code that the compiler puts in front of each: what has the compiler leave
//! this code out is refused, such as `asm` and most attributes. So is what runs before `main`.
//!
//! Two texts are looked at: the file, for lines that would make its text look like that of a
//! header; and the text that the preprocessor makes of it, where macros can hide nothing.

mod allowed;
mod words;

pub use allowed::is_allowed;

use crate::scan::Finding;
use words::{Word, words_of};

const SEES_NO_ACCESS: &str = "the accesses that it makes are not counted";
const RUNS_EARLY: &str = "it changes how the program is built, or when its code runs";
const SETTINGS: &str = "the lab says how the file is compiled";
const LOOKS_LIKE_ANOTHER: &str = "it would hide which file a line is of";

/// Words that are refused wherever they are.
const WORDS: [(&str, &str); 6] = [
    ("asm", SEES_NO_ACCESS),
    ("__asm", SEES_NO_ACCESS),
    ("__asm__", SEES_NO_ACCESS),
    ("__thread", RUNS_EARLY),
    ("_Thread_local", RUNS_EARLY),
    ("thread_local", RUNS_EARLY),
];

/// Attributes that change nothing that is counted.
const ATTRIBUTES: [&str; 32] = [
    "aligned",
    "alloc_size",
    "always_inline",
    "assume_aligned",
    "cold",
    "const",
    "deprecated",
    "fallthrough",
    "flatten",
    "format",
    "gnu_inline",
    "hot",
    "inline",
    "leaf",
    "malloc",
    "may_alias",
    "maybe_unused",
    "noinline",
    "nonnull",
    "noreturn",
    "nothrow",
    "packed",
    "printf",
    "pure",
    "returns_nonnull",
    "scalar_storage_order",
    "unused",
    "used",
    "warn_unused_result",
    "warning",
    "error",
    "nonstring",
];

/// Functions of the compiler that are more than arithmetic, hints and copies.
fn is_allowed_builtin(name: &str) -> bool {
    const ALLOWED: [&str; 22] = [
        "abs",
        "add_overflow",
        "assume_aligned",
        "bswap",
        "choose_expr",
        "clrsb",
        "clz",
        "constant_p",
        "ctz",
        "expect",
        "ffs",
        "labs",
        "mem",
        "mul_overflow",
        "object_size",
        "offsetof",
        "parity",
        "popcount",
        "prefetch",
        "sub_overflow",
        "types_compatible_p",
        "unreachable",
    ];
    const MORE: [&str; 5] = ["trap", "str", "va_", "umul", "uadd"];
    let name = name.trim_start_matches("__builtin_");
    ALLOWED.iter().chain(&MORE).any(|allowed| name.starts_with(allowed))
}

/// Pragmas that change only messages, or the layout of a struct.
const PRAGMAS: [&[&str]; 9] = [
    &["once"],
    &["pack"],
    &["message"],
    &["region"],
    &["endregion"],
    &["mark"],
    &["STDC"],
    &["GCC", "diagnostic"],
    &["clang", "diagnostic"],
];

/// Finds lines of a file that say that the next line is of another file: `#line 1 "stdio.h"`.
pub fn scan_c_file(source: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let spliced = spliced(source);
    for (number, line) in spliced {
        let hash = ["#", "%:", "??="].iter().filter_map(|hash| {
            let at = line.find(hash)?;
            let before = &line[..at];
            let before = before.rsplit_once("*/").map_or(before, |(_, after)| after);
            before.trim().is_empty().then(|| &line[at + hash.len()..])
        });
        let names_a_line = |rest: &str| {
            let rest = without_comments(rest);
            let rest = rest.trim_start();
            rest.starts_with(|c: char| c.is_ascii_digit())
                || rest.strip_prefix("line").is_some_and(|rest| !rest.starts_with(is_of_word))
        };
        if hash.into_iter().any(names_a_line) {
            findings.push(Finding {
                line: number,
                column: 1,
                what: "#line".to_owned(),
                why: LOOKS_LIKE_ANOTHER,
            });
        }
    }
    findings
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// Returns the lines as the preprocessor sees them, each with the number of its first: one that
/// ends in a backslash is continued, also if blanks follow it.
fn spliced(source: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in source.split(['\n', '\r']).enumerate() {
        let line = line.trim_end_matches([' ', '\t', '\u{b}', '\u{c}']);
        let (part, more) = match line.strip_suffix('\\').or(line.strip_suffix("??/")) {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some((_, last)) => last.push_str(part),
            None => lines.push((index + 1, part.to_owned())),
        }
        goes_on = more;
    }
    lines
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, comment)) = rest.split_once("/*") {
        plain += before;
        plain.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain + rest
}

/// Finds words that are not allowed in the preprocessed text of a submission. Text of the system's
/// headers and of the lab's own, `headers`, is not looked at.
pub fn scan_c(text: &str, headers: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |word: &Word<'_>, what: String, why: &'static str| {
        findings.push(Finding { line: word.line, column: word.column, what, why });
    };
    let is_trusted = |file: &str| is_of_the_lab(file, headers);
    let words: Vec<Word<'_>> = words_of(text, is_trusted);
    for (at, word) in words.iter().enumerate() {
        let text = word.text;
        if let Some(pragma) = text.strip_prefix("#pragma") {
            let parts: Vec<&str> =
                pragma.split(|c| !is_of_word(c)).filter(|part| !part.is_empty()).collect();
            if !PRAGMAS.iter().any(|known| parts.starts_with(known)) {
                find(word, format!("#pragma {}", parts.join(" ")), SETTINGS);
            }
        } else if let Some((_, why)) = WORDS.iter().find(|(refused, _)| *refused == text) {
            find(word, text.to_owned(), why);
        } else if matches!(text, "__attribute__" | "__attribute") {
            for name in attribute_names(&words[at + 1..]) {
                find(word, format!("__attribute__(({name}))"), RUNS_EARLY);
            }
        } else if text == "[" && words.get(at + 1).is_some_and(|next| next.text == "[")
            || matches!(text, "<:")
        {
            find(word, "[[...]]".to_owned(), RUNS_EARLY);
        } else if text.starts_with("__builtin_") && !is_allowed_builtin(text)
            || text.starts_with("_mm")
        {
            find(word, text.to_owned(), SEES_NO_ACCESS);
        }
    }
    findings
}

/// Returns whether text of this file is not the student's.
fn is_of_the_lab(file: &str, headers: &[String]) -> bool {
    let is_inside = !file.contains("..");
    let plain = file.strip_prefix("./").unwrap_or(file);
    let is_of_system = ["/usr/include/", "/usr/lib/", "/usr/local/include/", "<"];
    is_inside
        && (is_of_system.iter().any(|start| file.starts_with(start))
            || plain.starts_with("c-heaps/runtime-c/headers/")
            || headers.iter().any(|header| header == plain))
}

/// Returns the names of an attribute's parts that are not allowed; the words follow
/// `__attribute__`.
fn attribute_names<'t>(words: &[Word<'t>]) -> Vec<&'t str> {
    let mut refused = Vec::new();
    let mut depth = 0;
    let mut begins = false;
    for word in words {
        match word.text {
            "(" => {
                depth += 1;
                begins = depth == 2;
            }
            ")" => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            "," => begins = depth == 2,
            name => {
                if begins && depth == 2 {
                    let plain = name.trim_start_matches("__").trim_end_matches("__");
                    if !ATTRIBUTES.contains(&plain) {
                        refused.push(name);
                    }
                }
                begins = false;
            }
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let marked = format!("# 0 \"mm.c\"\n# 1 \"mm.c\"\n{text}");
        scan_c(&marked, &["mm.h".to_owned()]).into_iter().map(|one| one.what).collect()
    }

    #[test]
    fn words_that_hide_accesses_or_run_early_are_found() {
        for (text, what) in [
            ("void f(void) { asm volatile(\"\"); }", "asm"),
            ("register long r __asm__(\"rsp\");", "__asm__"),
            ("__attribute__((constructor)) void f(void);", "__attribute__((constructor))"),
            (
                "__attribute__((unused, __no_sanitize_thread__)) int i;",
                "__attribute__((__no_sanitize_thread__))",
            ),
            ("[[gnu::constructor]] void f(void);", "[[...]]"),
            ("#pragma GCC optimize (\"O3\")\n", "#pragma GCC optimize O3"),
            ("int i = __builtin_ia32_rdtsc();", "__builtin_ia32_rdtsc"),
            ("static __thread int i;", "__thread"),
        ] {
            assert_eq!(found(text), [what], "{text}");
        }
    }

    #[test]
    fn ordinary_code_has_no_findings() {
        for text in [
            "struct s { char a; } __attribute__((packed, aligned(16)));",
            "static inline __attribute__((always_inline)) int f(int x) { return __builtin_expect(x, 1); }",
            "const char *s = \"asm __thread [[ \\\" asm\"; char c = '\\''; int a[2]; int b = a[a[0]];",
            "#pragma GCC diagnostic push\nint i;",
            "int f(int x) { return __builtin_clzl(x) + __builtin_ctz(x); }",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn headers_are_not_looked_at_and_the_line_is_that_of_the_file() {
        let text = "# 1 \"/usr/include/stdio.h\" 1 3 4\nextern int f() __asm__ (\"g\");\n\
                    # 7 \"mm.c\" 2\n\n  asm(\"\");\n# 1 \"mm.h\" 1\nasm(\"\");\n# 1 \"x/../mm.c\" 1\nasm(\"\");\n";
        let found = scan_c(text, &["mm.h".to_owned()]);
        let places: Vec<_> = found.iter().map(|one| (one.line, one.column)).collect();
        assert_eq!(places, [(8, 3), (1, 1)]);
    }

    #[test]
    fn a_line_that_names_another_file_is_found() {
        for line in [
            "#line 1 \"/usr/include/a.h\"",
            "  # 1 \"/usr/include/a.h\" 3",
            "%: 1 \"a\"",
            "/* a */ # /* b */ line 3",
            "a\n end */ #\\\n li\\ \nne 3",
            "??=line 4",
        ] {
            assert_eq!(scan_c_file(line).len(), 1, "{line}");
        }
        for line in [
            "#define lines 3",
            "#if 1",
            "// case #1",
            " * case #1",
            "#include \"mm.h\"",
            "printf(\"#1\");",
            "#define line 3",
        ] {
            assert_eq!(scan_c_file(line).len(), 0, "{line}");
        }
    }
}
