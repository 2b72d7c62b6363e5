//! Looks for trace files.

use super::left_out::{Complaint, Complaints};
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::collections::HashSet;
use std::fmt::Display;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A file that is taken for a trace.
pub(super) struct File {
    pub(super) path: PathBuf,
    /// Whether it was found in a folder; otherwise it was named.
    pub(super) in_folder: bool,
}

impl File {
    /// Returns a file that the command line names.
    pub(super) fn named(path: &Path) -> File {
        File { path: path.to_owned(), in_folder: false }
    }
}

/// A search for trace files.
#[derive(Default)]
pub(super) struct Search {
    pub(super) files: Vec<File>,
    pub(super) complaints: Complaints,
    /// A line for each folder that has other files too.
    pub(super) no_traces: Vec<String>,
    /// Folders already searched, by device and number: a link may lead back.
    seen: HashSet<(u64, u64)>,
}

impl Search {
    /// Adds a file, or all traces in a folder and the folders in it.
    ///
    /// # Errors
    /// If it can't be read, or there is no trace in the folder.
    pub(super) fn add(&mut self, path: &Path) -> Result<(), Error> {
        let cannot = |error: &dyn Display, help: &str| {
            let path = path.visible();
            Error::new(format!("error: can't read {path}: {error}{help}"))
        };
        let help = match path.to_str() {
            Some("-") => STANDARD_INPUT,
            _ => "",
        };
        let is_dir = fs::metadata(path).map_err(|error| cannot(&error, help))?;
        if !is_dir.is_dir() {
            if is_of_this_process(path) {
                return Err(cannot(&"each process has its own", STANDARD_INPUT));
            }
            self.files.push(File::named(path));
            return Ok(());
        }
        let before = self.files.len() + self.complaints.count();
        let mut others = Vec::new();
        self.look_through(path, &mut others).map_err(|error| cannot(&error, ""))?;
        let others = no_traces(path, &others);
        if self.files.len() + self.complaints.count() == before {
            let others = others.map_or(String::new(), |line| format!("\n{line}"));
            return Err(Error::new(format!(
                "error: no traces in {}{others}\nhelp: a trace's name ends in .rep, .rep.gz, .script or .script.gz; \
                 other files can be named one by one",
                path.visible()
            )));
        }
        self.no_traces.extend(others);
        Ok(())
    }

    /// Adds the traces in a folder, and notes the other files. Hidden files and folders are
    /// skipped: systems keep their own files there, such as `.git` and the `._x.rep` that a Mac
    /// packs beside each `x.rep`.
    fn look_through(&mut self, folder: &Path, others: &mut Vec<PathBuf>) -> io::Result<()> {
        let metadata = fs::metadata(folder)?;
        if !self.seen.insert((metadata.dev(), metadata.ino())) {
            return Ok(());
        }
        let entries = fs::read_dir(folder)?;
        let mut paths =
            entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
        paths.sort();
        for path in paths.into_iter().filter(|path| !is_hidden(path)) {
            if path.is_dir() {
                if let Err(error) = self.look_through(&path, others) {
                    self.complaints.add(Complaint {
                        text: format!("error: can't read {}: {error}\n", path.visible()),
                        reason: error.to_string(),
                        path,
                        in_folder: true,
                        report: None,
                    });
                }
            } else if is_trace(&path) {
                self.files.push(File { path, in_folder: true });
            } else {
                others.push(path);
            }
        }
        Ok(())
    }
}

const STANDARD_INPUT: &str =
    "\nhelp: save standard input to a file first; `run` names results by files";

/// A message names at most this many of the files that are not traces.
const NAMED: usize = 5;

/// Returns a note such as `note: 3 files in t are not traces: README, a.c, b.c`.
fn no_traces(folder: &Path, files: &[PathBuf]) -> Option<String> {
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        below.visible().into_owned()
    };
    let names: Vec<String> = files.iter().take(NAMED).map(name).collect();
    let names = names.join(", ");
    let more = match files.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let folder = folder.visible();
    match files.len() {
        0 => None,
        1 => Some(format!("note: 1 file in {folder} is not a trace: {names}")),
        count => Some(format!("note: {count} files in {folder} are not traces: {names}{more}")),
    }
}

/// Returns whether a path means something else in another process, such as a worker.
fn is_of_this_process(path: &Path) -> bool {
    let own = ["/dev/fd", "/proc/self", "/proc/thread-self"];
    path == Path::new("/dev/stdin") || own.iter().any(|folder| path.starts_with(folder))
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

/// Returns whether a file in a folder is taken for a trace. Systems that do not distinguish small
/// letters from capitals make names such as `X.REP`.
pub fn is_trace(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    !is_hidden(path) && (name.ends_with(".rep") || name.ends_with(".script"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_recognized_by_its_ending_in_any_case() {
        for name in ["x.rep", "X.REP", "x.Rep.GZ", "a/x.script", "x.SCRIPT.gz", "a.b.rep"] {
            assert!(is_trace(Path::new(name)), "{name}");
        }
        for name in [
            "._x.rep",
            ".rep",
            ".DS_Store",
            "x.rep~",
            "x.rep.bak",
            "x.rep.xz",
            "xrep",
            "rep",
            "x.txt",
            "Makefile",
            "x.gz",
            "a/.hidden.script",
        ] {
            assert!(!is_trace(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn other_files_are_counted_and_some_are_named() {
        let folder = Path::new("t");
        let say = |names: &[&str]| {
            let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
            no_traces(folder, &paths)
        };
        assert_eq!(say(&[]), None);
        assert_eq!(say(&["README"]).as_deref(), Some("note: 1 file in t is not a trace: README"));
        assert_eq!(
            say(&["a", "b/c", "d", "e", "f", "g", "h"]).as_deref(),
            Some("note: 7 files in t are not traces: a, b/c, d, e, f and 2 more")
        );
    }
}
