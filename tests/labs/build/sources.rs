//! The sources that starters are made of.

use heaplab_lab::{Lab, bundle};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// What reading can end in.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A lab's reference in one file.
///
/// # Errors
/// If it can't be read, or not be put in one.
pub fn bundle_of(lab: &Lab, workspace: &Path) -> Outcome<String> {
    let mut files = BTreeMap::new();
    for path in entries(&workspace.join("crates").join(&lab.reference).join("src"))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        files.insert(name.into_owned(), read(&path)?);
    }
    let contract = read(&workspace.join("crates/heap/src/contract.rs"))?;
    Ok(bundle(&files, &contract, &lab.contract)?)
}

/// What is in a folder, in order.
///
/// # Errors
/// If it can't be read.
pub fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = entries.collect::<Outcome<_>>()?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
