//! Finds what was handed in, and takes the one source file of each submission.
//!
//! ```text
//!  paths -> class    the layout of a folder, and what in it is a submission
//!             layout, labels, platform, gradescope, left_out, names
//!  one   -> source   its file, in a folder, an archive, or an archive in a folder
//!             folder, archive
//!  bytes -> text     in the encoding that they have
//! ```
//!
//! Everything else in a folder or archive is ignored: build scripts,
//! manifests, configurations. An archive is read in memory and never
//! unpacked, so the names of its entries have no effect on the disk.

mod archive;
mod class;
mod entry;
mod folder;
mod gradescope;
mod labels;
mod layout;
mod left_out;
mod names;
mod platform;
mod text;
mod wanted;

pub use class::{HandedIn, submissions};
pub use text::{Text, decode};
pub use wanted::Wanted;

use heaplab_grade::Submitter;
use heaplab_support::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file, a folder or an archive that a student handed in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its name, which a file can have: that of the student, as far as the files tell.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// The students who handed it in, if the platform's export names them.
    pub submitters: Vec<Submitter>,
    /// What the platform says of it: that it is late.
    pub remarks: Vec<String>,
    /// What the platform says of when it was handed in. It is not part of a record.
    pub when: WhenSaid,
    /// A longer name, for a submission that shares its name with another.
    longer_name: String,
    /// Why nothing can be taken, if that is known already.
    problem: Option<String>,
}

/// What a platform says of when a submission was handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WhenSaid {
    /// Nothing.
    #[default]
    Nothing,
    /// This time, as the platform writes it.
    At(String),
    /// That it was not late.
    OnTime,
    /// That it was late, and not by how much.
    Late,
}

/// The source that was taken out of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of its file in the folder or archive.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether the submission also has a `given.rs`, which is ignored: the lab has its own.
    pub has_given: bool,
}

/// Maximum size of a source: twenty times the largest reference.
const LARGEST_SOURCE_BYTES: u64 = 1 << 20;

/// Maximum size of a packed archive.
const LARGEST_ARCHIVE_BYTES: u64 = 64 << 20;

/// The name of a file that the lab has. A submission's file of this name is ignored.
const GIVEN: &str = "given.rs";

/// Returns why an archive is not opened.
fn unread(name: &str) -> String {
    format!("{name} is packed in a way that is not read: use .zip, .tar, .tar.gz or no archive")
}

impl Submission {
    /// Returns what is at a path as one submission, named after its file.
    fn at(path: PathBuf) -> Submission {
        let file_name = match path.file_name() {
            Some(name) => name.to_owned(),
            // `.` and `..` get the names of the folders to which they lead.
            None => fs::canonicalize(&path)
                .ok()
                .and_then(|path| Some(path.file_name()?.to_owned()))
                .unwrap_or_else(|| "submission".into()),
        };
        Submission {
            name: names::of_file(&file_name),
            longer_name: names::of_whole(&file_name),
            path,
            submitters: Vec::new(),
            remarks: Vec::new(),
            when: WhenSaid::Nothing,
            problem: None,
        }
    }

    /// Returns the file or folder at a path as one submission of this name.
    ///
    /// # Errors
    /// If the name is not allowed for a record.
    pub fn named(name: &str, path: &Path) -> Result<Submission, Error> {
        let is_harmless = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_harmless) {
            return Err(Error::new(format!(
                "error: a submission can't be called `{name}`\nhelp: a name consists of letters, digits, `-`, `_` and `.`"
            )));
        }
        Ok(Submission { name: name.to_owned(), ..Submission::at(path.to_owned()) })
    }

    /// Takes the source for a lab out of the submission.
    ///
    /// # Errors
    /// The reason why there is no source, in words for the student.
    pub fn take<'w>(&self, wanted: impl Into<Wanted<'w>>) -> Result<Source, String> {
        let wanted = wanted.into();
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let metadata = fs::symlink_metadata(&self.path).map_err(|error| error.to_string())?;
        if metadata.is_symlink() {
            return Err("it is a symbolic link, not a file".to_owned());
        }
        if metadata.is_dir() {
            return folder::source_in(&self.path, wanted);
        }
        if !metadata.is_file() {
            return Err("it is neither a file nor a folder".to_owned());
        }
        let name = names::text_of(self.path.file_name().unwrap_or_default());
        if names::is_archive(&name) {
            return archive::source_in(
                &name,
                &read_file(&self.path, LARGEST_ARCHIVE_BYTES)?,
                wanted,
            );
        }
        if names::is_unread_archive(&name) {
            return Err(unread(&name));
        }
        Ok(Source {
            file: name,
            bytes: read_file(&self.path, LARGEST_SOURCE_BYTES)?,
            has_given: false,
        })
    }
}

/// Reads a file of at most `limit_bytes` bytes.
fn read_file(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    read_all(file, limit_bytes)
}

fn read_all(from: impl Read, limit_bytes: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut from = from.take(limit_bytes + 1);
    from.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > limit_bytes {
        Err(format!("it has more than {} KiB", limit_bytes >> 10))
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
