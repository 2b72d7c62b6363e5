//! The programs of a heap, and how they are started.

use crate::compiler::Build;
use crate::interface::Interface;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// Returns the command that starts one of the two programs of a submission, in its sandbox.
pub type Launch = dyn Fn(Build) -> io::Result<Command> + Send + Sync;

/// The two programs that were made of a heap in C.
pub struct Programs {
    /// The functions that it has.
    pub interface: Interface,
    /// The file of the plain program.
    pub plain: PathBuf,
    /// The file of the checked program.
    pub checked: PathBuf,
    /// Starts a program.
    pub launch: Box<Launch>,
    /// Whether the programs were made for the user's own file, with `runtime/local.c`.
    pub is_local: bool,
}

impl Programs {
    /// Returns the file of a program, which has the lines.
    pub(crate) fn file(&self, build: Build) -> &PathBuf {
        match build {
            Build::Plain => &self.plain,
            Build::Checked => &self.checked,
        }
    }
}

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Programs({}, {})", self.plain.display(), self.checked.display())
    }
}
