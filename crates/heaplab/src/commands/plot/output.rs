//! Where a picture goes, and what is behind it.

use crate::commands::destination::{STANDARD_OUTPUT, expect_place};
use crate::commands::print;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_plot::{Background, Form, Picture};
use std::path::{Path, PathBuf};

/// Where a picture goes.
#[derive(clap::Args, Clone)]
pub struct Output {
    /// The file for the picture: .svg, or .png if the program was built with it; `-` is standard
    /// output, as SVG
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
    /// If the name has another ending, its folder is not there, or it is a folder.
    pub fn check(&self) -> Outcome {
        if self.is_standard_output() {
            return Ok(());
        }
        expect_place(&self.output).map_err(|error| Failure::Input(format!("error: {error}")))?;
        Ok(Form::of(&self.output).map(drop)?)
    }

    fn is_standard_output(&self) -> bool {
        self.output.as_os_str() == STANDARD_OUTPUT
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
        if self.is_standard_output() {
            return print::bytes(picture.svg(background).as_bytes());
        }
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
