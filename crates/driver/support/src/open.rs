//! Opens files that are read more than once.

use std::fmt;
use std::fs::{self, File, FileType};
use std::io;
use std::path::Path;

/// Opens a file that is read more than once, such as a trace.
///
/// # Errors
/// If it can't be read, or is not a regular file. A pipe, a socket or a device can be read only
/// once, or has no end; opening it may wait for ever.
pub fn open_file(path: &Path) -> Result<File, NotOpened> {
    let kind = fs::metadata(path).map_err(NotOpened::System)?.file_type();
    if kind.is_file() {
        File::open(path).map_err(NotOpened::System)
    } else {
        Err(NotOpened::NoFile(what(kind)))
    }
}

/// Why a file is not open.
#[derive(Debug)]
pub enum NotOpened {
    /// It is not a regular file but this.
    NoFile(&'static str),
    /// The error of the system.
    System(io::Error),
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotOpened::NoFile(what) => {
                write!(f, "it is {what}; a trace is read more than once: save it in a file first")
            }
            NotOpened::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotOpened {}

/// Returns what kind of file it is, if it is not a regular one.
fn what(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "not a file" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn devices_and_folders_are_refused_without_waiting() {
        for (path, expected) in [("/dev/zero", "a device"), ("/", "a folder")] {
            match open_file(Path::new(path)) {
                Err(NotOpened::NoFile(what)) => assert_eq!(what, expected),
                other => panic!("{path}: {other:?}"),
            }
        }
        let missing = open_file(Path::new("/no/such/file"));
        assert!(matches!(missing, Err(NotOpened::System(_))), "{missing:?}");
    }
}
