//! Trace files in and out. `-` is standard input or output.

use crate::commands::print;
use crate::commands::whole_file::replace_file;
use crate::{Failure, Outcome};
use heaplab_trace::{ReadOptions, Reading, Trace, Visible, path_text};
use heaplab_worker::read_at_most;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read.
pub(super) struct NotRead {
    /// All there is to say.
    pub(super) text: String,
    /// The same in a line, without the file.
    pub(super) reason: String,
}

impl From<NotRead> for Failure {
    fn from(not_read: NotRead) -> Failure {
        Failure::Input(not_read.text)
    }
}

/// Reads one file and prints the warnings.
///
/// # Errors
/// If it can't be read, or is no trace.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Reading, NotRead> {
    let shown = if path == Path::new("-") {
        "<standard input>".to_owned()
    } else {
        path_text(path).into_owned()
    };
    let bytes = read_bytes(path, options).map_err(|error| NotRead {
        text: format!("error: cannot read {}: {error}", shown.visible()),
        reason: error.to_string(),
    })?;
    let reading = Trace::parse(&shown, &bytes, options).map_err(|report| NotRead {
        text: report.render(true).trim_end().to_owned(),
        reason: report.in_a_line(),
    })?;
    if !reading.warnings.is_empty() {
        print::remark(format_args!("{}\n", reading.warnings.render(true)));
    }
    Ok(reading)
}

/// What stands in a file, or comes in through a pipe: it is read once, and no more of it
/// than a trace may have.
fn read_bytes(path: &Path, options: &ReadOptions) -> io::Result<Vec<u8>> {
    match path == Path::new("-") {
        true => read_at_most(io::stdin().lock(), options),
        false => read_at_most(File::open(path)?, options),
    }
}

/// Where a trace goes.
pub(super) enum Output {
    /// Standard output.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// The output of an `-o` option, which may be missing.
    pub(super) fn from_option(path: Option<PathBuf>) -> Output {
        match path {
            Some(path) if path != Path::new("-") => Output::File(path),
            _ => Output::Standard,
        }
    }

    /// Whether the name ends in `.script` or `.script.gz`.
    pub(super) fn is_script(&self) -> bool {
        match self {
            Output::Standard => false,
            Output::File(path) => {
                let name = path.to_string_lossy().to_ascii_lowercase();
                let name = name.strip_suffix(".gz").unwrap_or(&name);
                name.ends_with(".script")
            }
        }
    }

    /// Writes the whole trace or, on failure, nothing. A name that ends in `.gz`
    /// gets gzip.
    pub(super) fn write(&self, bytes: &[u8]) -> Outcome {
        match self {
            Output::Standard => print::bytes(bytes),
            Output::File(path) => {
                let packed;
                let bytes = if path.extension().is_some_and(|ending| ending == "gz") {
                    packed = heaplab_trace::compress(bytes);
                    &packed
                } else {
                    bytes
                };
                replace_file(path, bytes).map_err(|error| {
                    Failure::input(format!("error: cannot write {}: {error}", path.visible()))
                })
            }
        }
    }
}

/// Where it goes, for messages.
impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Output::Standard => f.write_str("standard output"),
            Output::File(path) => write!(f, "{}", path.visible()),
        }
    }
}
