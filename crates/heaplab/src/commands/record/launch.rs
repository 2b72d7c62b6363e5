//! Running the program with the preload library in front of it.

use super::format::{CAPACITY_VARIABLE, DIRECTORY_VARIABLE};
use crate::Failure;
use signal_hook::consts::{SIGINT, SIGQUIT};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// Names the preload library where it is not beside the command.
const LIBRARY_VARIABLE: &str = "HEAPLAB_PRELOAD";

/// The library's file name, as cargo builds it.
const LIBRARY_NAME: &str = "libheaplab_preload.so";

/// Runs the program to its end with every process logged into `logs`.
///
/// Ctrl-C reaches the program, as it would without us; the command itself lives
/// on to save what was recorded.
///
/// # Errors
///
/// When the library or the program is not found, or recording can't work here.
pub fn run(program: &[OsString], logs: &Path, records: u64) -> Result<ExitStatus, Failure> {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return Err(Failure::input(
            "error: recording needs Linux with glibc: the recorder stands in front of its malloc\n\
             help: record there and bring the trace here; traces are the same everywhere",
        ));
    }
    let library = find_library()?;
    let library = loadable(&library, logs)?;
    for signal in [SIGINT, SIGQUIT] {
        // A handler, not "ignore": a handler does not pass on to the program.
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))
            .map_err(|error| Failure::input(format!("error: can't catch Ctrl-C: {error}")))?;
    }
    let [name, arguments @ ..] = program else {
        return Err(Failure::input("error: no program given"));
    };
    Command::new(name)
        .args(arguments)
        .env("LD_PRELOAD", preload_list(&library))
        .env(DIRECTORY_VARIABLE, logs)
        .env(CAPACITY_VARIABLE, records.to_string())
        .status()
        .map_err(|error| cannot_run(name, &error))
}

/// A directory for the logs that is gone when it is dropped.
///
/// # Errors
///
/// When the system's directory for temporary files can't be written.
pub fn log_directory() -> Result<TempDir, Failure> {
    tempfile::Builder::new()
        .prefix("heaplab-record-")
        .tempdir()
        .map_err(|error| {
            let place = env::temp_dir();
            Failure::input(format!(
                "error: can't make a directory for the recording in {}: {}\n\
             help: set TMPDIR to a directory with room",
                place.display(),
                error.kind()
            ))
        })
}

/// The exit code a shell would report: the program's own, or 128 and the signal
/// that ended it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}

/// The library: where the variable says, else beside the command, else in `deps`
/// beside the command, where cargo leaves it.
fn find_library() -> Result<PathBuf, Failure> {
    let candidates = match env::var_os(LIBRARY_VARIABLE) {
        Some(path) => vec![PathBuf::from(path)],
        None => {
            let command = env::current_exe().unwrap_or_default();
            let directory = command.parent().unwrap_or(Path::new("."));
            vec![
                directory.join(LIBRARY_NAME),
                directory.join("deps").join(LIBRARY_NAME),
            ]
        }
    };
    if let Some(found) = candidates.iter().find(|path| path.is_file()) {
        return found.canonicalize().map_err(|error| {
            Failure::input(format!("error: can't open {}: {error}", found.display()))
        });
    }
    let looked: Vec<String> = candidates
        .iter()
        .map(|path| format!("  {}", path.display()))
        .collect();
    Err(Failure::input(format!(
        "error: the recorder's library is not there; looked for\n{}\n\
         help: `cargo build --release` makes it; {LIBRARY_VARIABLE}=PATH names another place",
        looked.join("\n")
    )))
}

/// A path to the library that `LD_PRELOAD` can hold. The loader splits the list
/// at spaces and colons, so a library below such a name is copied.
fn loadable(library: &Path, logs: &Path) -> Result<PathBuf, Failure> {
    let splits = |path: &Path| {
        path.as_os_str()
            .as_bytes()
            .iter()
            .any(|byte| b" :".contains(byte))
    };
    if !splits(library) {
        return Ok(library.to_owned());
    }
    let copy = logs.join(LIBRARY_NAME);
    if splits(&copy) {
        return Err(Failure::input(format!(
            "error: LD_PRELOAD can't hold a path with a space or colon: {}\n\
             help: set TMPDIR to a directory without either",
            copy.display()
        )));
    }
    fs::copy(library, &copy).map_err(|error| {
        Failure::input(format!("error: can't copy {}: {error}", library.display()))
    })?;
    Ok(copy)
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

fn cannot_run(name: &OsStr, error: &std::io::Error) -> Failure {
    let name = name.to_string_lossy();
    Failure::input(match error.kind() {
        ErrorKind::NotFound => format!(
            "error: there is no program `{name}`\n\
             help: give it as you would in a shell, then its arguments; for shell syntax, \
             record `sh -c '...'`"
        ),
        ErrorKind::PermissionDenied => format!(
            "error: `{name}` may not be executed\n\
             help: is it a program? `chmod +x` makes a script one"
        ),
        _ if error.raw_os_error() == Some(NOT_A_PROGRAM) => format!(
            "error: `{name}` is no program that this system can run\n\
             help: a script begins with a line such as #!/bin/sh; or record `sh {name}`"
        ),
        _ => format!("error: can't run `{name}`: {error}"),
    })
}
