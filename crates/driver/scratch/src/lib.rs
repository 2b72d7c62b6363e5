//! Temporary folders that do not outlive their owner for long.
//!
//! A [`Scratch`] folder is removed when it is dropped. A process that is killed drops nothing:
//! what it leaves is removed when a process of the same user next makes a scratch folder. A lock
//! on a file in the folder shows that the folder is in use; the system releases the lock when the
//! owner ends, however that happens.
//!
//! ```text
//! $TMPDIR/heaplab-4711-X7aQzr/          owner: process 4711
//!                             owner     locked for as long as it lives
//!                             files/    what the owner has there
//! ```
#![forbid(unsafe_code)]

mod sweep;

use heaplab_support::Error;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::{env, io, process};
use sweep::{OWNER, PREFIX, sweep};
use tempfile::TempDir;

/// A folder that is removed when it is dropped, or soon after its owner was killed.
#[derive(Debug)]
pub struct Scratch {
    _folder: TempDir,
    files: PathBuf,
    /// The file with the lock, held until the folder is gone.
    _owner: File,
}

/// The folder in it that the owner fills.
const FILES: &str = "files";

/// Makes a folder in the system's folder for temporary files.
///
/// # Errors
/// If it can't be made, with what to do next.
pub fn temporary_folder() -> Result<Scratch, Error> {
    Scratch::new().map_err(|error| {
        Error::new(format!(
            "error: can't make a folder in {}: {}\n\
             help: set TMPDIR to a folder with room",
            place().display(),
            error.kind()
        ))
    })
}

impl Scratch {
    /// Makes a folder in the system's folder for temporary files ([`place`]). The first call in a
    /// process also removes what killed processes of this user have left there.
    ///
    /// # Errors
    /// If the folder can't be made or locked.
    pub fn new() -> io::Result<Scratch> {
        static SWEPT: Once = Once::new();
        let scratch = Scratch::in_folder(&place())?;
        SWEPT.call_once(|| sweep(&place(), &scratch.files));
        Ok(scratch)
    }

    /// Makes a folder in this one. Removes nothing.
    fn in_folder(parent: &Path) -> io::Result<Scratch> {
        // As long for each process: the length of a program's path moves its stack, and the address
        // of a wild access there is in a verdict.
        let prefix = format!("{PREFIX}{:07}-", process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)?;
        // The folder gets its name when it is locked: a process that finds a folder of that name
        // without a lock takes its owner to have ended.
        let unnamed = folder.path().join("not-yet-locked");
        let owner = File::create_new(&unnamed)?;
        flock(&owner, FlockOperation::NonBlockingLockExclusive)?;
        fs::rename(&unnamed, folder.path().join(OWNER))?;
        let files = folder.path().join(FILES);
        DirBuilder::new().mode(0o700).create(&files)?;
        // Another user may be given access to the files, and must get through here.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        Ok(Scratch { _folder: folder, files, _owner: owner })
    }

    /// Returns the folder for the owner's files, which only this user can enter. It is empty at
    /// first.
    pub fn path(&self) -> &Path {
        &self.files
    }
}

/// Returns the system's folder for temporary files: what TMPDIR names, or `/tmp`.
pub fn place() -> PathBuf {
    env::temp_dir()
}
