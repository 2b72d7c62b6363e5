//! Temporary folders that do not outlive their owner for long.
//!
//! A [`Scratch`] folder is removed when it is dropped. A process that is killed drops
//! nothing: what it leaves is removed when a process of the same user next makes
//! such a folder. Who still uses a folder is said by a lock on a file in it, which the
//! system takes away when the owner ends, however that happens.
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
    /// Holds the lock, until the folder is gone.
    _owner: File,
}

/// The folder in it that is the owner's to fill.
const FILES: &str = "files";

/// A new folder in the system's folder for temporary files.
///
/// # Errors
/// When it can't be made, with what to do next.
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
    /// A new folder in the system's folder for temporary files ([`place`]). The first
    /// one of a process also removes what killed processes of this user have left there.
    ///
    /// # Errors
    /// When the folder can't be made or locked.
    pub fn new() -> io::Result<Scratch> {
        static SWEPT: Once = Once::new();
        let scratch = Scratch::in_folder(&place())?;
        SWEPT.call_once(|| sweep(&place(), &scratch.files));
        Ok(scratch)
    }

    /// A new folder in this one. Nothing is removed.
    fn in_folder(parent: &Path) -> io::Result<Scratch> {
        let prefix = format!("{PREFIX}{}-", process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)?;
        // It gets its name when it is locked: under that name, who finds it without a
        // lock takes its owner to be dead.
        let unnamed = folder.path().join("not-yet-locked");
        let owner = File::create_new(&unnamed)?;
        flock(&owner, FlockOperation::NonBlockingLockExclusive)?;
        fs::rename(&unnamed, folder.path().join(OWNER))?;
        let files = folder.path().join(FILES);
        DirBuilder::new().mode(0o700).create(&files)?;
        // Another user may be let into the files, and has to get through here.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        Ok(Scratch { _folder: folder, files, _owner: owner })
    }

    /// Where it is: an empty folder, which only this user can enter.
    pub fn path(&self) -> &Path {
        &self.files
    }
}

/// The system's folder for temporary files: what TMPDIR names, or `/tmp`.
pub fn place() -> PathBuf {
    env::temp_dir()
}
