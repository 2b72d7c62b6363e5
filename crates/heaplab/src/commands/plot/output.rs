//! Where a picture goes, and what is behind it.

use crate::commands::print;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_plot::{Background, Form, Picture};
use heaplab_trace::Visible;
use std::path::{Path, PathBuf};

/// Where a picture goes.
#[derive(clap::Args, Clone)]
pub struct Output {
    /// The file for the picture: .svg, or .png if the program was built with it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// What is behind the picture
    #[arg(long, default_value = "auto", value_name = "BACKGROUND")]
    background: Behind,
}

/// What is behind a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Behind {
    /// White or dark, as the reader's system is set; white in a PNG.
    Auto,
    /// Nothing: the picture is transparent.
    None,
    /// White.
    Light,
    /// Dark.
    Dark,
}

impl Output {
    /// Checks that the picture can be written, before work that may take minutes.
    ///
    /// # Errors
    /// If the name has another ending, or its folder is not there.
    pub fn check(&self) -> Outcome {
        Form::of(&self.output)?;
        let folder = self.output.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder {
            Some(folder) if !folder.is_dir() => Err(Failure::Input(format!(
                "error: can't write {}: there is no folder {}",
                self.output.visible(),
                folder.visible()
            ))),
            _ => Ok(()),
        }
    }

    /// Writes the picture.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, picture: &Picture) -> Outcome {
        let background = match self.background {
            Behind::Auto => Background::Auto,
            Behind::None => Background::None,
            Behind::Light => Background::Light,
            Behind::Dark => Background::Dark,
        };
        print::file(&self.output, &Form::of(&self.output)?.bytes(picture, background)?)
    }
}

/// Writes the picture that an option `--svg` asks for.
///
/// # Errors
/// If it can't be written.
pub fn write_svg(file: &Path, picture: &Picture) -> Outcome {
    print::file(file, picture.svg(Background::Auto).as_bytes())
}
