//! What a submission in C may not do, told from its text and from what the compiler makes of it.

use heaplab_c_heap::program::Examined;
use heaplab_grade::Finding;
use heaplab_lab::{CLab, is_allowed, scan_c, scan_c_file};

/// Finds what is not allowed in a file and in its preprocessed text.
pub(super) fn in_text(source: &str, text: &str, headers: &[String]) -> Vec<Finding> {
    let mut found: Vec<Finding> = scan_c_file(source)
        .into_iter()
        .chain(scan_c(text, headers))
        .map(|finding| Finding {
            line: u32::try_from(finding.line).ok(),
            column: u32::try_from(finding.column).ok(),
            what: finding.what,
            why: finding.why.to_owned(),
        })
        .collect();
    const MOST: usize = 100;
    found.truncate(MOST);
    found
}

/// Finds what is not allowed in an object file. `taken` are names that the lab's own files have.
pub(super) fn in_object(
    examined: &Examined,
    lab: &CLab,
    taken: &[String],
    source: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |name: Option<&str>, what: String, why: String| {
        let (line, column) = name.and_then(|name| place_of(source, name)).unzip();
        findings.push(Finding { line, column, what, why });
    };
    for name in &examined.needed {
        let is_forbidden = lab.forbidden.contains(name);
        if is_forbidden || !is_allowed(name) && !lab.allowed.contains(name) {
            let why = "an allocator has its memory from the lab, and calls no other system";
            find(Some(name), name.clone(), why.to_owned());
        }
    }
    for name in examined.defined.iter().filter(|name| taken.contains(name)) {
        let why = "the lab's own files have this name: choose another, or make it static";
        find(Some(name), name.clone(), why.to_owned());
    }
    if let Some(what) = examined.runs_early {
        find(None, what.to_owned(), "code runs only when it is called".to_owned());
    }
    if examined.variable_bytes > lab.most_global_bytes {
        let most = lab.most_global_bytes;
        let largest: Vec<String> = examined
            .variables
            .iter()
            .take(3)
            .map(|(name, bytes)| format!("`{name}` has {bytes}"))
            .collect();
        let first = examined.variables.first().map(|(name, _)| name.as_str());
        find(
            first,
            "global variables".to_owned(),
            format!(
                "they have {} bytes, and may have {most}: {}",
                examined.variable_bytes,
                largest.join(", ")
            ),
        );
    }
    findings
}

/// Returns line and column of the first place where a word is, outside of comments and texts as
/// far as a line shows it.
fn place_of(source: &str, name: &str) -> Option<(u32, u32)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    for (number, line) in (1..).zip(source.lines()) {
        let code = line.split("//").next().unwrap_or_default();
        if code.trim_start().starts_with(['*', '/']) || code.trim_start().starts_with("#include") {
            continue;
        }
        for (at, _) in code.match_indices(name) {
            let before = code[..at].chars().next_back().is_some_and(is_part);
            let after = code[at + name.len()..].chars().next().is_some_and(is_part);
            if !before && !after {
                return Some((number, u32::try_from(at + 1).ok()?));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab() -> CLab {
        toml::from_str("forbidden = [\"printf\"]\nallowed = [\"qsort\"]\nmost_global_bytes = 64")
            .unwrap()
    }

    fn names(examined: &Examined, source: &str) -> Vec<(String, Option<u32>)> {
        let taken = ["read".to_owned()];
        let found = in_object(examined, &lab(), &taken, source);
        found.into_iter().map(|one| (one.what, one.line)).collect()
    }

    #[test]
    fn functions_are_refused_at_their_line() {
        let source = "#include <mmap>\n// mmap\n/* mmap */\nint mmap2;\n  mmap(0);\n";
        let needed = ["memcpy", "mem_sbrk", "mmap", "printf", "qsort"].map(str::to_owned);
        let examined = Examined { needed: needed.into(), ..Examined::default() };
        let found = names(&examined, source);
        assert_eq!(found, [("mmap".to_owned(), Some(5)), ("printf".to_owned(), None)]);
    }

    #[test]
    fn names_of_the_lab_and_large_variables_are_refused() {
        let examined = Examined {
            defined: vec!["read".to_owned(), "mm_malloc".to_owned()],
            variables: vec![("table".to_owned(), 60), ("x".to_owned(), 8)],
            variable_bytes: 68,
            ..Examined::default()
        };
        let found = names(&examined, "int x;\nstatic char table[60];\nint read(void) {}\n");
        assert_eq!(found[0], ("read".to_owned(), Some(3)));
        assert_eq!(found[1], ("global variables".to_owned(), Some(2)));
        let small = Examined { variable_bytes: 64, ..Examined::default() };
        assert!(names(&small, "").is_empty());
    }
}
