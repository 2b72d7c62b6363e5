//! The two sides: an allocator's sources, and the sections in them.

use crate::align::Line;
use heaplab_lab::{Section, crate_folders, functions, lines, sections};
use heaplab_support::{Error, did_you_mean};
use heaplab_trace::Visible;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// One side.
pub struct Source {
    /// Its name on the command line.
    pub name: String,
    files: Vec<File>,
}

/// Unit of the comparison of two sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What is between markers, if both sources have them.
    Sections,
    /// Functions of the same name, without their docs: a starter has no markers.
    Functions,
}

impl By {
    /// Returns how these two are compared.
    pub fn of(left: &Source, right: &Source) -> By {
        if left.has_markers() && right.has_markers() { By::Sections } else { By::Functions }
    }
}

/// A file of a source.
struct File {
    /// Its path, as shown.
    path: String,
    text: String,
}

/// A section of a side.
pub struct Excerpt {
    /// The file that it is in.
    pub path: String,
    /// Its lines without markers, shifted to the left margin.
    pub lines: Vec<Line>,
}

impl Source {
    /// Finds the side that a text means: a crate or a lab of the workspace in the
    /// folder `root`, if there is one; a source file; or the folder of a crate.
    ///
    /// # Errors
    /// If there is nothing of that name, or it has no sections.
    pub fn find(text: &str, root: Option<&Path>) -> Result<Source, Error> {
        Source::with_sections(text, files(text, root)?)
    }

    /// Returns a side with one file, which has this text.
    ///
    /// # Errors
    /// If it has no sections and no functions.
    pub fn of_text(name: &str, text: String) -> Result<Source, Error> {
        let path = name.to_owned();
        Source::with_sections(name, vec![File { path, text }])
    }

    /// Returns whether a text can be the name of a crate or
    /// a lab. A path of the same form is written with `./`.
    pub fn is_name(text: &str) -> bool {
        !text.contains(['/', '\\', '.'])
    }

    fn with_sections(name: &str, files: Vec<File>) -> Result<Source, Error> {
        let name = name.to_owned();
        let source = Source { name, files };
        let has_sections = !source.all(By::Sections)?.is_empty();
        if !has_sections && source.all(By::Functions)?.is_empty() {
            return Err(Error::new(format!(
                "error: {} has no sections\n\
                 help: a section is between two lines `// ANCHOR: name` and `// ANCHOR_END: name`",
                source.name
            )));
        }
        Ok(source)
    }

    fn has_markers(&self) -> bool {
        let mut files = self.files.iter();
        files.any(|file| sections(&file.text).is_ok_and(|found| !found.is_empty()))
    }

    /// Returns the names of all sections or functions that are shown by default:
    /// sections that are not inside another; functions of a source without markers.
    ///
    /// # Errors
    /// If markers do not pair up, or a source without markers has no tokens.
    pub fn shown_names(&self, by: By) -> Result<Vec<String>, Error> {
        if by == By::Functions && self.has_markers() {
            return Ok(Vec::new());
        }
        let outer = |(name, depth): (String, usize)| (depth == 0).then_some(name);
        Ok(self.all(by)?.into_iter().filter_map(outer).collect())
    }

    /// Returns the names of all sections or functions, and how many others each is inside of.
    ///
    /// # Errors
    /// As for [`shown_names`](Source::shown_names).
    pub fn all(&self, by: By) -> Result<Vec<(String, usize)>, Error> {
        let mut all: Vec<(String, usize)> = Vec::new();
        for file in &self.files {
            for section in file.found(by)? {
                let is_known = all.iter().any(|(name, _)| name == section.name);
                if is_known && by == By::Sections {
                    return Err(Error::new(format!(
                        "error: {}, line {}: a second section `{}`; another file has the first",
                        file.path,
                        section.line - 1,
                        section.name
                    )));
                }
                if !is_known {
                    all.push((section.name.to_owned(), section.depth));
                }
            }
        }
        Ok(all)
    }

    /// Returns the section or function of this name, if there is one.
    pub fn excerpt(&self, name: &str, by: By) -> Option<Excerpt> {
        self.files.iter().find_map(|file| {
            let found = file.found(by).ok()?;
            let section = found.into_iter().find(|section| section.name == name)?;
            let path = file.path.clone();
            let mut lines = shown(lines(&file.text, &section));
            if let (By::Functions, Some(first)) = (by, lines.first_mut()) {
                // Its visibility depends on the file that it is in.
                first.text = first.text.replacen("pub(crate) ", "", 1);
            }
            Some(Excerpt { path, lines })
        })
    }

    /// Says why there is no section of this name: in the source's
    /// words, if the source says that the function is the contract's.
    pub fn why_no_section(&self, name: &str) -> String {
        let says = format!("// `{name}` is the contract's default");
        let mut lines = self.files.iter().flat_map(|file| file.text.lines());
        match lines.find(|line| line.trim_start().starts_with(&says)) {
            Some(line) => line.trim().trim_start_matches("// ").to_owned(),
            None => format!("no section `{name}`"),
        }
    }
}

impl File {
    fn found(&self, by: By) -> Result<Vec<Section<'_>>, Error> {
        let wrong =
            |error: &dyn std::fmt::Display| Error::new(format!("error: {}, {error}", self.path));
        match by {
            By::Sections => sections(&self.text).map_err(|error| wrong(&error)),
            By::Functions => functions(&self.text).map_err(|error| {
                let line = error.span().start().line.max(1);
                wrong(&format_args!("line {line}: a quote or a bracket may be missing"))
            }),
        }
    }
}

