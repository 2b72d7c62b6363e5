//! What lies in the folder of a class.

use super::left_out::{Counts, Kind};
use super::names;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Something in a folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path.
    pub path: PathBuf,
    /// Its name, as text.
    pub name: String,
    /// Whether it is a folder, and not a link to one.
    pub is_folder: bool,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// Returns everything in a folder, in the order of its names.
///
/// # Errors
/// If it can't be read.
pub fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        found.push(Entry {
            path: entry.path(),
            name: names::text_of(&entry.file_name()),
            is_folder: kind.is_dir(),
            is_link: kind.is_symlink(),
        });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Removes leftovers, and counts them.
pub fn leave_out(entries: &mut Vec<Entry>) -> Counts {
    let mut counts = Counts::default();
    entries.retain(|entry| match Kind::of(&entry.name, entry.is_folder) {
        Some(kind) => {
            counts.add(kind);
            false
        }
        None => true,
    });
    counts
}
