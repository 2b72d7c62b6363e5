//! Runs the program with the recorder's library preloaded.

use super::format::{CAPACITY_VARIABLE, DIRECTORY_VARIABLE};
use heaplab_programs::child::Ended;
use heaplab_programs::preload::{self, Library};
use heaplab_support::{Error, Listener};
use std::ffi::OsString;
use std::path::Path;

const RECORDER: Library = Library {
    file_name: "libheaplab_recorder.so",
    variable: "HEAPLAB_RECORDER",
    former_variable: "HEAPLAB_PRELOAD",
};

/// Runs the program to its end, and logs every process into `logs`.
///
/// # Errors
/// If the library or the program is not found, or recording can't work here.
pub fn run(
    program: &[OsString],
    logs: &Path,
    records: u64,
    listener: &dyn Listener,
) -> Result<Ended, Error> {
    let mut command = RECORDER.in_front_of(program, logs)?;
    command.env(DIRECTORY_VARIABLE, logs).env(CAPACITY_VARIABLE, records.to_string());
    preload::run(&mut command, listener)
}
