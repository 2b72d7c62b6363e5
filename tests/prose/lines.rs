//! Lines that are too long to read.

use crate::files::{File, Kind, kind};
use crate::pieces::comments;

/// The most characters of a line.
const MOST: usize = 100;

/// Returns the lines of a page, or of a Rust source's comments, that are too long, each as
/// `path:line: ...`. Tables and code have lines of any length, and so has a single word.
pub fn too_long(file: &File) -> Vec<String> {
    let is_page = file.path.ends_with(".md");
    if !is_page && !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let source: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for lines in comments(file) {
        let mut is_code = false;
        for line in lines {
            let text = line.text.trim();
            if text.starts_with("```") {
                is_code = !is_code;
            }
            let length = without_targets(source[line.number - 1]).chars().count();
            let is_free = is_code || text.starts_with('|') || !text.contains(' ');
            if length > MOST && !is_free {
                found.push(format!(
                    "{}:{}: {length} characters; write: at most {MOST} in a line",
                    file.path, line.number
                ));
            }
        }
    }
    found.dedup(); // A line may have two comments.
    found
}

/// Returns a line without the targets of its links.
fn without_targets(line: &str) -> String {
    let mut parts = line.split("](");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept += part.split_once(')').map_or(part, |(_, after)| after);
    }
    kept
}

#[test]
fn only_tables_code_and_links_are_longer() {
    assert_eq!(kind("a.md"), Some(Kind::Text));
    let long = "word ".repeat(25);
    let check = |path: &str, text: String| too_long(&File { path: path.to_owned(), text });
    let expected = "a.md:2: 125 characters; write: at most 100 in a line";
    assert_eq!(check("a.md", format!("x\n{long}\n| {long} |\n```text\n{long}\n```\n")), [expected]);
    assert_eq!(check("a.rs", format!("/// {long}\nfn f() {{ \"{long}\" }}\n")).len(), 1);
    assert_eq!(check("a.rs", format!("fn f() {{}} /* a b */ // {long}\n")).len(), 1);
    assert!(check("a.md", format!("see [it]({})\n", "x".repeat(200))).is_empty());
    assert!(check("a.rs", format!("//! ```text\n//! {long}\n//! ```\n")).is_empty());
}
