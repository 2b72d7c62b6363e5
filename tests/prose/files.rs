//! The files of the workspace that have prose.

use heaplab_tests::command::package;
use std::fs;
use std::path::{Path, PathBuf};

/// A file's text.
pub struct File {
    /// Its path from the root of the workspace, with `/` between folders.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// Where a file's prose is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In comments and string literals: Rust and C.
    Code,
    /// In comments that begin with `#`: shell scripts and their like.
    Script,
    /// Everywhere, in paragraphs: Markdown, and TOML with texts of labs.
    Text,
}

/// Returns the folder of the workspace.
pub fn root() -> PathBuf {
    package().join("..")
}

/// Returns where the prose of a file is; `None` if it has none that is checked.
pub fn kind(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "rs" | "c" | "h" | "cc" | "cpp" => Some(Kind::Code),
        "md" | "toml" => Some(Kind::Text),
        "sh" | "yml" => Some(Kind::Script),
        "" if path.starts_with(".ci/") => Some(Kind::Script),
        _ => ["justfile", "run_autograder", "Dockerfile"].contains(&name).then_some(Kind::Script),
    }
}

/// Reads all files of the workspace that have prose, in the order of their paths.
///
/// These tests themselves, which quote what they forbid, are left out.
pub fn all() -> Vec<File> {
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    files.retain(|file| !file.path.starts_with("tests/prose/"));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 800, "only {} files were found", files.len());
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for entry in entries.map(Result::unwrap) {
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_hidden = name.starts_with('.') && ![".ci", ".github"].contains(&&name[..]);
        if is_hidden || name == "target" {
            continue;
        }
        let from_root = format!("{prefix}{name}");
        if path.is_dir() {
            walk(&path, &format!("{from_root}/"), files);
        } else if kind(&from_root).is_some() {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            files.push(File { path: from_root, text });
        }
    }
}
