//! A program, and how its inputs are made.

use crate::program;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that may be installed.
pub struct Program {
    /// The program's name.
    pub name: &'static str,
    /// What kind of program it is.
    pub kind: Kind,
    /// A description in one line.
    pub about: &'static str,
    /// The commands that it needs, with their Debian packages.
    pub(super) needs: &'static [(&'static str, &'static str)],
    /// Its input files.
    pub(super) files: &'static [File],
    /// A shell command that is run once, in a folder of its own.
    pub(super) prepare: &'static str,
    /// The command that is measured and its arguments; with a shell only if necessary. The word
    /// SCALE stands for the part of the work to do, in percent.
    pub(super) command: &'static [&'static str],
    /// Whether it prints the same in each run.
    pub(super) prints_the_same: bool,
}

/// The kinds of program; each kind has its own means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program that people use, such as those given on the command line.
    Real,
    /// A small program that does little but allocate.
    Load,
}

/// A file's name, and the function that returns its content for a part of the work in percent.
pub(super) type File = (&'static str, fn(u32) -> String);

/// A program with all its inputs.
pub struct Ready {
    /// The program's name.
    pub name: String,
    /// What kind of program it is.
    pub kind: Kind,
    /// The folder in which it runs.
    pub folder: PathBuf,
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// Whether it prints the same in each run.
    pub prints_the_same: bool,
}

impl Program {
    /// Returns a command that it needs and that is not installed, with its Debian package.
    pub fn missing(&self) -> Option<(&'static str, &'static str)> {
        let mut needs = self.needs.iter().copied();
        needs.find(|(command, _)| program::find(command.as_ref()).is_none())
    }

    /// Makes its inputs for a part of the work in percent, in a folder of its own under `folder`.
    ///
    /// # Errors
    /// If the program is not installed, or its inputs can't be made.
    pub fn prepare(&self, folder: &Path, percent: u32) -> Result<Ready, String> {
        if let Some((command, package)) = self.missing() {
            return Err(format!("`{command}` is not installed; apt-get install {package}"));
        }
        let folder = folder.join(self.name);
        let cannot = |error: io::Error| format!("can't write {}: {error}", folder.display());
        fs::create_dir(&folder).map_err(cannot)?;
        for (name, content) in self.files {
            fs::write(folder.join(name), content(percent)).map_err(cannot)?;
        }
        let made = Command::new("sh")
            .args(["-c", self.prepare])
            .current_dir(&folder)
            .output()
            .map_err(|error| error.to_string())?;
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr).into_owned();
            return Err(format!("can't prepare it: {why}"));
        }
        let percent = percent.to_string();
        let word = |word: &&str| OsString::from(if *word == "SCALE" { &percent } else { *word });
        Ok(Ready {
            name: self.name.to_owned(),
            kind: self.kind,
            folder,
            command: self.command.iter().map(word).collect(),
            prints_the_same: self.prints_the_same,
        })
    }
}
