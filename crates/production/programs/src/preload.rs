//! Programs with one of heaplab's libraries preloaded.

use crate::child::{self, Ended};
pub use heaplab_scratch::Scratch;
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
    /// The file name that cargo gives it.
    pub file_name: &'static str,
    /// The environment variable that names another path for it.
    pub variable: &'static str,
    /// What the variable was called before.
    pub former_variable: &'static str,
}

impl Library {
    /// Returns the command that runs the program with the library preloaded. `folder` is for a copy
    /// of the library if it needs one.
    ///
    /// # Errors
    /// If the program or the library is missing, or the system can't preload.
    pub fn in_front_of(&self, program: &[OsString], folder: &Path) -> Result<Command, Error> {
        if !cfg!(all(target_os = "linux", target_env = "gnu")) {
            return Err(Error::new(
                "error: this needs Linux with glibc: a library is preloaded to replace its malloc\n\
                 help: traces are the same on every system: make them on Linux, and copy them here",
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

    /// Returns the library's path: as the variable says, or in `lib/heaplab` of the installation,
    /// or beside this program, or in `deps` beside it, where cargo leaves it.
    ///
    /// # Errors
    /// If the library is not found, or the variable has its former name.
    pub fn find(&self) -> Result<PathBuf, Error> {
        if env::var_os(self.former_variable).is_some() {
            return Err(Error::new(format!(
                "error: the variable {} is now called {}",
                self.former_variable, self.variable
            )));
        }
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
            "error: the library to preload was not found; looked for\n{}\n\
         help: in a checkout `cargo build --release` makes it; an archive of heaplab has it in \
             lib/heaplab, which belongs beside bin; {}=PATH names another place",
            looked.join("\n"),
            self.variable
        )))
    }

    /// Returns whether `LD_PRELOAD` can't name the library's path, so that a copy elsewhere is
    /// needed while the program runs.
    ///
    /// # Errors
    /// If the library is not found.
    pub fn must_be_copied(&self) -> Result<bool, Error> {
        Ok(splits(&self.find()?))
    }

    /// Returns a path to the library, or to a copy of it, that `LD_PRELOAD` can hold.
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

/// Returns whether the loader, which splits lists at spaces and colons, would split the path.
pub fn splits(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.iter().any(|byte| b" :".contains(byte))
}

/// Runs the program to its end. Signals that are meant to end this command reach the program, and
/// this command goes on, to save the results so far.
///
/// # Errors
/// If the program can't be started.
pub fn run(command: &mut Command, listener: &dyn Listener) -> Result<Ended, Error> {
    let ended = child::run_to_the_end(command, listener);
    ended.map_err(|error| cannot_run(command.get_program(), &error))
}

/// Turns this process into the program.
///
/// # Errors
/// Always, if it returns: the program can't be started.
pub fn become_it(command: &mut Command) -> Error {
    let error = command.exec();
    cannot_run(command.get_program(), &error)
}

/// Makes a folder for what the library writes; dropping it deletes the folder.
///
/// # Errors
/// If the system's folder for temporary files can't be written.
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

/// Returns the exit code that a shell would report: the program's own, or 128 plus the signal that
/// ended it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// Returns the library, then the libraries that the user preloads.
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
            "error: `{name}` is not a program that this system can run\n\
             help: a script begins with a line such as #!/bin/sh; or give `sh {name}`"
        ),
        _ => format!("error: can't run `{name}`: {error}"),
    })
}
