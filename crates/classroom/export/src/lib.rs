//! Packages for grading platforms: everything that grades one lab there.
//!
//! ```text
//!  workspace -> pruned -> with vendored crates -+-> Gradescope        .zip
//!                                               +-> Autolab           .tar
//!  hidden traces, samples, scripts -------------+-> GitHub Classroom  .zip
//! ```
//!
//! | file | does |
//! |---|---|
//! | `package` | files by their paths, and archives of them |
//! | `pruned` | the workspace without what grading does not need |
//! | `vendor` | the crates of others |
//! | `samples` | submissions to try a package with |
//! | `contents` | what all packages hold, and what their texts say of the lab |
//! | `gradescope`, `autolab`, `classroom` | a platform each |
//! | `scripts/` | what runs there, and what people read |
//!
//! [`pack`] is the entry.
#![forbid(unsafe_code)]

mod autolab;
mod classroom;
mod contents;
mod gradescope;
mod package;
mod pruned;
mod samples;
mod vendor;

use contents::Contents;
use heaplab_assess::LabFolder;
use heaplab_support::{Error, Listener};
use std::path::PathBuf;

/// A platform that grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A zip for Gradescope's autograder.
    Gradescope,
    /// A tar with Autolab's two files, and an image for them.
    Autolab,
    /// A zip with a template repository for GitHub Classroom.
    GithubClassroom,
}

/// An archive, and what is in it.
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many files were packed, also in archives in it.
    pub files: usize,
}

/// Packs what grades a lab on a platform.
///
/// # Errors
/// If a file can't be read, cargo can't vendor, or the platform has no place for
/// hidden traces.
pub fn pack(
    platform: Platform,
    lab: &LabFolder,
    hidden: &[PathBuf],
    listener: &dyn Listener,
) -> Result<Packed, Error> {
    let contents = Contents::of(lab, hidden, listener)?;
    match platform {
        Platform::Gradescope => gradescope::pack(&contents, listener),
        Platform::Autolab => autolab::pack(&contents, listener),
        Platform::GithubClassroom => classroom::pack(&contents, listener),
    }
}
