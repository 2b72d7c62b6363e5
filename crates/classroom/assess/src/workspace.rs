//! Where the labs and the references are: the workspace in which the command was called.

use heaplab_lab::Reference;
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The workspace's folder.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

/// A file that a workspace of heaplab has, and other folders hardly ever.
const LANDMARK: &str = Reference::CONTRACT;

impl Workspace {
    /// Finds the workspace: the current folder, or the nearest one above it.
    ///
    /// # Errors
    /// If none of them is a workspace.
    pub fn find() -> Result<Workspace, Error> {
        let here = env::current_dir().map_err(Error::new)?;
        let root = here.ancestors().find(|folder| folder.join(LANDMARK).is_file());
        let root = root.ok_or_else(|| {
            Error::new(format!(
                "error: {} is not in a workspace of heaplab: neither it nor a folder above it has {LANDMARK}\n\
                 help: run this in the folder that `git clone` made, or in a folder inside it",
                here.visible()
            ))
        })?;
        Ok(Workspace { root: root.to_owned() })
    }

    /// Returns the workspace in this folder.
    pub fn at(root: &Path) -> Workspace {
        Workspace { root: root.to_owned() }
    }

    /// Returns the workspace's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder with the traces.
    pub fn traces(&self) -> PathBuf {
        self.root.join("labs/traces")
    }

    /// Returns a path of the workspace, as short as it can be typed from here.
    pub fn shown(&self, path: &Path) -> PathBuf {
        let here = env::current_dir().unwrap_or_default();
        path.strip_prefix(&here).unwrap_or(path).to_owned()
    }

    /// Returns the sources of a crate of `crates`.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn reference(&self, name: &str) -> Result<Reference, Error> {
        Reference::read(&self.root, name)
            .map_err(|error| Error::new(format!("error: can't read {error}")))
    }

    /// Returns the names of all labs, in order.
    ///
    /// # Errors
    /// If their folder can't be read.
    pub fn lab_names(&self) -> Result<Vec<String>, Error> {
        let folder = self.root.join("labs");
        let entries = fs::read_dir(&folder).map_err(|error| cannot_read(&folder, &error))?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.path().join("lab.toml").is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        Ok(names)
    }
}

/// Returns the error for a file that can't be read.
pub(crate) fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't read {}: {error}", path.visible()))
}
