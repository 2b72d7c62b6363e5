//! A program that is already running: explains what to do instead of attaching to it.

use heaplab_support::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Returns the error for an attempt to attach to this process.
pub fn refused(pid: &str) -> Error {
    let running = command_line(pid);
    let begin = match &running {
        Some(command_line) => {
            format!("end it, and start it with\n  heaplab record -- {command_line}")
        }
        None => "start the program with `heaplab record -- PROGRAM ARGUMENTS`".to_owned(),
    };
    let subject = match running {
        Some(_) => format!("process {pid}, which is already running"),
        None => format!("process `{pid}`, or any that is already running"),
    };
    Error::new(format!(
        "error: can't record {subject}: its heap has blocks whose allocation no trace would show\n\
         help: {begin}"
    ))
}

/// Returns the error for attaching if `program` is a process's number, otherwise `error` itself.
pub fn explained(error: Error, program: &OsStr) -> Error {
    let Some(name) = program.to_str() else {
        return error;
    };
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    let is_process = is_number && Path::new("/proc").join(name).exists();
    if is_process { refused(name) } else { error }
}

/// Returns the command line of a running process, as a shell would read it.
fn command_line(pid: &str) -> Option<String> {
    let number: u32 = pid.parse().ok()?;
    let bytes = fs::read(format!("/proc/{number}/cmdline")).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let arguments = text.strip_suffix('\0').unwrap_or(&text).split('\0');
    // Arguments that can't be shown on one line would not help.
    let is_plain = !text.is_empty() && !text.chars().any(|c| c.is_control() && c != '\0');
    is_plain.then(|| shlex::try_join(arguments).ok()).flatten()
}
