//! Compiled heaps, kept by what they were compiled from.
//!
//! ```text
//! ~/.cache/heaplab/c-heaps/                $XDG_CACHE_HOME, if that is set
//!     runtime-4711.../                     our C code
//!     0815.../                             the hash of compiler, flags, names of files, runtime
//!         manifest                         which files were read, with their hashes; the object
//!         x7f3....so                       the object
//! ```
//!
//! An object is used again if every file that was read, headers included, is what it was.

use heaplab_support::Error;
use sha2::{Digest, Sha256};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, fs, io};

/// A hash that is being made.
#[derive(Default)]
pub(crate) struct Hash(Sha256);

impl Hash {
    /// Adds bytes, and where they end.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Returns the hash, in 32 digits.
    pub(crate) fn end(self) -> String {
        self.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the hash of a file; none if it can't be read.
    pub(crate) fn of_file(path: &Path) -> Option<String> {
        let mut hash = Hash::default();
        hash.add(&fs::read(path).ok()?);
        Some(hash.end())
    }
}

/// Returns the folder of all compiled heaps; makes it if it is not there.
///
/// # Errors
/// If there is no place for it, with what to do next.
pub(crate) fn folder() -> Result<PathBuf, Error> {
    let from = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let place = from("XDG_CACHE_HOME").or_else(|| Some(from("HOME")?.join(".cache")));
    let place = place.ok_or_else(|| no_place("neither HOME nor XDG_CACHE_HOME is set"))?;
    let place = place.join("heaplab").join("c-heaps");
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true).mode(0o700);
    match maker.create(&place) {
        Ok(()) => Ok(place),
        Err(error) => Err(no_place(&format!("can't make {}: {error}", place.display()))),
    }
}

fn no_place(why: &str) -> Error {
    Error::new(format!(
        "error: there is no folder for compiled heaps: {why}\n\
         help: set XDG_CACHE_HOME to the full path of a folder that can be written"
    ))
}

/// Writes a file so that others see all of it or none.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(new.path(), text)?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Removes what was not used for a month.
pub(crate) fn sweep(folder: &Path) {
    const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let changed = entry.metadata().and_then(|meta| meta.modified()).ok();
        let age = changed.and_then(|changed| SystemTime::now().duration_since(changed).ok());
        if age.is_some_and(|age| age > KEEP) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
