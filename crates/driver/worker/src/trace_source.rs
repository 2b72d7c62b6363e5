//! Where the trace of a task is.

use crate::Error;
use heaplab_logs::Options;
use heaplab_support::open_file;
use heaplab_trace::{ReadOptions, Trace, Visible, path_text};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the trace of a task is. The sender has read the trace before, and found it valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceSource {
    /// In a file that the worker reads; its name need not be UTF-8.
    File(OsString),
    /// In the task itself, so that a worker needs no files.
    Text {
        /// The name of the file that it would be in; it names the trace.
        name: String,
        /// The contents of that file, uncompressed.
        text: String,
    },
}

impl From<&Path> for TraceSource {
    fn from(path: &Path) -> TraceSource {
        TraceSource::File(path.into())
    }
}

impl From<&PathBuf> for TraceSource {
    fn from(path: &PathBuf) -> TraceSource {
        path.as_path().into()
    }
}

impl TraceSource {
    pub(crate) fn read(&self, options: &ReadOptions) -> Result<Trace, Error> {
        let options = Options::from(*options);
        let input = match self {
            TraceSource::File(path) => {
                let path = Path::new(path);
                let file = open_file(path).map_err(|error| {
                    Error::new(format!("error: can't read {}: {error}", path.visible()))
                })?;
                heaplab_logs::read(&path_text(path), file, &options)
            }
            TraceSource::Text { name, text } => heaplab_logs::read(name, text.as_bytes(), &options),
        };
        Ok(input.map_err(Error::new)?.into_trace())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_trace_is_the_same_in_a_file_and_in_a_task() {
        let text = "0\n1\n2\n1\na 0 24\nf 0\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.rep");
        fs::write(&path, text).unwrap();
        let inline = TraceSource::Text { name: "two.rep".to_owned(), text: text.to_owned() };
        let inline = inline.read(&ReadOptions::STRICT).unwrap();
        let in_file = TraceSource::from(&path).read(&ReadOptions::STRICT).unwrap();
        assert_eq!((inline.name(), inline.ops()), ("two", in_file.ops()));
        assert_eq!(in_file.name(), "two");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_may_have_any_name() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(b"caf\xe9\n.rep"));
        fs::write(&path, "0\n1\n2\n1\na 0 24\nf 0\n").unwrap();
        let source = TraceSource::from(&path);
        let json = serde_json::to_string(&source).unwrap();
        let back: TraceSource = serde_json::from_str(&json).unwrap();
        assert_eq!(back, source);
        assert_eq!(back.read(&ReadOptions::STRICT).unwrap().name(), "caf\\xe9\n");
    }
}
