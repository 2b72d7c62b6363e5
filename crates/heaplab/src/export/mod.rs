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
//! | [`package`] | files by their paths, and archives of them |
//! | [`pruned`] | the workspace without what grading does not need |
//! | [`vendor`] | the crates of others |
//! | [`samples`] | submissions to try a package with |
//! | [`contents`] | what all packages hold, and what their texts say of the lab |
//! | [`gradescope`], [`autolab`], [`classroom`] | a platform each |
//! | `scripts/` | what runs there, and what people read |

mod autolab;
mod classroom;
mod contents;
mod gradescope;
mod package;
mod pruned;
mod samples;
mod vendor;

use crate::Failure;
use crate::labs::LabFolder;
use clap::ValueEnum;
use contents::Contents;
use std::path::PathBuf;

/// A platform that grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    /// A zip for Gradescope's autograder.
    Gradescope,
    /// A tar with Autolab's two files, and an image for them.
    Autolab,
    /// A zip with a template repository for GitHub Classroom.
    GithubClassroom,
}

/// An archive, and what is in it.
pub(crate) struct Packed {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// How many files were packed, also in archives in it.
    pub(crate) files: usize,
}

/// Packs what grades a lab on a platform.
///
/// # Errors
/// If a file can't be read, cargo can't vendor, or the platform has no place for
/// hidden traces.
pub(crate) fn pack(
    platform: Platform,
    lab: &LabFolder,
    hidden: &[PathBuf],
) -> Result<Packed, Failure> {
    let contents = Contents::of(lab, hidden)?;
    match platform {
        Platform::Gradescope => gradescope::pack(&contents),
        Platform::Autolab => autolab::pack(&contents),
        Platform::GithubClassroom => classroom::pack(&contents),
    }
}
