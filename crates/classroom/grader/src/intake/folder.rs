//! Takes the source out of a folder.
//!
//! Looked for in this order: the lab's file of a repository, an accepted name, a single
//! `.rs` file, a single archive, a single `.rs` file in `src`; and then the same once more
//! in the folders that the folder has.

use super::left_out::Kind;
use super::{GIVEN, LARGEST_ARCHIVE_BYTES, LARGEST_SOURCE_BYTES, Source, Wanted};
use super::{archive, names, read_file};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// An entry of a folder: its path, and its name as text.
type Named = (PathBuf, String);

/// Returns the source for a lab in a submission's folder.
///
/// # Errors
/// The reason why there is none.
pub fn source_in(folder: &Path, wanted: Wanted<'_>) -> Result<Source, String> {
    let entries = entries(folder).map_err(|error| error.to_string())?;
    if let Some(found) = at_top(folder, &entries, wanted) {
        return found;
    }
    if let Some((path, name)) = only_in_src(folder, wanted) {
        return read_source(&path, name);
    }
    if folder.join("labs").is_dir() {
        return Err(format!("{} is not in this repository", wanted.in_repository()));
    }
    let mut inner: Vec<(String, Result<Source, String>)> = entries
        .iter()
        .filter(|(path, name)| is_folder(path) && !NOT_SUBMISSIONS.contains(&name.as_str()))
        .filter_map(|(path, name)| {
            let entries = self::entries(path).ok()?;
            Some((name.clone(), at_top(path, &entries, wanted)?))
        })
        .collect();
    if inner.len() > 1 {
        // A student may have handed in several labs, each in its folder.
        match inner.iter().position(|(name, _)| wanted.is_called(name)) {
            Some(index) => inner = vec![inner.swap_remove(index)],
            None => {
                let names: Vec<&str> = inner.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!("several folders in it have a source: {}", names.join(", ")));
            }
        }
    }
    let Some((name, source)) = inner.pop() else {
        let unread = entries.iter().find(|(_, name)| names::is_unread_archive(name));
        return Err(unread.map_or_else(|| wanted.nothing(), |(_, name)| super::unread(name)));
    };
    let source = source.map_err(|reason| format!("{name}: {reason}"))?;
    Ok(Source { file: format!("{name}/{}", source.file), ..source })
}

/// Returns the source in `src`, if there is one under another name than that of a crate's root. The
/// lab's own files do not count.
fn only_in_src(folder: &Path, wanted: Wanted<'_>) -> Option<Named> {
    let src = folder.join("src");
    let found = if is_folder(&src) { entries(&src).ok()? } else { return None };
    let is_own = |name: &str| name == GIVEN || name == "main.rs";
    let mut sources = found.into_iter().filter(|(_, name)| wanted.is_source(name) && !is_own(name));
    match (sources.next(), sources.next()) {
        (Some((path, name)), None) if is_file(&path) => Some((path, format!("src/{name}"))),
        _ => None,
    }
}

/// Folders of a crate that have sources, but not the one to grade.
const NOT_SUBMISSIONS: [&str; 5] = ["target", "tests", "examples", "benches", "src"];

/// Returns whether a folder is one submission by a source in it, and not a folder of submissions.
pub fn holds_a_source(folder: &Path, wanted: Wanted<'_>) -> bool {
    wanted.names().iter().any(|name| fs::symlink_metadata(folder.join(name)).is_ok())
}

/// Returns whether a folder has a source or an archive in it, under any name.
pub fn looks_like_a_students(folder: &Path, wanted: Wanted<'_>) -> bool {
    let is_taken = |(_, name): &Named| wanted.is_source(name) || names::is_archive(name);
    holds_a_source(folder, wanted) || entries(folder).is_ok_and(|all| all.iter().any(is_taken))
}

/// Returns the entries that are not leftovers, in the order of their names.
fn entries(folder: &Path) -> io::Result<Vec<Named>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = names::text_of(&entry.file_name());
        if Kind::of(&name, false).is_none() {
            entries.push((entry.path(), name));
        }
    }
    entries.sort();
    Ok(entries)
}

/// Returns the source that lies in a folder itself, or why it can't be
/// taken; `None` if the folder has neither a source nor an archive.
fn at_top(folder: &Path, entries: &[Named], wanted: Wanted<'_>) -> Option<Result<Source, String>> {
    let mut candidates: Vec<Named> =
        wanted.names().into_iter().map(|name| (folder.join(&name), name)).collect();
    let of_kind = |is_kind: &dyn Fn(&str) -> bool| -> Vec<&Named> {
        entries.iter().filter(|(_, name)| is_kind(name) && name != GIVEN).collect()
    };
    let sources = of_kind(&|name| wanted.is_source(name));
    let archives = of_kind(&names::is_archive);
    // A single source file is taken, under any name.
    if let [only] = sources.as_slice() {
        candidates.push((*only).clone());
    }
    for (path, name) in candidates {
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_symlink() || is_behind_a_link(folder, &name) {
            return Some(Err(format!("{name} is a symbolic link, not a file")));
        }
        if metadata.is_file() {
            return Some(read_source(&path, name));
        }
    }
    match (sources.len(), archives.as_slice()) {
        (0 | 1, []) => None,
        (0 | 1, [only]) => Some(in_archive(only, wanted)),
        (0 | 1, many) => {
            Some(Err(format!("there are {} archives in it, and no source", many.len())))
        }
        (count, _) => Some(Err(wanted.several(count))),
    }
}

/// Returns whether a folder on the way to a file is a symbolic link.
fn is_behind_a_link(folder: &Path, name: &str) -> bool {
    let mut ways = name.match_indices('/').map(|(end, _)| folder.join(&name[..end]));
    ways.any(|way| fs::symlink_metadata(way).is_ok_and(|way| way.is_symlink()))
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn read_source(path: &Path, name: String) -> Result<Source, String> {
    Ok(Source {
        file: name,
        bytes: read_file(path, LARGEST_SOURCE_BYTES)?,
        has_given: path.with_file_name(GIVEN).is_file(),
    })
}

fn in_archive((path, name): &Named, wanted: Wanted<'_>) -> Result<Source, String> {
    if !is_file(path) {
        return Err(format!("{name} is not a file"));
    }
    let bytes = read_file(path, LARGEST_ARCHIVE_BYTES).map_err(|why| format!("{name}: {why}"))?;
    let source =
        archive::source_in(name, &bytes, wanted).map_err(|why| format!("{name}: {why}"))?;
    Ok(Source { file: format!("{name}/{}", source.file), ..source })
}
