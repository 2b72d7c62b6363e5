//! The crate in the workspace that a lab's starter is made of.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A reference's sources.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The files of its `src`, by their names.
    pub files: BTreeMap<String, String>,
    /// The contract, whose default functions replace those that the reference lacks.
    pub contract: String,
}

/// The root file of a crate.
pub(crate) const ROOT: &str = "lib.rs";

impl Reference {
    /// Path of the contract, relative to the workspace's folder.
    pub const CONTRACT: &str = "crates/machine/heap/src/contract.rs";

    /// Reads the crate `name` of the workspace in `root`.
    ///
    /// # Errors
    /// If a file can't be read; the error says which.
    pub fn read(root: &Path, name: &str) -> io::Result<Reference> {
        let folder = crate_folder(root, name)?.join("src");
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(|error| of(&folder, error))? {
            let path = entry.map_err(|error| of(&folder, error))?.path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.file_name().unwrap_or_default();
                files.insert(name.to_string_lossy().into_owned(), read(&path)?);
            }
        }
        Ok(Reference { files, contract: read(&root.join(Self::CONTRACT))? })
    }
}

/// Returns the folders of the workspace's crates: those in `crates`, and in the folders there.
///
/// # Errors
/// If a folder can't be read; the error says which.
pub fn crate_folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut unseen = vec![root.join("crates")];
    while let Some(folder) = unseen.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| of(&folder, error))? {
            let path = entry.map_err(|error| of(&folder, error))?.path();
            if path.join("Cargo.toml").is_file() {
                found.push(path);
            } else if path.is_dir() {
                unseen.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the folder of the workspace's crate `name`.
///
/// # Errors
/// If it does not exist, or a folder can't be read.
pub fn crate_folder(root: &Path, name: &str) -> io::Result<PathBuf> {
    let folders = crate_folders(root)?;
    let found = folders.into_iter().find(|folder| folder.ends_with(name));
    found.ok_or_else(|| {
        let message = format!("there is no crate `{name}` below {}", root.join("crates").display());
        io::Error::new(io::ErrorKind::NotFound, message)
    })
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| of(path, error))
}

fn of(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
