//! A program, and how what it works on is made.

use crate::program;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that may be installed.
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    /// What kind of program it is.
    pub kind: Kind,
    /// What it does, in one line.
    pub about: &'static str,
    /// The commands that it takes, and Debian's packages with them.
    pub(super) needs: &'static [(&'static str, &'static str)],
    /// Files that are made for it.
    pub(super) files: &'static [File],
    /// Run once, by a shell, in a folder of its own.
    pub(super) prepare: &'static str,
    /// What is measured: a command and its arguments, by a shell only where it must. The
    /// word SCALE is how much of the work to do, in per cent.
    pub(super) command: &'static [&'static str],
    /// Whether it prints the same each time.
    pub(super) prints_the_same: bool,
}

/// What kind of program it is; the means are taken of each kind apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One that people use, among them those given on the command line.
    Real,
    /// A small one that does little but allocate.
    Load,
}

/// A file's name, and what makes its content for a part of the work, in per cent.
pub(super) type File = (&'static str, fn(u32) -> String);

/// A program with all that it works on.
pub struct Ready {
    /// What it is called.
    pub name: String,
    /// What kind of program it is.
    pub kind: Kind,
    /// Where it is run.
    pub folder: PathBuf,
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// Whether it prints the same each time.
    pub prints_the_same: bool,
}

impl Program {
    /// The command that it takes and that is not installed, and Debian's package with it.
    pub fn missing(&self) -> Option<(&'static str, &'static str)> {
        let mut needs = self.needs.iter().copied();
        needs.find(|(command, _)| program::find(command.as_ref()).is_none())
    }

    /// Makes what it works on, in a folder of its own under this one, for a part of the
    /// work in per cent.
    ///
    /// # Errors
    /// Why not: it is not installed, or what it works on can't be made.
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
