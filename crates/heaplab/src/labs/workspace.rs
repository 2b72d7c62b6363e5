//! Where the labs and the references are: the workspace that the command is
//! called in.

use super::folder::LabFolder;
use crate::Failure;
use heaplab_lab::Reference;
use heaplab_trace::Visible;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The workspace's folder.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

/// What is in a workspace of heaplab, and hardly in another folder.
const LANDMARK: &str = Reference::CONTRACT;

impl Workspace {
    /// The folder that the command is called in, or the nearest above it.
    ///
    /// # Errors
    /// If none of them is a workspace.
    pub(crate) fn find() -> Result<Workspace, Failure> {
        let here = env::current_dir().map_err(Failure::input)?;
        let root = here
            .ancestors()
            .find(|folder| folder.join(LANDMARK).is_file());
        let root = root.ok_or_else(|| {
            Failure::Input(format!(
                "error: {} is in no workspace of heaplab: there is no {LANDMARK} in it or above\n\
                 help: call this from the folder that `git clone` made, or from one in it",
                here.visible()
            ))
        })?;
        Ok(Workspace {
            root: root.to_owned(),
        })
    }

    /// The one in this folder, for tests.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Workspace {
        Workspace {
            root: root.to_owned(),
        }
    }

    /// The workspace's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder with the traces.
    pub(crate) fn traces(&self) -> PathBuf {
        self.root.join("labs/traces")
    }

    /// A path of the workspace, as short as it can be typed from here.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        let here = env::current_dir().unwrap_or_default();
        path.strip_prefix(&here).unwrap_or(path).to_owned()
    }

    /// The sources of a crate of `crates`.
    ///
    /// # Errors
    /// If they can't be read.
    pub(crate) fn reference(&self, name: &str) -> Result<Reference, Failure> {
        Reference::read(&self.root, name)
            .map_err(|error| Failure::Input(format!("error: can't read {error}")))
    }

    /// The names of all labs, in order.
    ///
    /// # Errors
    /// If their folder can't be read.
    pub(crate) fn lab_names(&self) -> Result<Vec<String>, Failure> {
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

    /// The lab that is meant by `1-implicit`, `lab-1-implicit`, `1` or `implicit`; or by
    /// the path of a folder with a `lab.toml`, which may be anywhere.
    ///
    /// # Errors
    /// If there is none, or its `lab.toml` is none.
    pub(crate) fn lab(&self, meant: &str) -> Result<LabFolder, Failure> {
        if meant.contains('/') && Path::new(meant).join("lab.toml").is_file() {
            let folder =
                fs::canonicalize(meant).map_err(|error| cannot_read(meant.as_ref(), &error))?;
            return LabFolder::read(self, folder);
        }
        let names = self.lab_names()?;
        let plain = meant.trim_end_matches('/').trim_start_matches("labs/");
        let plain = plain.strip_prefix("lab-").unwrap_or(plain);
        let is_meant = |name: &&String| {
            let parts = name.split_once('-');
            *name == plain || parts.is_some_and(|(number, word)| number == plain || word == plain)
        };
        match names.iter().find(is_meant) {
            Some(name) => LabFolder::read(self, self.root.join("labs").join(name)),
            None => Err(Failure::Input(format!(
                "error: there is no lab `{meant}`\nhelp: the labs are {}",
                names.join(", ")
            ))),
        }
    }
}

/// What to say of a file that can't be read.
pub(super) fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!("error: can't read {}: {error}", path.visible()))
}
