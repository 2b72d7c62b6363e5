//! What every grade of a class depends on, watched while the class is graded.
//!
//! ```text
//!  sources of the harness and the reference, manifests, lab.toml, traces,
//!  hidden.toml                          read again if their stamp differs
//!  libraries that submissions are linked with       never built again meanwhile
//! ```
//!
//! A key names one state of all of these. If a file is edited or pulled meanwhile, a submission
//! could be built from one state and run on another, under the key of the first: its record is not
//! written.

use heaplab_grade::Digest;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files and what they held when they were first looked at.
#[derive(Debug, Default)]
pub struct Watched {
    sources: Mutex<BTreeMap<PathBuf, Source>>,
    libraries: BTreeMap<PathBuf, Option<Stamp>>,
}

/// A file that people edit.
#[derive(Clone, Copy, Debug)]
struct Source {
    stamp: Option<Stamp>,
    /// None for a file that can't be read.
    sha256: Option<Digest>,
}

/// What the system says of a file. If it is the same, so is the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device_and_file: (u64, u64),
    bytes: u64,
    changed: (i64, i64),
}

impl Watched {
    /// Looks at these files.
    pub fn new(sources: impl IntoIterator<Item = PathBuf>) -> Watched {
        let look = |path: PathBuf| {
            let source = Source { stamp: Stamp::of(&path), sha256: digest_of(&path) };
            (path, source)
        };
        let sources: BTreeMap<_, _> = sources.into_iter().map(look).collect();
        Watched { sources: Mutex::new(sources), libraries: BTreeMap::new() }
    }

    /// Looks at libraries that were built from the sources.
    pub fn with_libraries(self, libraries: impl IntoIterator<Item = PathBuf>) -> Watched {
        let look = |path: PathBuf| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        };
        Watched { libraries: libraries.into_iter().map(look).collect(), ..self }
    }

    /// Returns the files that are not what they were: sources with other contents, or libraries
    /// that were built again. A source that was only saved or checked out again has not changed.
    pub fn changed(&self) -> Vec<PathBuf> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let edited = sources.iter_mut().filter_map(|(path, source)| {
            let stamp = Stamp::of(path);
            if stamp == source.stamp {
                return None;
            }
            if digest_of(path) != source.sha256 {
                return Some(path.clone());
            }
            source.stamp = stamp;
            None
        });
        let mut changed: Vec<PathBuf> = edited.collect();
        let built = self.libraries.iter().filter(|(path, stamp)| Stamp::of(path) != **stamp);
        changed.extend(built.map(|(path, _)| path.clone()));
        changed
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let metadata = fs::metadata(path).ok()?;
        Some(Stamp {
            device_and_file: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

fn digest_of(path: &Path) -> Option<Digest> {
    fs::read(path).ok().map(|bytes| Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn an_edited_missing_or_new_file_has_changed_and_a_saved_one_has_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["edited", "saved", "removed"] {
            fs::write(at(name), "1").unwrap();
        }
        let watched = Watched::new(["edited", "made", "removed", "saved"].map(at));
        assert_eq!(watched.changed(), [""; 0].map(PathBuf::from));
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::options().append(true).open(at("saved")).unwrap().set_modified(later).unwrap();
        assert_eq!(watched.changed(), [""; 0].map(PathBuf::from));
        fs::write(at("edited"), "22").unwrap();
        fs::write(at("made"), "1").unwrap();
        fs::remove_file(at("removed")).unwrap();
        assert_eq!(watched.changed(), ["edited", "made", "removed"].map(at));
        assert_eq!(watched.changed().len(), 3, "as long as it is so");
    }

    #[test]
    fn a_library_that_was_built_again_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libheap-1.rlib");
        fs::write(&library, "1").unwrap();
        let watched = Watched::new([]).with_libraries([library.clone()]);
        assert_eq!(watched.changed(), [""; 0].map(PathBuf::from));
        fs::remove_file(&library).unwrap();
        fs::write(&library, "1 ").unwrap();
        assert_eq!(watched.changed(), [library]);
    }
}
