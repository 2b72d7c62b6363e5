//! Programs with a library of ours in front of them.

use crate::child::{self, Ended};
use heaplab_scratch::Scratch;
use heaplab_support::{Error, Listener, installed};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// A library that cargo builds beside this program, and that is installed with it.
pub struct Library {
    /// As cargo calls it.
    pub file_name: &'static str,
    /// The environment variable that names another place for it.
    pub variable: &'static str,
}

impl Library {
    /// The program with its arguments, and the library in front of it. `folder` is for
    /// what must be written to get it there.
    ///
    /// # Errors
    /// If there is no program or no library, or the system has no such thing.
    pub fn in_front_of(&self, program: &[OsString], folder: &Path) -> Result<Command, Error> {
        if !cfg!(all(target_os = "linux", target_env = "gnu")) {
            return Err(Error::new(
                "error: this needs Linux with glibc: a library goes in front of its malloc\n\
                 help: traces are the same everywhere: make them there, and bring them here",
            ));
        }
        let [name, arguments @ ..] = program else {
            return Err(Error::new("error: no program given"));
        };
        if name.is_empty() {
            return Err(Error::new("error: the program's name is empty"));
        }
        let library = self.find()?;
        let library = self.loadable(&library, folder)?;
        let mut command = Command::new(name);
        command.args(arguments).env("LD_PRELOAD", preload_list(&library));
        Ok(command)
    }

    /// The library: where the variable says, else in `lib/heaplab` of the installation,
    /// else beside this program, else in `deps` beside it, where cargo leaves it.
    ///
    /// # Errors
    /// If it is not there.
    pub fn find(&self) -> Result<PathBuf, Error> {
        let candidates = match env::var_os(self.variable) {
            Some(path) => vec![PathBuf::from(path)],
            None => {
                let command = env::current_exe().unwrap_or_default();
                let directory = command.parent().unwrap_or(Path::new("."));
                let built = [directory.to_owned(), directory.join("deps")];
                let folders = installed("lib/heaplab").into_iter().chain(built);
                folders.map(|folder| folder.join(self.file_name)).collect()
            }
        };
        if let Some(found) = candidates.iter().find(|path| path.is_file()) {
            return found.canonicalize().map_err(|error| {
                Error::new(format!("error: can't open {}: {error}", found.display()))
            });
        }
        let looked: Vec<String> =
            candidates.iter().map(|path| format!("  {}", path.display())).collect();
        Err(Error::new(format!(
            "error: the library that goes in front of the program is not there; looked for\n{}\n\
         help: in a checkout `cargo build --release` makes it; an archive of heaplab has it in \
             lib/heaplab, which belongs beside bin; {}=PATH names another place",
            looked.join("\n"),
            self.variable
        )))
    }

    /// Whether the library is where `LD_PRELOAD` can't name it, so that the program needs
    /// a copy elsewhere as long as it runs.
    ///
    /// # Errors
    /// If there is no library.
    pub fn must_be_copied(&self) -> Result<bool, Error> {
        Ok(splits(&self.find()?))
    }

    /// A path to the library that `LD_PRELOAD` can hold: perhaps of a copy.
    fn loadable(&self, library: &Path, folder: &Path) -> Result<PathBuf, Error> {
        if !splits(library) {
            return Ok(library.to_owned());
        }
        let copy = folder.join(self.file_name);
        if splits(&copy) {
            return Err(Error::new(format!(
                "error: LD_PRELOAD can't hold a path with a space or colon: {}\n\
                 help: set TMPDIR to a folder without either",
                copy.display()
            )));
        }
        fs::copy(library, &copy).map_err(|error| {
            Error::new(format!("error: can't copy {}: {error}", library.display()))
        })?;
        Ok(copy)
    }
}

/// Whether the loader, which splits lists at spaces and colons, would split the path.
pub fn splits(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.iter().any(|byte| b" :".contains(byte))
}

/// Runs it to its end. Signals that are meant to end this command reach the program, and
/// this command lives on, to save what there is.
///
/// # Errors
/// If it can't be started.
pub fn run(command: &mut Command, listener: &dyn Listener) -> Result<Ended, Error> {
    let ended = child::run_to_the_end(command, listener);
    ended.map_err(|error| cannot_run(command.get_program(), &error))
}

/// Becomes the program.
///
/// # Errors
/// Always, if it returns: it can't be started.
pub fn become_it(command: &mut Command) -> Error {
    let error = command.exec();
    cannot_run(command.get_program(), &error)
}

/// A folder for what the library writes, which is gone when it is dropped.
///
/// # Errors
/// When the system's folder for temporary files can't be written.
pub fn temporary_folder() -> Result<Scratch, Error> {
    Scratch::new().map_err(|error| {
        let place = heaplab_scratch::place();
        Error::new(format!(
            "error: can't make a folder in {}: {}\n\
             help: set TMPDIR to a folder with room",
            place.display(),
            error.kind()
        ))
    })
}

/// The exit code a shell would report: the program's own, or 128 and the signal
/// that ended it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// Ours, then whatever the user preloads.
fn preload_list(library: &Path) -> OsString {
    let mut list = library.as_os_str().to_owned();
    if let Some(others) = env::var_os("LD_PRELOAD").filter(|others| !others.is_empty()) {
        list.push(OsStr::new(":"));
        list.push(others);
    }
    list
}

/// Linux's ENOEXEC, for which the standard library has no name.
const NOT_A_PROGRAM: i32 = 8;

fn cannot_run(name: &OsStr, error: &std::io::Error) -> Error {
    let name = name.to_string_lossy();
    Error::new(match error.kind() {
        ErrorKind::NotFound => format!(
            "error: there is no program `{name}`\n\
             help: give it as you would in a shell, then its arguments; for shell syntax, \
             give `sh -c '...'`"
        ),
        ErrorKind::PermissionDenied => format!(
            "error: `{name}` may not be executed\n\
             help: is it a program? `chmod +x` makes a script one"
        ),
        _ if error.raw_os_error() == Some(NOT_A_PROGRAM) => format!(
            "error: `{name}` is no program that this system can run\n\
             help: a script begins with a line such as #!/bin/sh; or give `sh {name}`"
        ),
        _ => format!("error: can't run `{name}`: {error}"),
    })
}
