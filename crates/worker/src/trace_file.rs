//! Trace files as they are on a disk: what can be read, and how much of it.

use heaplab_trace::ReadOptions;
use std::fmt;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a trace file, and no more of them than a trace may have: a file that is
/// longer is read up to one byte past [`ReadOptions::limit_bytes`], which
/// [`Trace::parse`](heaplab_trace::Trace::parse) then refuses.
///
/// # Errors
/// If it can't be read, or is something else than a file. A pipe, a socket or a device
/// can be read only once, or has no end; opening it may wait for ever.
pub fn read_file(path: &Path, options: &ReadOptions) -> Result<Vec<u8>, NotRead> {
    let kind = fs::metadata(path).map_err(NotRead::System)?.file_type();
    if !kind.is_file() {
        return Err(NotRead::NoFile(what(kind)));
    }
    let file = File::open(path).map_err(NotRead::System)?;
    read_at_most(file, options).map_err(NotRead::System)
}

/// The same from something that is open, whatever it is.
///
/// # Errors
/// If it can't be read.
pub fn read_at_most(from: impl Read, options: &ReadOptions) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(options.limit_bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why there are no bytes.
#[derive(Debug)]
pub enum NotRead {
    /// It is something else than a file: this.
    NoFile(&'static str),
    /// What the system says.
    System(io::Error),
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRead::NoFile(what) => {
                write!(
                    f,
                    "it is {what}; a trace is read more than once: save it to a file"
                )
            }
            NotRead::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotRead {}

/// What a file that is none is.
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
    match kind.is_dir() {
        true => "a folder",
        false => "no file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Problem, Trace};

    #[test]
    fn a_source_without_an_end_is_read_up_to_the_limit() {
        let options = ReadOptions {
            limit_bytes: 1000,
            ..ReadOptions::default()
        };
        let bytes = read_at_most(io::repeat(b'\n'), &options).expect("it can be read");
        assert_eq!(bytes.len(), 1001);
        let report = Trace::parse("endless.rep", &bytes, &options).expect_err("too long");
        assert_eq!(
            report.diagnostics[0].problem,
            Problem::TooLong { limit_bytes: 1000 }
        );
        let short = read_at_most(&b"a 0 1\n"[..], &options).expect("it can be read");
        assert_eq!(short, b"a 0 1\n");
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_refused_without_waiting_for_it() {
        let options = ReadOptions::default();
        for (path, expected) in [("/dev/zero", "a device"), ("/", "a folder")] {
            match read_file(Path::new(path), &options) {
                Err(NotRead::NoFile(what)) => assert_eq!(what, expected),
                other => panic!("{path}: {other:?}"),
            }
        }
        let missing = read_file(Path::new("/no/such/file"), &options);
        assert!(matches!(missing, Err(NotRead::System(_))), "{missing:?}");
    }
}
