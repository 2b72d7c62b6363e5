//! Explains why nothing was recorded at all.

use super::log::{Found, Log};
use heaplab_programs::program::Why;
use heaplab_support::Error;
use std::env;
use std::ffi::OsStr;
use std::process::ExitStatus;

/// Returns the error for a program that can't have the recorder's library preloaded.
pub fn cannot_load(program: &OsStr, why: &Why) -> Error {
    Error::new(format!(
        "error: `{}` can't be recorded: {why}\n\
         help: build it for this machine and for glibc, and record that",
        program.to_string_lossy()
    ))
}

/// Returns the reason why there is no trace.
pub fn nothing_recorded(
    program: &OsStr,
    only: Option<&str>,
    found: &Found,
    status: ExitStatus,
) -> Error {
    let program = program.to_string_lossy();
    if let Some(name) = only
        && !found.logs.is_empty()
    {
        let mut names: Vec<String> = found.logs.iter().map(|log| shown(log.program())).collect();
        names.sort_unstable();
        names.dedup();
        return Error::new(format!(
            "error: no process ran `{name}`; recorded were: {}",
            names.join(", ")
        ));
    }
    if found.without_disk > 0 {
        return Error::new(format!(
            "error: nothing was recorded: the disk of {} is full\n\
             help: set TMPDIR to a folder with room",
            env::temp_dir().display()
        ));
    }
    if found.unmapped > 0 {
        return Error::new(
            "error: nothing was recorded: there was no room for a log of that many records\n\
             help: ask for less with --log-records, or raise the limits (`ulimit -v`, `ulimit -f`)",
        );
    }
    if !found.unseen.is_empty() {
        return Error::new(format!(
            "error: nothing was recorded: {}\n\
             help: link it with the C library's malloc, or with its allocator as a shared library",
            unseen(&found.unseen)
        ));
    }
    if found.idle > 0 {
        return Error::new(format!(
            "error: nothing was recorded: `{program}` ended with {status}, and made no heap call"
        ));
    }
    Error::new(format!(
        "error: `{program}` ended with {status}, but none of its heap calls was seen\n\
         help: a statically linked or set-user-id program, or one with an allocator of its \
         own, can't be recorded"
    ))
}

/// Returns a name with arbitrary content as one word for a terminal.
pub fn shown(name: &str) -> String {
    let is_harmful = |c: char| c.is_control();
    if name.contains(is_harmful) { name.escape_debug().to_string() } else { name.to_owned() }
}

/// Returns the explanation for programs that have their own `malloc`.
pub fn unseen(logs: &[Log]) -> String {
    let mut names: Vec<String> =
        logs.iter().map(|log| format!("`{}`", shown(log.program()))).collect();
    names.sort_unstable();
    names.dedup();
    let (has, its) = if names.len() == 1 { ("has", "its") } else { ("have", "their") };
    format!(
        "{} {has} a malloc of {its} own, linked in statically: {its} heap calls can't be seen",
        names.join(", ")
    )
}
