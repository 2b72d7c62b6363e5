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
//! | `vendor` | the third-party crates |
//! | `samples` | submissions to try a package with |
//! | `contents` | what all packages hold, and what their texts say about the lab |
//! | `gradescope`, `autolab`, `classroom` | one platform each |
//! | `scripts/` | the scripts that run there, and the texts for people |
//!
//! The entry point is [`pack`].
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

/// An archive, and its number of files.
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Number of packed files, those in inner archives included.
    pub files: usize,
}

/// Packs what a platform needs to grade a lab.
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