/// Returns the files of a side, `lib.rs` first.
fn files(text: &str, root: Option<&Path>) -> Result<Vec<File>, Error> {
    if Source::is_name(text)
        && let Some(root) = root
        && let Some(folder) = of_this_name(text, root)?
    {
        return folder_files(&folder);
    }
    let path = Path::new(text);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => folder_files(path),
        Ok(_) => Ok(vec![read(path)?]),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(unknown(text, root)),
        Err(error) => Err(cannot_read(path, &error)),
    }
}

/// Returns the folder of the allocator or the lab of this name.
fn of_this_name(name: &str, root: &Path) -> Result<Option<PathBuf>, Error> {
    let here = env::current_dir().map_err(Error::new)?;
    let found = folders_of(root)
        .into_iter()
        .find(|folder| folder.ends_with(name) && folder.join("src/lib.rs").is_file());
    // As short as possible, seen from here.
    Ok(found.map(|folder| folder.strip_prefix(&here).map(Path::to_owned).unwrap_or(folder)))
}

/// First words of a generated file.
const GENERATED: &str = "// @generated";

/// Returns all Rust files of a crate that are not generated, `lib.rs` first and then by name.
fn folder_files(folder: &Path) -> Result<Vec<File>, Error> {
    let source = [folder.join("src"), folder.to_owned()];
    let source = source.into_iter().find(|folder| folder.join("lib.rs").is_file());
    let source = source.ok_or_else(|| {
        Error::new(format!(
            "error: {} is not the folder of a crate: it has no src/lib.rs",
            folder.visible()
        ))
    })?;
    let mut paths = Vec::new();
    collect(&source, &mut paths).map_err(|error| cannot_read(&source, &error))?;
    let root = source.join("lib.rs");
    // A lab's program is a separate crate.
    paths.retain(|path| *path != source.join("main.rs"));
    paths.sort_by_key(|path| (*path != root, path.clone()));
    let files: Result<Vec<File>, Error> = paths.iter().map(|path| read(path)).collect();
    let mut files = files?;
    files.retain(|file| !file.text.starts_with(GENERATED));
    Ok(files)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Links to folders are not followed: they may form a cycle.
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<File, Error> {
    let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
    Ok(File { path: path.visible().into_owned(), text })
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't read {}: {error}", path.visible()))
}

fn unknown(text: &str, root: Option<&Path>) -> Error {
    let names = root.map_or(Vec::new(), names);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let list = if known.is_empty() {
        String::new()
    } else {
        format!("the names here are {}; or ", known.join(", "))
    };
    Error::new(format!(
        "error: there is no allocator, file or folder `{text}`{}\n\
         help: {list}name a source file, the folder of a crate, or a lab's starter as `starter:1-implicit`",
        did_you_mean(text, &known)
    ))
}

/// Returns the names of the workspace's allocators, which
/// are crates with sections in `lib.rs`, and of its labs.
fn names(root: &Path) -> Vec<String> {
    let has_sections = |folder: &PathBuf| {
        let text = fs::read_to_string(folder.join("src/lib.rs")).unwrap_or_default();
        sections(&text).is_ok_and(|found| !found.is_empty())
    };
    let is_lab = |folder: &PathBuf| folder.join("lab.toml").is_file();
    let known = folders_of(root).into_iter();
    let known = known.filter(|folder| has_sections(folder) || is_lab(folder));
    let names = known.filter_map(|folder| {
        let name = folder.file_name()?;
        Some(name.to_string_lossy().into_owned())
    });
    names.collect()
}

/// Returns the folders of the workspace's crates and labs.
fn folders_of(root: &Path) -> Vec<PathBuf> {
    let mut folders = crate_folders(root).unwrap_or_default();
    let labs = fs::read_dir(root.join("labs"));
    let mut labs: Vec<PathBuf> =
        labs.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    labs.sort();
    folders.append(&mut labs);
    folders
}

/// Returns lines as they are shown: tabs as blanks, without characters that a terminal would
/// obey, without blanks at the end, and shifted to the left as far as the whole section goes.
fn shown<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<Line> {
    let plain = |text: &str| -> String {
        let text = text.trim_end().replace('\t', "    ");
        let visible = |c: char| if is_hidden(c) { '\u{fffd}' } else { c };
        text.chars().map(visible).collect()
    };
    let mut lines: Vec<Line> =
        lines.map(|(number, text)| Line { number, text: plain(text) }).collect();
    // Blank lines around a section are not part of it.
    while lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    let blank = lines.iter().take_while(|line| line.text.is_empty()).count();
    lines.drain(..blank);
    let indent = |line: &Line| line.text.len() - line.text.trim_start_matches(' ').len();
    let written = lines.iter().filter(|line| !line.text.is_empty());
    let common = written.map(indent).min().unwrap_or(0);
    for line in &mut lines {
        line.text.drain(..common.min(line.text.len()));
    }
    lines
}

/// Returns whether a character is a control character, invisible, or changes the text's direction.
fn is_hidden(c: char) -> bool {
    let unseen = ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    c.is_control() || c == '\u{feff}' || unseen.iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_without_terminal_control_characters() {
        let lines = ["\n", "\t\ta\u{1b}[2J\u{202e} \r\n", "\n", "        b\n", "\n"];
        let shown = shown((7..).zip(lines));
        let texts: Vec<&str> = shown.iter().map(|line| &*line.text).collect();
        assert_eq!(texts, ["a\u{fffd}[2J\u{fffd}", "", "b"]);
        assert_eq!(shown[2].number, 10);
    }
}
