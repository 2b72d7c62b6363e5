//! Links of pages, and names of files in comments, that lead nowhere.

use crate::files::{File, Kind, kind};
use crate::pieces::{Line, comments};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The folders whose files are named from the root of the workspace.
const FOLDERS: [&str; 6] = ["docs/", "crates/", "tests/", "labs/", ".ci/", ".github/"];

/// Returns the relative links of a page that lead to no file below `root` or to no heading,
/// each as `path:line: ...`. Files that it names in code spans must exist too.
pub fn dead_links(root: &Path, file: &File) -> Vec<String> {
    let folder = root.join(&file.path).parent().map(Path::to_owned).unwrap_or_default();
    let mut found = Vec::new();
    for (event, range) in Parser::new_ext(&file.text, Options::ENABLE_TABLES).into_offset_iter() {
        let line = 1 + file.text[..range.start].matches('\n').count();
        let mut complain = |text: String| found.push(format!("{}:{line}: {text}", file.path));
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                if dest_url.contains("://") || dest_url.starts_with("mailto:") {
                    continue;
                }
                let (path, anchor) = match dest_url.split_once('#') {
                    Some((path, anchor)) => (path, Some(anchor)),
                    None => (&*dest_url, None),
                };
                let target =
                    if path.is_empty() { root.join(&file.path) } else { folder.join(path) };
                if !target.exists() {
                    complain(format!("no file `{path}`; write: a path from this page's folder"));
                } else if let Some(anchor) =
                    anchor.filter(|_| target.extension().is_some_and(|e| e == "md"))
                {
                    let text = fs::read_to_string(&target).unwrap_or_default();
                    if !anchors(&text).contains(anchor) {
                        complain(format!("no heading `#{anchor}` in {}", target.display()));
                    }
                }
            }
            Event::Code(name) if [".rs", ".md"].iter().any(|end| name.ends_with(end)) => {
                for name in missing(root, &file.path, &name) {
                    complain(format!("no file `{name}`; write: a path from the root"));
                }
            }
            _ => {}
        }
    }
    found
}

/// Returns the files that a comment names and that do not exist, each as `path:line: ...`.
pub fn dead_names(root: &Path, file: &File) -> Vec<String> {
    if kind(&file.path) == Some(Kind::Text) && !file.path.ends_with(".toml") {
        return Vec::new();
    }
    let in_line = |line: &Line| {
        let names = missing(root, &file.path, line.text);
        let place = format!("{}:{}", file.path, line.number);
        names
            .into_iter()
            .map(move |name| format!("{place}: no file `{name}`; write: a path from the root"))
    };
    comments(file).iter().flatten().flat_map(in_line).collect()
}

/// Returns the paths in a text that begin with one of [`FOLDERS`] and do not exist, neither
/// from the root nor from a folder above the file.
fn missing(root: &Path, path: &str, text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-./*{}<>$".contains(c);
    let names = text.split(|c| !is_part(c)).map(|name| name.trim_end_matches('.'));
    let names = names.filter(|name| FOLDERS.iter().any(|folder| name.starts_with(folder)));
    let exists = |name: &str| {
        let folders = Path::new(path).ancestors();
        folders.map(|folder| root.join(folder).join(name)).any(|path| path.exists())
    };
    let is_pattern = |name: &str| name.contains(['*', '{', '<', '$']);
    names.filter(|name| !is_pattern(name) && !exists(name)).map(str::to_owned).collect()
}

/// Returns the anchors of a page's headings, as GitHub makes them: small letters, hyphens for
/// spaces, no punctuation, and a number for a heading that was there before.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    *heading += &text;
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default().to_lowercase();
                let kept = text.chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
                let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
                let before = seen.entry(anchor.clone()).or_default();
                anchors.insert(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
                *before += 1;
            }
            _ => {}
        }
    }
    anchors
}

#[test]
fn links_lead_to_files_and_headings() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("docs")).unwrap();
    let page = "# One: `two`, 3\n\n# A\n\n# A\n\n[a](#one-two-3) [b](b.md) [c](#a-1)\n\
        [d](#a-2) [e](https://e.org/x)\n\n`docs/c.md`\n\n```text\n[f](f.md)\n```\n";
    fs::write(folder.path().join("docs/a.md"), page).unwrap();
    let file = File { path: "docs/a.md".to_owned(), text: page.to_owned() };
    let found = dead_links(folder.path(), &file);
    let places: Vec<&str> = found.iter().map(|text| text.split('`').next().unwrap()).collect();
    assert_eq!(
        places,
        ["docs/a.md:7: no file ", "docs/a.md:8: no heading ", "docs/a.md:10: no file "]
    );
}

#[test]
fn files_that_comments_name_exist() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("crates/x/docs")).unwrap();
    let text =
        "/// See docs/y.md, docs/*.rs and `docs`.\n// See docs/.\nfn f() { \"docs/z.md\" }\n";
    let file = File { path: "crates/x/a.rs".to_owned(), text: text.to_owned() };
    let expected = "crates/x/a.rs:1: no file `docs/y.md`; write: a path from the root";
    assert_eq!(dead_names(folder.path(), &file), [expected]);
}
